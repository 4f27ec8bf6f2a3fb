/** Describes an error on one line for a person. */
export function errorLine(error: unknown): string {
  // Connecting to a name with several addresses fails with one error an address and no message of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return errorLine(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
