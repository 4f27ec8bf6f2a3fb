import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { column } from '../../src/foundation/database/columns.js';
import { type Database, type Transaction } from '../../src/foundation/database/database.js';
import { DatabaseUnavailableError } from '../../src/foundation/database/errors.js';
import { type Cable, layCable } from '../support/cable.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

describe('the database', () => {
  let testDatabase: TestDatabase;
  let cable: Cable;
  let database: Database;
  let opened: OpenDatabase;

  const balance = async (owner: string): Promise<number | undefined> =>
    (await database.row({ amount: column.number }, 'SELECT amount FROM balances WHERE owner = $1', [owner]))
      ?.amount;
  const pay = (transaction: Transaction, owner: string, amount: number): Promise<number> =>
    transaction.run('UPDATE balances SET amount = amount + $2 WHERE owner = $1', [owner, amount]);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    testDatabase = await createDatabase();
    cable = await layCable(testDatabase.url);
    opened = await openDatabase(cable.url);
    database = opened.database;
    await database.transact((transaction) =>
      transaction.run('CREATE TABLE balances (owner text PRIMARY KEY, amount bigint NOT NULL)'),
    );
  });

  beforeEach(async () => {
    await database.transact(async (transaction) => {
      await transaction.run('DELETE FROM balances');
      await transaction.run(`INSERT INTO balances VALUES ('alice', 100), ('bob', 100)`);
    });
  });

  afterAll(async () => {
    await opened.close();
    await cable.cut();
    await testDatabase.drop();
  });

  it('returns int8 and float8 as numbers, bytea as bytes and NULL as undefined', async () => {
    const sql = `SELECT 9007199254740991::int8 AS int8, 1.25::float8 AS float8, $1::bytea AS bytea, NULL AS nothing`;
    const columns = {
      int8: column.number,
      float8: column.number,
      bytea: column.bytes,
      nothing: column.text.orNull,
    };
    await expect(database.row(columns, sql, [Buffer.from([0, 255])])).resolves.toEqual({
      int8: 9_007_199_254_740_991,
      float8: 1.25,
      bytea: Buffer.from([0, 255]),
      nothing: null,
    });
    await expect(database.row({}, 'SELECT WHERE false')).resolves.toBeUndefined();
    await expect(database.rows({}, 'SELECT WHERE false')).resolves.toEqual([]);
  });

  it('sends arrays as they are, whatever is in them', async () => {
    const arrays = {
      numbers: [1, -2.5, null, 1e21, 9_007_199_254_740_991],
      booleans: [true, null, false],
      texts: ['', 'NULL', 'a,b', '{}', ' “ \n', "it's", null],
      escaped: ['"', '\\', 'a"b\\"c'],
      bytes: [Buffer.from([0, 255]), null, Buffer.alloc(0)],
      none: [],
    };
    const columns = {
      numbers: column.list(column.number.orNull),
      booleans: column.list(column.boolean.orNull),
      texts: column.list(column.text.orNull),
      escaped: column.list(column.text),
      bytes: column.list(column.bytes.orNull),
      none: column.list(column.text),
    };
    const sql = `SELECT $1::float8[] AS numbers, $2::bool[] AS booleans, $3::text[] AS texts, $4::text[] AS escaped,
      $5::bytea[] AS bytes, $6::text[] AS none`;
    await expect(database.row(columns, sql, Object.values(arrays))).resolves.toEqual(arrays);
  });

  it('says why a transaction failed, although a later statement rejects first', async () => {
    const failing = database.transact(async (transaction) => {
      const first = transaction.run('SELECT 1 / 0');
      const second = transaction.run('SELECT 1');
      await first.catch(() => undefined);
      await second;
    });
    await expect(failing).rejects.toMatchObject({ code: '22012' });
  });

  it('prepares a statement once and runs it many times', async () => {
    const single = await openDatabase(testDatabase.url, 1);
    const sql = 'SELECT $1::int AS value /* prepared once */';
    for (const value of [1, 2, 3]) {
      await expect(single.database.row({ value: column.number }, sql, [value])).resolves.toEqual({ value });
    }
    const prepared = await single.database.rows(
      { runs: column.number },
      'SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE statement = $1',
      [sql],
    );
    expect(prepared).toEqual([{ runs: 3 }]);
    await single.close();
  });

  it('commits the writes of a transaction and returns how many rows they changed', async () => {
    const changed = await database.transact((transaction) =>
      transaction.run('UPDATE balances SET amount = 1'),
    );
    expect(changed).toBe(2);
    expect(await balance('alice')).toBe(1);
  });

  it('keeps no write of a transaction that fails, and runs none after it', async () => {
    const afterCommit = jest.fn();
    const failing = database.transact(async (transaction) => {
      transaction.afterCommit(afterCommit);
      await pay(transaction, 'alice', 50);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await balance('alice')).toBe(100);
    expect(afterCommit).not.toHaveBeenCalled();
  });

  it('fails when a statement failed and its error was swallowed, because nothing was committed', async () => {
    const failing = database.transact(async (transaction) => {
      await pay(transaction, 'alice', 50);
      await transaction.run('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(failing).rejects.toThrow('was rolled back');
    expect(await balance('alice')).toBe(100);
  });

  it('refuses statements of a transaction that has ended', async () => {
    const escaped = await database.transact((transaction) => Promise.resolve({ transaction }));
    await expect(pay(escaped.transaction, 'alice', 50)).rejects.toThrow('has ended');
    expect(await balance('alice')).toBe(100);
  });

  it('runs statements that were issued together in their order', async () => {
    const amounts = await database.transact((transaction) =>
      Promise.all([
        pay(transaction, 'alice', 1),
        transaction.row({ amount: column.number }, 'SELECT amount FROM balances WHERE owner = $1', ['alice']),
        pay(transaction, 'alice', 1),
        transaction.row({ amount: column.number }, 'SELECT amount FROM balances WHERE owner = $1', ['alice']),
      ]),
    );
    expect(amounts).toEqual([1, { amount: 101 }, 1, { amount: 102 }]);
  });

  it('reports the first of them that fails, and keeps no write of the others', async () => {
    const failing = database.transact((transaction) =>
      Promise.all([
        pay(transaction, 'alice', 50),
        transaction.run('SELECT 1 / 0'),
        pay(transaction, 'bob', 50),
      ]),
    );
    await expect(failing).rejects.toThrow('division by zero');
    expect([await balance('alice'), await balance('bob')]).toEqual([100, 100]);
  });

  describe('with a last statement', () => {
    const payAndCommit = (transaction: Transaction, amount: number): Promise<{ amount: number }[]> =>
      transaction.rowsAndCommit(
        { amount: column.number },
        'UPDATE balances SET amount = amount / $1 RETURNING amount',
        [amount],
      );

    it('commits along with it, and then runs the work for after the commit', async () => {
      const afterCommit = jest.fn();
      const rows = await database.transact(async (transaction) => {
        await pay(transaction, 'alice', 100);
        const last = await payAndCommit(transaction, 2);
        transaction.afterCommit(afterCommit);
        return last;
      });
      expect(rows.map(({ amount }) => amount).sort()).toEqual([100, 50]);
      expect([await balance('alice'), await balance('bob')]).toEqual([100, 50]);
      expect(afterCommit).toHaveBeenCalledTimes(1);
    });

    it('accepts no other statement after it', async () => {
      const failing = database.transact(async (transaction) => {
        await payAndCommit(transaction, 2);
        await pay(transaction, 'bob', 50);
      });
      await expect(failing).rejects.toThrow('has ended');
      expect(await balance('bob')).toBe(50);
    });

    it('commits nothing when that statement fails', async () => {
      const afterCommit = jest.fn();
      const failing = database.transact(async (transaction) => {
        transaction.afterCommit(afterCommit);
        await pay(transaction, 'alice', 50);
        await payAndCommit(transaction, 0);
      });
      await expect(failing).rejects.toThrow('division by zero');
      expect(await balance('alice')).toBe(100);
      expect(afterCommit).not.toHaveBeenCalled();
    });

    it('fails when the commit fails', async () => {
      await database.transact((transaction) =>
        transaction.run('CREATE TABLE tickets (number int UNIQUE DEFERRABLE INITIALLY DEFERRED)'),
      );
      const afterCommit = jest.fn();
      const failing = database.transact((transaction) => {
        transaction.afterCommit(afterCommit);
        return transaction.rowsAndCommit(
          { number: column.number },
          'INSERT INTO tickets VALUES (1), (1) RETURNING number',
        );
      });
      await expect(failing).rejects.toMatchObject({ code: '23505' });
      expect(await database.exists('SELECT FROM tickets')).toBe(false);
      expect(afterCommit).not.toHaveBeenCalled();
    });
  });

  it('returns normally when the work after the commit fails', async () => {
    const later = jest.fn();
    await database.transact(async (transaction) => {
      transaction.afterCommit(() => {
        throw new Error('nobody is listening');
      });
      transaction.afterCommit(later);
      await pay(transaction, 'alice', 50);
    });
    expect(await balance('alice')).toBe(150);
    expect(later).toHaveBeenCalledTimes(1);
  });

  it('runs the loser of a deadlock again, and its callbacks once', async () => {
    const committed: string[] = [];
    let attempts = 0;
    const holding: (() => void)[] = [];
    /** Both transactions hold their first row before either asks for its second. */
    const bothHold = (): Promise<void> =>
      new Promise((resolve) => {
        holding.push(resolve);
        if (holding.length >= 2) for (const release of holding) release();
      });
    const transfer = (from: string, to: string): Promise<void> =>
      database.transact(async (transaction) => {
        attempts++;
        transaction.afterCommit(() => committed.push(`${from} to ${to}`));
        await pay(transaction, from, -10);
        await bothHold();
        await pay(transaction, to, 10);
      });
    await Promise.all([transfer('alice', 'bob'), transfer('bob', 'alice')]);
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(committed.sort()).toEqual(['alice to bob', 'bob to alice']);
    expect([await balance('alice'), await balance('bob')]).toEqual([100, 100]);
  });

  it('gives up after five collisions', async () => {
    let attempts = 0;
    const colliding = database.transact(async (transaction) => {
      attempts++;
      await transaction.run(
        `DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = 'serialization_failure'; END $$`,
      );
    });
    await expect(colliding).rejects.toThrow('busy');
    expect(attempts).toBe(5);
  });

  it('commits a single statement as a transaction of its own', async () => {
    const rows = await database.transactStatement(
      { amount: column.number },
      `UPDATE balances SET amount = amount + $1 WHERE owner = 'alice' RETURNING amount`,
      [5],
    );
    expect(rows).toEqual([{ amount: 105 }]);
    expect(await balance('alice')).toBe(105);
  });

  it('gives up a single statement after five collisions, too', async () => {
    const { retries } = database.statistics();
    const colliding = database.run(
      `DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = 'deadlock_detected'; END $$`,
    );
    await expect(colliding).rejects.toThrow('busy');
    expect(database.statistics().retries - retries).toBe(4);
  });

  it('loses no update when transactions run in parallel', async () => {
    const payments = Array.from({ length: 40 }, () =>
      database.transact((transaction) => pay(transaction, 'alice', 1)),
    );
    await Promise.all(payments);
    expect(await balance('alice')).toBe(140);
  });

  it('says that it is unavailable when a statement takes too long', async () => {
    const slow = database.transact(async (transaction) => {
      await transaction.run(`SET LOCAL statement_timeout = '50ms'`);
      await transaction.run('SELECT pg_sleep(10)');
    });
    await expect(slow).rejects.toThrow(DatabaseUnavailableError);
    expect(await balance('alice')).toBe(100);
  });

  it('says that it is unavailable while its connection is cut, and works again afterwards', async () => {
    const cutOff = database.transact(async (transaction) => {
      await pay(transaction, 'alice', 50);
      await cable.cut();
      await pay(transaction, 'bob', 50);
    });
    await expect(cutOff).rejects.toThrow(DatabaseUnavailableError);
    await expect(balance('alice')).rejects.toThrow(DatabaseUnavailableError);
    await cable.mend();
    await eventually(async () => (await balance('alice')) === 100);
  });

  it('replaces idle connections that PostgreSQL ended', async () => {
    await database.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await Promise.all(Array.from({ length: 8 }, () => eventually(() => balance('alice'))));
  });

  it('passes on errors of the statement itself as they are', async () => {
    const duplicate = database.transact((transaction) =>
      transaction.run(`INSERT INTO balances VALUES ('alice', 1)`),
    );
    await expect(duplicate).rejects.toMatchObject({ code: '23505', constraint: 'balances_pkey' });
  });

  it('keeps values of rows out of what a logger prints of an error', async () => {
    const duplicate = database.transact((transaction) =>
      transaction.run(`INSERT INTO balances VALUES ('alice', 1)`),
    );
    const error = await duplicate.catch((failure: unknown) => failure);
    expect(JSON.stringify(error)).not.toContain('alice');
  });
});
