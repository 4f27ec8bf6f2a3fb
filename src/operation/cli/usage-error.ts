/** The command was written wrongly: it exits with 2. The message is one line that says how to write it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
