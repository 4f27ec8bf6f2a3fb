import { channel } from 'node:diagnostics_channel';

/**
 * While a transaction is open, its work must wait for PostgreSQL alone. Anything else may itself be waiting for a lock or a
 * connection that the transaction holds, and PostgreSQL sees no deadlock in that: all posts of a room would stand still until
 * a time limit ends one of the two. Tests subscribe to these channels and find who waits so; without subscribers nothing is
 * done.
 */
const TRANSACTIONS = channel('plaza.transaction');
const WAITS = channel('plaza.wait');

/** Runs the work of a transaction so that tests can tell what is waited for in it. */
export async function watchTransaction<T>(work: () => Promise<T>): Promise<T> {
  if (!TRANSACTIONS.hasSubscribers) return work();
  const transaction = { isOpen: true };
  try {
    return await TRANSACTIONS.runStores(transaction, work);
  } finally {
    transaction.isOpen = false;
  }
}

/** Says that the caller is about to wait for something that somebody else may hold. @param what that is, in words */
export function waitsForOthers(what: string): void {
  if (WAITS.hasSubscribers) WAITS.publish(what);
}
