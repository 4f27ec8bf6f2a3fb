import {
  LOOKS_LATIN,
  AS_IT_IS,
  CASED,
  DISGUISED,
  factsOf,
  kindIn,
  LATIN,
  LETTER,
  looksOf,
  RARE,
  SIGN,
  SPELLED,
  WORD,
} from './characters.js';
import { SPACE } from './fold.js';

/** A text as an eye sees it, with one space before, between and after its words. */
export interface Disguise {
  /** Code points. */
  text: readonly number[];
  /** For each of them how it came to be: `AS_IT_IS`, `DISGUISED`, `ACCENTED` or `OWN_LETTER`. */
  kinds: readonly number[];
}

/** Single letters beside each other that make a word. */
const FEWEST_SINGLE = 3;
/** Equal letters in a row that count as one. */
const REPEATED = 3;

/**
 * A lowered text as an eye sees it: letters of other scripts, digits and signs as the letters that they look like, without
 * accents, letters that are repeated or set apart together.
 * @param lower code points
 * @returns undefined when no letter is seen for another one
 */
export function disguise(lower: readonly number[]): Disguise | undefined {
  if (!isSuspicious(lower)) return undefined;
  const seen = disguiseOf(lower, FEWEST_SINGLE);
  return seen.isHonest ? undefined : seen;
}

/** How {@link disguise} would show a word that is in disguise. */
export function disguised(lower: readonly number[]): readonly number[] {
  return disguiseOf(lower, Infinity).text;
}

/** Whether a text may say something else to an eye than to a machine: whether it is anything but plain words in Latin letters. */
function isSuspicious(lower: readonly number[]): boolean {
  // Letters in a row, how many of them are equal, and rows of one letter that nothing but signs part.
  let [row, equal, singles] = [0, 0, 0];
  let before = SPACE;
  for (const point of lower) {
    const isLetter = isPlain(point);
    if (isLetter) {
      if (row === 0 && isSignOrDigit(before)) return true;
      row++;
      equal = point === before ? equal + 1 : 1;
      if (equal === REPEATED) return true;
    } else {
      if (point > 0x7e && (factsOf(point) & WORD) !== 0) return true;
      if (row > 0) {
        singles = row === 1 ? singles + 1 : 0;
        if (singles === FEWEST_SINGLE || isDigit(point)) return true;
      }
      if (isDigit(point)) singles = 0;
      row = 0;
    }
    before = point;
  }
  return row === 1 && singles + 1 === FEWEST_SINGLE;
}

/** Whether a code point is one of a to z. */
function isPlain(point: number): boolean {
  return point >= 0x61 && point <= 0x7a;
}

function isDigit(point: number): boolean {
  return point >= 0x30 && point <= 0x39;
}

function isSignOrDigit(point: number): boolean {
  return isDigit(point) || (factsOf(point) & SIGN) !== 0;
}

function disguiseOf(lower: readonly number[], fewestSingle: number): Writer {
  const isForeign = lower.some((point) => (factsOf(point) & (CASED | LOOKS_LATIN)) === CASED);
  const writer = new Writer();
  // Places of the first character and behind the last one of each word, in turn.
  const tokens = tokensOf(lower);
  for (let index = 0; index < tokens.length;) {
    let end = index;
    while (end < tokens.length && isSingle(lower, tokens, end)) end += 2;
    const isSpelled = (end - index) / 2 >= fewestSingle;
    const last = isSpelled ? end : index + 2;
    for (; index < last; index += 2) {
      writeToken(writer, lower, [tokens[index] ?? 0, tokens[index + 1] ?? 0], { isForeign, isSpelled });
    }
    writer.write(SPACE, AS_IT_IS);
  }
  return writer;
}

/** The words of a text, with signs that stand for letters in them. */
function tokensOf(lower: readonly number[]): number[] {
  const tokens: number[] = [];
  let isWithin = false;
  for (let index = 0; index < lower.length; index++) {
    if (isPart(lower, index) === isWithin) continue;
    tokens.push(index);
    isWithin = !isWithin;
  }
  if (isWithin) tokens.push(lower.length);
  return tokens;
}

/** Whether a character is a part of a word, or a sign that stands for a letter: others of its word come after it. */
function isPart(lower: readonly number[], index: number): boolean {
  const facts = factsAt(lower, index);
  if ((facts & WORD) !== 0 || (facts & SIGN) === 0) return (facts & WORD) !== 0;
  const next = factsAt(lower, index + 1);
  return (next & WORD) !== 0 || ((next & SIGN) !== 0 && (factsAt(lower, index + 2) & WORD) !== 0);
}

function factsAt(lower: readonly number[], index: number): number {
  const point = lower[index];
  return point === undefined ? 0 : factsOf(point);
}

function isSingle(lower: readonly number[], tokens: readonly number[], token: number): boolean {
  const start = tokens[token] ?? 0;
  return (tokens[token + 1] ?? 0) - start === 1 && (factsAt(lower, start) & SPELLED) !== 0;
}

/** @param isForeign whether the text has letters of another script that look like no Latin one */
function writeToken(
  writer: Writer,
  lower: readonly number[],
  [start, end]: readonly [number, number],
  { isForeign, isSpelled }: { isForeign: boolean; isSpelled: boolean },
): void {
  let all = 0;
  for (let index = start; index < end; index++) all |= factsAt(lower, index);
  const hasLetters = (all & LETTER) !== 0;
  const isDisguised = (all & (LATIN | CASED)) === (LATIN | CASED) || !isForeign || (all & RARE) !== 0;
  for (let index = start; index < end;) {
    const point = lower[index] ?? SPACE;
    const facts = factsOf(point);
    let next = index + 1;
    while (next < end && lower[next] === point) next++;
    const isRepeated = hasLetters && next - index >= REPEATED;
    const isHonest = (facts & LOOKS_LATIN) !== 0 && !isDisguised;
    const kind = isSpelled || isRepeated ? DISGUISED : isHonest ? AS_IT_IS : kindIn(facts);
    const looks = hasLetters ? looksOf(point) : point;
    for (let times = isRepeated ? 1 : next - index; times > 0; times--) {
      writer.write(looks, hasLetters ? kind : AS_IT_IS);
    }
    index = next;
  }
}

/** Writes a text together with the kinds of its code points. */
class Writer implements Disguise {
  readonly text: number[] = [SPACE];
  readonly kinds: number[] = [AS_IT_IS];
  /** Whether every letter is what it is. */
  isHonest = true;

  write(point: number, kind: number): void {
    this.text.push(point);
    this.kinds.push(kind);
    if (kind !== AS_IT_IS) this.isHonest = false;
  }
}
