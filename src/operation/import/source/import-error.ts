/** The import can't be done, and nothing was changed. The message is one line that says what to do about it. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}
