import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between the first checks, and the most between later ones. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 200;

/**
 * Repeats `check` until it neither throws nor returns false; after `patience` milliseconds, long enough for a loaded
 * machine, its failure counts. Pauses grow to a tenth of the time that has passed: a check is often a request, and to
 * repeat it fifty times a second would take the CPU from what the test waits for.
 */
export async function eventually(check: () => unknown, patience = 60_000): Promise<void> {
  const begin = Date.now();
  const passed = (): number => Date.now() - begin;
  for (;;) {
    try {
      if ((await check()) !== false) return;
      if (passed() > patience) throw new Error(`Still false after ${patience} ms: ${check.toString()}`);
    } catch (error) {
      if (passed() > patience) throw error;
    }
    await sleep(Math.min(Math.max(passed() / 10, SHORTEST_PAUSE), LONGEST_PAUSE));
  }
}
