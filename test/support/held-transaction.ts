import { type Database, type Transaction } from '../../src/foundation/database/database.js';

/** A transaction that stays open beside what else a test does, as that of another request does. */
export interface HeldTransaction {
  readonly tx: Transaction;
  /** Commits it. */
  end(): Promise<void>;
}

/** Begins a transaction and leaves it open. */
export function holdTransaction(database: Database): Promise<HeldTransaction> {
  return new Promise((resolve, reject) => {
    const ended = database.transact(
      (tx) =>
        new Promise<void>((commit) => {
          resolve({
            tx,
            end: () => {
              commit();
              return ended;
            },
          });
        }),
    );
    ended.catch(reject);
  });
}
