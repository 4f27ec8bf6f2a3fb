/** Most characters (code points) of a room's name (protocol 10). */
export const MAX_NAME_LENGTH = 256;
/** Most characters (code points) of a room's description (protocol 10). */
export const MAX_DESCRIPTION_LENGTH = 2000;

/** White space and characters that nothing shows: joiners, marks of direction and control characters. */
const INVISIBLE = /^[\s\p{Cf}\p{Cc}]*$/u;

/** Whether a text shows nothing: Desktop can't list a room with such a name. */
export function isBlank(text: string): boolean {
  return INVISIBLE.test(text);
}

/** Whether a text has more than `max` code points; reads no more of a long one than it needs. */
export function isLongerThan(text: string, max: number): boolean {
  return text.length > max && Array.from(text.slice(0, 2 * max + 1)).length > max;
}

/** The first `max` code points of a text. */
export function cutTo(text: string, max: number): string {
  return isLongerThan(text, max)
    ? Array.from(text.slice(0, 2 * max + 1))
        .slice(0, max)
        .join('')
    : text;
}
