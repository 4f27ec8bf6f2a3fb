/**
 * A value that is there at once or will be. A cached value is there, and a promise around it would cost more than
 * finding it: a poll asks for dozens of such values.
 */
export type Eventual<Value> = Value | Promise<Value>;

/** Goes on with a value as soon as it is there; without waiting for anything when it is. */
export function andThen<Value, Result>(
  value: Eventual<Value>,
  use: (value: Value) => Eventual<Result>,
): Eventual<Result> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** Gives the result of `run`, or what `failed` makes of its failure, whether that is thrown at once or later. */
export function attempt<Value>(
  run: () => Eventual<Value>,
  failed: (error: unknown) => Value,
): Eventual<Value> {
  try {
    const value = run();
    return value instanceof Promise ? value.catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}
