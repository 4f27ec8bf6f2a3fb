import { type Transaction } from '../../foundation/database/database.js';
import { ALL, holds, holdsLocks, takesLocks } from './lock-order.js';

describe('the order of locks', () => {
  let tx: Transaction;

  beforeEach(() => {
    tx = {} as Transaction;
  });

  it('is rooms, people, users', () => {
    for (const kind of ['rooms', 'people', 'users'] as const) expect(takesLocks(tx, kind, [1])).toBe(true);
    expect(() => takesLocks(tx, 'rooms', [2])).toThrow('people must not lock rooms');
    expect(() => takesLocks(tx, 'people', ['15'])).toThrow('users must not lock people');
  });

  it('allows a transaction to name a lock again that it holds', () => {
    takesLocks(tx, 'rooms', ['lobby']);
    holdsLocks(tx, 'rooms', [1]);
    takesLocks(tx, 'users', [1]);
    expect(takesLocks(tx, 'rooms', [1])).toBe(false);
    expect(holds(tx, 'rooms', [1, 2])).toBe(false);
  });

  it('counts every room as held once all are', () => {
    takesLocks(tx, 'rooms', [ALL]);
    takesLocks(tx, 'users', [1]);
    expect(takesLocks(tx, 'rooms', [7, ALL])).toBe(false);
  });

  it('is kept for each transaction by itself', () => {
    takesLocks(tx, 'users', [1]);
    expect(takesLocks({} as Transaction, 'rooms', [1])).toBe(true);
  });
});
