import { LOOKALIKES } from '../defence/lookalikes.js';
import { STRAY_MARKS } from './fold.js';

/** How a letter of a {@link Disguise} came to be what it is. */
export const AS_IT_IS = 0;
/** It stood for another one, as nobody writes honestly. */
export const DISGUISED = 1;
/** It had an accent, as honest people write it, too. */
export const ACCENTED = 2;
/** It is a letter of its own in some languages, such as ä and ñ. */
export const OWN_LETTER = 3;

/** A text as an eye sees it, with one space before, between and after its words. */
export interface Disguise {
  text: string;
  /** For each code unit of the text one of the values above. */
  kinds: Uint8Array;
}

/** A text that may say something else to an eye than to a machine: anything but plain words in Latin letters. */
const SUSPICIOUS =
  /(?=[^ -~])[\p{L}\p{N}\p{M}]|[\d@$!|€](?=[a-z])|(?<=[a-z])\d|([a-z])\1\1|(?<![a-z])[a-z][^a-z0-9]+[a-z][^a-z0-9]+[a-z](?![a-z])/u;
const DIGITS_AND_SIGNS = new Map([
  ['0', 'o'],
  ['1', 'i'],
  ['3', 'e'],
  ['4', 'a'],
  ['5', 's'],
  ['7', 't'],
  ['8', 'b'],
  ['9', 'g'],
  ['@', 'a'],
  ['$', 's'],
  ['!', 'i'],
  ['|', 'i'],
  ['€', 'e'],
]);
const CASED = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
const LATIN = /\p{Script=Latin}/u;
const LETTER = /\p{L}/u;
const WORD_CHARACTER = /[\p{L}\p{N}\p{M}]/u;
/** Scripts in which a letter alone may be a part of a word that somebody has spelled. */
const SPELLED = /[\p{Ll}\p{Script=Arabic}\p{Script=Hebrew}]/u;
/** Letters that no language mixes with those that they look like. */
const RARE = /[ѕԁԛԝѵ]|(?![ıøł])[\u0250-\u02af\u1d00-\u1d7f\ua700-\ua7ff\uab30-\uabbf]/u;
const OWN_LETTERS = new Set(Array.from('äöüñåøæœðþ'));
const RARELY_ACCENTED = /[\u1e00-\u1e9b\u0180-\u01cc\u01e4-\u0217]/u;
/** Single letters beside each other that make a word. */
const FEWEST_SINGLE = 3;
/** Equal letters in a row that count as one. */
const REPEATED = 3;

/** A character, and what it looks like. */
interface Glyph {
  itself: string;
  isWord: boolean;
  isLetter: boolean;
  isLatin: boolean;
  isCased: boolean;
  isRare: boolean;
  /** Whether it stands for a letter in a word. */
  isSign: boolean;
  /** Whether it is of another script, and looks like a Latin letter. */
  isAlike: boolean;
  looks: string;
  kind: number;
}

/** Characters that a process has looked at; there are some thousand in use. */
const MOST_KNOWN = 20_000;
const known = new Map<string, Glyph>();

/** A word on its way: the places of its first character and behind its last one. */
interface Token {
  start: number;
  end: number;
}

/**
 * A lowered text as an eye sees it: letters of other scripts, digits and signs as the letters that they look like, without
 * accents, letters that are repeated or set apart together.
 * @returns undefined when that is the same as the words of the text
 */
export function disguise(lower: string): Disguise | undefined {
  return SUSPICIOUS.test(lower) ? disguiseOf(lower, FEWEST_SINGLE) : undefined;
}

/** How {@link disguise} would show a word that is in disguise. */
export function disguised(lower: string): string {
  return disguiseOf(lower, Infinity).text;
}

function disguiseOf(lower: string, fewestSingle: number): Disguise {
  const glyphs = Array.from(lower, glyphOf);
  const isForeign = glyphs.some(({ isCased, isAlike }) => isCased && !isAlike);
  const tokens = tokensOf(glyphs);
  const writer = new Writer();
  for (let index = 0; index < tokens.length;) {
    let end = index;
    while (end < tokens.length && isSingle(glyphs, tokens[end])) end++;
    const isSpelled = end - index >= fewestSingle;
    const last = isSpelled ? end : index + 1;
    for (; index < last; index++) {
      const token = tokens[index];
      if (token) writeToken(writer, glyphs, token, { isForeign, isSpelled });
    }
    writer.write(' ', AS_IT_IS);
  }
  return writer.done();
}

/** The words of a text, with signs that stand for letters in them. */
function tokensOf(glyphs: readonly Glyph[]): Token[] {
  const tokens: Token[] = [];
  let start = -1;
  for (let index = 0; index <= glyphs.length; index++) {
    const isPart = glyphs[index]?.isWord === true || isLetterSign(glyphs, index);
    if (isPart && start < 0) start = index;
    if (isPart || start < 0) continue;
    tokens.push({ start, end: index });
    start = -1;
  }
  return tokens;
}

/** Whether a sign stands for a letter: others of its word come after it. */
function isLetterSign(glyphs: readonly Glyph[], index: number): boolean {
  if (!glyphs[index]?.isSign) return false;
  const next = glyphs[index + 1];
  return next !== undefined && (next.isWord || (next.isSign && glyphs[index + 2]?.isWord === true));
}

function isSingle(glyphs: readonly Glyph[], token: Token | undefined): boolean {
  if (!token || token.end - token.start > 1) return false;
  return SPELLED.test(glyphs[token.start]?.looks ?? '');
}

/** @param isForeign whether the text has letters of another script that look like no Latin one */
function writeToken(
  writer: Writer,
  glyphs: readonly Glyph[],
  { start, end }: Token,
  { isForeign, isSpelled }: { isForeign: boolean; isSpelled: boolean },
): void {
  let [hasLetters, hasLatin, hasCased, hasRare] = [false, false, false, false];
  for (let index = start; index < end; index++) {
    const glyph = glyphs[index];
    hasLetters ||= glyph?.isLetter === true;
    hasLatin ||= glyph?.isLatin === true;
    hasCased ||= glyph?.isCased === true;
    hasRare ||= glyph?.isRare === true;
  }
  const isDisguised = (hasLatin && hasCased) || !isForeign || hasRare;
  for (let index = start; index < end;) {
    const glyph = glyphs[index];
    let next = index + 1;
    while (next < end && glyphs[next] === glyph) next++;
    const isRepeated = hasLetters && next - index >= REPEATED;
    const kind = isSpelled || isRepeated ? DISGUISED : kindOf(glyph, isDisguised);
    for (let times = isRepeated ? 1 : next - index; times > 0; times--) {
      if (glyph) writer.write(hasLetters ? glyph.looks : glyph.itself, hasLetters ? kind : AS_IT_IS);
    }
    index = next;
  }
}

function kindOf(glyph: Glyph | undefined, isDisguised: boolean): number {
  return glyph === undefined || (glyph.isAlike && !isDisguised) ? AS_IT_IS : glyph.kind;
}

/** Writes a text together with the kinds of its code units. */
class Writer {
  private text = ' ';
  private readonly kinds: number[] = [AS_IT_IS];

  write(letters: string, kind: number): void {
    this.text += letters;
    this.kinds.push(kind);
    // More code units than one are rare.
    for (let unit = letters.length; unit > 1; unit--) this.kinds.push(kind);
  }

  done(): Disguise {
    return { text: this.text, kinds: Uint8Array.from(this.kinds) };
  }
}

function glyphOf(character: string): Glyph {
  const glyph = known.get(character);
  if (glyph) return glyph;
  if (known.size >= MOST_KNOWN) known.clear();
  const [looks, kind] = looksOf(character);
  const isCased = CASED.test(character);
  const looked = {
    itself: character,
    isWord: WORD_CHARACTER.test(character),
    isLetter: LETTER.test(character),
    isLatin: LATIN.test(character),
    isCased,
    isRare: RARE.test(character),
    isSign: DIGITS_AND_SIGNS.has(character),
    isAlike: LOOKALIKES.has(character) && !OWN_LETTERS.has(character),
    looks,
    kind,
  };
  known.set(character, looked);
  return looked;
}

function looksOf(character: string): [string, number] {
  if (character >= 'a' && character <= 'z') return [character === 'l' ? 'i' : character, AS_IT_IS];
  const sign = DIGITS_AND_SIGNS.get(character);
  if (sign !== undefined) return [sign, DISGUISED];
  if (OWN_LETTERS.has(character)) return [withoutMarks(character), OWN_LETTER];
  const alike = LOOKALIKES.get(character);
  if (alike !== undefined) return [alike === 'l' ? 'i' : alike, DISGUISED];
  if (!LATIN.test(character)) return [character, AS_IT_IS];
  const bare = withoutMarks(character).replace('l', 'i');
  if (bare === character) return [character, AS_IT_IS];
  return [bare, RARELY_ACCENTED.test(character) ? DISGUISED : ACCENTED];
}

function withoutMarks(letter: string): string {
  const bare = letter.normalize('NFD').replace(STRAY_MARKS, '');
  return LOOKALIKES.get(bare) ?? bare;
}
