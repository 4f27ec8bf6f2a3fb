/** Bytes; decrypting, hashing or parsing a body takes a millisecond from here on. */
export const LARGE_BODY = 128 * 1024;
/** Bytes, or characters, of an answer that are put together or encrypted in one turn. */
export const ANSWER_IN_A_TURN = 512 * 1024;

const waiting: (() => void)[] = [];

/**
 * Resolves when it is somebody's turn to do work of some milliseconds. There is one in each turn of the event loop, in order
 * of arrival. So small requests, which take no turns, wait for one piece of such work at most, however many there are.
 */
export function turnForLongWork(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}
