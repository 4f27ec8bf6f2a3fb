/**
 * The value of a JSON text that a person has handed in.
 * @param what names the text in the error
 * @throws Error that says in a line that it is no JSON
 */
export function jsonIn(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`${what} is no JSON`);
  }
}
