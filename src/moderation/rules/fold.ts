import { CHANGES, DOUBLE, factsOf, foldedOf, INVISIBLE, normalized, SMALL, WORD } from './characters.js';

export const SPACE = 0x20;
const CAPITAL_I = 0x49;
const BAR = 0x7c;

/**
 * A text as patterns read it: in NFKC, without invisible characters, marks that are piled on letters, and control characters.
 */
export function cleaned(text: string): string {
  let clean = '';
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) ?? 0;
    const facts = factsOf(point);
    if ((facts & CHANGES) !== 0) return normalized(text);
    const place = index;
    if (point > 0xffff) index++;
    if ((facts & INVISIBLE) === 0) continue;
    clean += text.slice(start, place);
    start = index + 1;
  }
  return start === 0 ? text : clean + text.slice(start);
}

/** The code points of a cleaned text in lower case, with one spelling of letters that have several. */
export function lowered(clean: string): number[] {
  const lower: number[] = [];
  let before = 0;
  for (let index = 0; index < clean.length; index++) {
    const point = clean.codePointAt(index) ?? 0;
    if (point > 0xffff) index++;
    const facts = factsOf(point);
    if (point === CAPITAL_I && (before & SMALL) !== 0 && isSmallAt(clean, index + 1)) {
      // It looks like an l there.
      lower.push(BAR);
    } else {
      const folded = foldedOf(point);
      lower.push(folded);
      if ((facts & DOUBLE) !== 0) lower.push(folded);
    }
    before = facts;
  }
  return lower;
}

/** The words of a lowered text with one space before, between and after them. */
export function spaced(lower: readonly number[]): number[] {
  const words = [SPACE];
  let isWithin = false;
  for (const point of lower) {
    if ((factsOf(point) & WORD) !== 0) {
      words.push(point);
      isWithin = true;
    } else if (isWithin) {
      words.push(SPACE);
      isWithin = false;
    }
  }
  if (isWithin) words.push(SPACE);
  return words;
}

/** The text of code points. */
export function textOfPoints(points: readonly number[]): string {
  let text = '';
  for (const point of points) text += String.fromCodePoint(point);
  return text;
}

function isSmallAt(clean: string, index: number): boolean {
  const point = clean.codePointAt(index);
  return point !== undefined && (factsOf(point) & SMALL) !== 0;
}
