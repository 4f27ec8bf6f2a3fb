let turn: Promise<void> | undefined;

/**
 * Resolves when the event loop has taken what has arrived by now. All who ask in the same turn are told together, and a
 * lone request does not wait.
 */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
