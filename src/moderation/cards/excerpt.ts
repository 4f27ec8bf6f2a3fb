import { oneLine } from '../../foundation/wording.js';

/** The marks before an ID that make it a mention, which would call its owner. */
const MENTION = /@+(?=[0-9a-f]{66})/giu;

/**
 * The beginning of what somebody wrote, as the server may repeat it: in one line, and mentioning nobody.
 * @param length in characters
 */
export function excerpt(text: string, length: number): string {
  return oneLine(text.replace(MENTION, ''), length);
}
