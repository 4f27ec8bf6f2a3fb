import { LOOKALIKES } from '../defence/lookalikes.js';

/** Facts about a character, bits of what {@link factsOf} returns. */
const KNOWN = 1;
/** A text with it has to be normalized. */
export const CHANGES = 1 << 1;
/** Nobody sees it. */
export const INVISIBLE = 1 << 2;
/** It is a small letter. */
export const SMALL = 1 << 3;
/** It stands for two equal letters, as ß does. */
export const DOUBLE = 1 << 4;
/** It is a part of a word: a letter, a digit or a mark. */
export const WORD = 1 << 5;
export const LETTER = 1 << 6;
export const LATIN = 1 << 7;
/** Its script has letters that look Latin. */
export const CASED = 1 << 8;
/** No language mixes it with the letters that it looks like. */
export const RARE = 1 << 9;
/** It may stand for a letter in a word. */
export const SIGN = 1 << 10;
/** It is of another script, and looks like a Latin letter. */
export const LOOKS_LATIN = 1 << 11;
/** A word of one such letter may be a part of one that somebody has spelled. */
export const SPELLED = 1 << 12;
/** Its script puts no spaces between words. */
export const UNSPACED = 1 << 13;
const KIND_SHIFT = 14;

/** How a letter of a text came to be what an eye sees. */
export const AS_IT_IS = 0;
/** It stood for another one, as nobody writes honestly. */
export const DISGUISED = 1;
/** It had an accent, as honest people write it, too. */
export const ACCENTED = 2;
/** It is a letter of its own in some languages, such as ä and ñ. */
export const OWN_LETTER = 3;

/** Characters that nobody sees. */
const INVISIBLES = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u0640]/gu;
const CONTROL = /(?![\t\n\r])\p{Cc}/gu;
/** Marks that are no letters of their own, once a text is composed. */
const STRAY_MARKS = /(?=\p{Mn})[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}]/gu;
/** Letters in black circles and squares, which NFKC leaves as they are. */
const ENCLOSED = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}]/gu;
const ENCLOSED_STARTS = [0x1f150, 0x1f170] as const;

/** Spellings that people take for the same letter, whichever keyboard they have. */
const SAME = new Map([
  ['ß', 's'],
  ['ς', 'σ'],
  ['ё', 'е'],
  ['ى', 'ی'],
  ['ي', 'ی'],
  ['ك', 'ک'],
  ['أ', 'ا'],
  ['إ', 'ا'],
  ['ٱ', 'ا'],
  ['ة', 'ه'],
  ['ۀ', 'ه'],
]);
const DOUBLES = new Set(['ß', 'ẞ']);

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
const OWN_LETTERS = new Set(Array.from('äöüñåøæœðþ'));
const RARELY_ACCENTED = /[\u1e00-\u1e9b\u0180-\u01cc\u01e4-\u0217]/u;
const OF_LATIN = /\p{Script=Latin}/u;
/** Marks join the letter before them, and so do vowels and finals of these scripts. */
const JOINS = /[\p{M}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u{16d40}-\u{16d7f}]/u;

/** Facts that follow from a character as it is. */
const TESTS: readonly (readonly [fact: number, test: RegExp])[] = [
  [SMALL, /\p{Ll}/u],
  [WORD, /[\p{L}\p{N}\p{M}]/u],
  [LETTER, /\p{L}/u],
  [LATIN, OF_LATIN],
  [CASED, /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u],
  [RARE, /[ѕԁԛԝѵ]|(?![ıøł])[\u0250-\u02af\u1d00-\u1d7f\ua700-\ua7ff\uab30-\uabbf]/u],
  [
    UNSPACED,
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u,
  ],
];
const OF_SPELLED_WORDS = /[\p{Ll}\p{Script=Arabic}\p{Script=Hebrew}]/u;

/** Tens of thousands of letters that have nothing of their own but their number; each group by the first one. */
const ALIKE_IN_ALL: readonly (readonly [first: number, last: number])[] = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0xac00, 0xd7a3],
];

/** Characters that are in use, but for rare ideographs; the facts of others follow from their number. */
const IN_USE = 0x20000;
const IDEOGRAPHS = [0x20000, 0x3ffff] as const;
const COMPATIBLE_IDEOGRAPHS = [0x2f800, 0x2fa1f] as const;
const IGNORABLE = [0xe0000, 0xe0fff] as const;

/** By code point; 0 for one that nobody has seen. */
const FACTS = new Uint32Array(IN_USE);
const FOLDED = new Uint32Array(IN_USE);
const LOOKS = new Uint32Array(IN_USE);

/** The facts about a character. They are found out once, which takes some microseconds. */
export function factsOf(point: number): number {
  if (point >= IN_USE) return factsOfRare(point);
  const facts = FACTS[point] ?? 0;
  return facts === 0 ? learn(point) : facts;
}

/** The letter that stands for a character whatever its case and spelling, which is known by {@link factsOf}; see {@link DOUBLE}. */
export function foldedOf(point: number): number {
  return FOLDED[point] ?? point;
}

/** The letter that an eye sees in a character in lower case, which is known by {@link factsOf}. */
export function looksOf(point: number): number {
  return LOOKS[point] ?? point;
}

/** How {@link looksOf} came to be: one of `AS_IT_IS`, `DISGUISED`, `ACCENTED` and `OWN_LETTER`. */
export function kindIn(facts: number): number {
  return facts >> KIND_SHIFT;
}

/** In NFKC, without invisible characters, marks that are piled on letters, and control characters. */
export function normalized(text: string): string {
  return text
    .replace(INVISIBLES, '')
    .replace(CONTROL, '')
    .normalize('NFKC')
    .replace(INVISIBLES, '')
    .replace(STRAY_MARKS, '')
    .replace(ENCLOSED, (letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const start = code >= ENCLOSED_STARTS[1] ? ENCLOSED_STARTS[1] : ENCLOSED_STARTS[0];
      return String.fromCharCode('a'.charCodeAt(0) + code - start);
    });
}

function learn(point: number): number {
  const group = ALIKE_IN_ALL.find(([first, last]) => point > first && point <= last);
  const [facts, folded, looks] = group
    ? [factsOf(group[0]), point, point]
    : study(String.fromCodePoint(point));
  FACTS[point] = facts;
  FOLDED[point] = folded;
  LOOKS[point] = looks;
  return facts;
}

function factsOfRare(point: number): number {
  if (isIn(point, COMPATIBLE_IDEOGRAPHS)) return KNOWN | WORD | LETTER | UNSPACED | CHANGES;
  if (isIn(point, IDEOGRAPHS)) return KNOWN | WORD | LETTER | UNSPACED;
  return isIn(point, IGNORABLE) ? KNOWN | INVISIBLE : KNOWN;
}

function isIn(point: number, [first, last]: readonly [number, number]): boolean {
  return point >= first && point <= last;
}

function study(character: string): [facts: number, folded: number, looks: number] {
  const [seen, kind] = seenIn(character);
  let facts = KNOWN | (kind << KIND_SHIFT);
  for (const [fact, test] of TESTS) if (test.test(character)) facts |= fact;
  const clean = normalized(character);
  if (clean === '' && character.replace(INVISIBLES, '') === '') facts |= INVISIBLE;
  else if (clean !== character || JOINS.test(character)) facts |= CHANGES;
  if (DOUBLES.has(character)) facts |= DOUBLE;
  if (DIGITS_AND_SIGNS.has(character)) facts |= SIGN;
  if (LOOKALIKES.has(character) && !OWN_LETTERS.has(character)) facts |= LOOKS_LATIN;
  if (OF_SPELLED_WORDS.test(seen)) facts |= SPELLED;
  return [facts, pointOf(fold(character)), pointOf(seen)];
}

function fold(character: string): string {
  const [lower = character] = character.toLowerCase();
  return SAME.get(lower) ?? lower;
}

/** The letter that an eye sees, and how that came to be. */
function seenIn(character: string): [string, number] {
  if (character >= 'a' && character <= 'z') return [character === 'l' ? 'i' : character, AS_IT_IS];
  const sign = DIGITS_AND_SIGNS.get(character);
  if (sign !== undefined) return [sign, DISGUISED];
  if (OWN_LETTERS.has(character)) return [withoutMarks(character), OWN_LETTER];
  const alike = LOOKALIKES.get(character);
  if (alike !== undefined) return [alike === 'l' ? 'i' : alike, DISGUISED];
  if (!OF_LATIN.test(character)) return [character, AS_IT_IS];
  const bare = withoutMarks(character).replace('l', 'i');
  if (bare === character) return [character, AS_IT_IS];
  return [bare, RARELY_ACCENTED.test(character) ? DISGUISED : ACCENTED];
}

function withoutMarks(letter: string): string {
  const bare = letter.normalize('NFD').replace(STRAY_MARKS, '');
  return LOOKALIKES.get(bare) ?? bare;
}

function pointOf(letter: string): number {
  return letter.codePointAt(0) ?? 0;
}
