/** A mention, which would call the person whom somebody else has mentioned. */
const MENTION = /@(?=[0-9a-f]{66})/giu;

/**
 * The beginning of what somebody wrote, as the server may repeat it: in one line, and mentioning nobody.
 * @param length in characters
 */
export function excerpt(text: string, length: number): string {
  const line = text
    .replace(/[\s\p{Control}]+/gu, ' ')
    .replace(MENTION, '')
    .trim();
  const points = Array.from(line);
  return points.length > length ? `${points.slice(0, length).join('')}…` : line;
}
