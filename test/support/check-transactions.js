// Finds transactions in this process that wait for something other than PostgreSQL, so that the test fails in which
// one does. See src/foundation/database/transaction-watch.ts.
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe } from 'node:diagnostics_channel';

/** Subscribed once for each process of Jest. Node.js makes an uncaught exception of an error that it throws. */
export function checkTransactions() {
  const transactions = new AsyncLocalStorage();
  channel('plaza.transaction').bindStore(transactions);
  subscribe('plaza.wait', (what) => {
    if (transactions.getStore()?.isOpen) throw new Error(`A transaction that is open waits for ${what}`);
  });
}
