/** Values of `$1`, `$2`, … in an SQL text. */
export type Parameters = readonly unknown[];

/** A text that needs no escapes between the quotes of an array. */
const PLAIN = /^[^"\\]*$/;

/**
 * The values of a statement as the driver is given them: arrays as the text that PostgreSQL reads. The driver would replace
 * in each element what must be escaped, in numbers and booleans, too, which took a tenth of what a post allocates. Arrays of
 * anything but numbers, booleans, texts and nulls are left to it.
 */
export function toValues(parameters: Parameters): unknown[] {
  return parameters.map((value) => (Array.isArray(value) ? (arrayText(value) ?? value) : value));
}

function arrayText(elements: readonly unknown[]): string | undefined {
  const texts: string[] = [];
  for (const element of elements) {
    const text = elementText(element);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return `{${texts.join(',')}}`;
}

function elementText(element: unknown): string | undefined {
  if (element === null || element === undefined) return 'NULL';
  if (typeof element === 'number' || typeof element === 'boolean') return String(element);
  return typeof element === 'string' && PLAIN.test(element) ? `"${element}"` : undefined;
}
