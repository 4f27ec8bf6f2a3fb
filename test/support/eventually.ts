import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats `check` until it neither throws nor returns false; after `patience` milliseconds, long enough for a loaded machine, its failure counts. */
export async function eventually(check: () => unknown, patience = 60_000): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      if ((await check()) !== false) return;
      if (Date.now() > deadline) throw new Error(`Still false after ${patience} ms: ${check.toString()}`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(20);
  }
}
