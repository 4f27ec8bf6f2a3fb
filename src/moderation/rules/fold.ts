import { LOOKALIKES } from '../defence/lookalikes.js';

/** Characters that nobody sees, and marks that belong to no letter of their own once a text is composed. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u0640]/gu;
const CONTROL = /(?![\t\n\r])\p{Cc}/gu;
const STRAY_MARKS = /(?=\p{Mn})[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}]/gu;
/** Letters in black circles and squares, which NFKC leaves as they are. */
const ENCLOSED = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}]/gu;
const ENCLOSED_STARTS = [0x1f150, 0x1f170] as const;
const ASCII = /^[\n\r\t\x20-\x7e]*$/;

/** Spellings that people take for the same letter, whichever keyboard they have. */
const SAME = new Map([
  ['ß', 'ss'],
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
const SAME_LETTERS = new RegExp(`[${[...SAME.keys()].join('')}]`, 'gu');

/** It looks like an l there. */
const CAPITAL_I = /(?<=\p{Ll})I(?=\p{Ll})/gu;

const NO_WORD = /[^\p{L}\p{N}\p{M}]+/gu;

/**
 * A text as patterns read it: in NFKC, without invisible characters, marks that are piled on letters, and control characters.
 */
export function cleaned(text: string): string {
  if (ASCII.test(text)) return text;
  return text
    .replace(INVISIBLE, '')
    .replace(CONTROL, '')
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(STRAY_MARKS, '')
    .replace(ENCLOSED, (letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const start = code >= ENCLOSED_STARTS[1] ? ENCLOSED_STARTS[1] : ENCLOSED_STARTS[0];
      return String.fromCharCode('a'.charCodeAt(0) + code - start);
    });
}

/** A cleaned text in lower case, with one spelling of letters that have several. */
export function lowered(clean: string): string {
  const lower = clean.replace(CAPITAL_I, '|').toLowerCase();
  if (ASCII.test(lower)) return lower;
  return lower.replace(STRAY_MARKS, '').replace(SAME_LETTERS, (letter) => SAME.get(letter) ?? letter);
}

/** The words of a lowered text with one space before, between and after them. */
export function spaced(lower: string): string {
  return ` ${lower} `.replace(NO_WORD, ' ');
}

/** How a letter of a {@link Disguise} came to be what it is. */
export const AS_IT_IS = 0;
/** It stood for another one, as nobody writes honestly. */
export const DISGUISED = 1;
/** It had an accent, as honest people write it, too. */
export const ACCENTED = 2;
/** It is a letter of its own in some languages, such as ä and ñ. */
export const OWN_LETTER = 3;

/** A text as an eye sees it, with the words of {@link spaced}. */
export interface Disguise {
  text: string;
  /** For each code unit of the text one of the values above. */
  kinds: Uint8Array;
}

/** A text that may say something else to an eye than to a machine: anything but plain words in Latin letters. */
const SUSPICIOUS =
  /[^\x20-\x7e\s]|\d|[@$!|](?=[a-z])|([a-z])\1\1|(?<![a-z])[a-z][^a-z0-9]+[a-z][^a-z0-9]+[a-z](?![a-z])/;
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
const DIGIT = /\d/;
/** Letters that no language mixes with those that they look like. */
const RARE = /[ѕԁԛԝѵ]|(?![ıøł])[\u0250-\u02af\u1d00-\u1d7f\ua700-\ua7ff\uab30-\uabbf]/u;
const OWN_LETTERS = new Set(Array.from('äöüñåøæœðþ'));
const RARELY_ACCENTED = /[\u1e00-\u1e9b\u0180-\u01cc\u01e4-\u0217]/u;
/** Single letters beside each other that make a word. */
const FEWEST_SINGLE = 3;
/** Equal letters in a row that count as one. */
const REPEATED = 3;

/** A word, and what it looks like. */
interface Glyphs {
  letters: string[];
  kinds: number[];
}

/**
 * A lowered text as an eye sees it: letters of other scripts, digits and signs as the letters that they look like, without
 * accents, letters that are repeated or set apart together.
 * @returns undefined when that is the same as {@link spaced}
 */
export function disguise(lower: string): Disguise | undefined {
  if (!SUSPICIOUS.test(lower)) return undefined;
  const isForeign = Array.from(lower).some((letter) => CASED.test(letter) && !LOOKALIKES.has(letter));
  return joined(tokensOf(lower).map((token) => glyphsOf(token, isForeign)));
}

/** How {@link disguise} would show a word that is in disguise. */
export function disguised(lower: string): string {
  return joined(
    tokensOf(lower).map((token) => glyphsOf(token, false)),
    Infinity,
  ).text;
}

/** The words of a text, with signs that stand for letters in them. */
function tokensOf(lower: string): string[][] {
  const tokens: string[][] = [];
  const characters = Array.from(lower);
  let token: string[] = [];
  for (const [index, character] of characters.entries()) {
    if (WORD_CHARACTER.test(character) || isLetterSign(characters, index)) token.push(character);
    else if (token.length > 0) {
      tokens.push(token);
      token = [];
    }
  }
  if (token.length > 0) tokens.push(token);
  return tokens;
}

/** Whether a sign stands for a letter: others of its word come after it. */
function isLetterSign(characters: readonly string[], index: number): boolean {
  if (!DIGITS_AND_SIGNS.has(characters[index] ?? '')) return false;
  const next = characters[index + 1] ?? ' ';
  if (WORD_CHARACTER.test(next)) return true;
  return DIGITS_AND_SIGNS.has(next) && WORD_CHARACTER.test(characters[index + 2] ?? ' ');
}

/** @param isForeign whether the text has letters of another script that look like no Latin one */
function glyphsOf(token: readonly string[], isForeign: boolean): Glyphs {
  const hasLetters = token.some((character) => LETTER.test(character));
  const isMixed = token.some((character) => LATIN.test(character)) && token.some((one) => CASED.test(one));
  const isDisguised = isMixed || !isForeign || token.some((character) => RARE.test(character));
  const glyphs: Glyphs = { letters: [], kinds: [] };
  for (let index = 0; index < token.length;) {
    const character = token[index] ?? '';
    let end = index + 1;
    while (end < token.length && token[end] === character) end++;
    const isRepeated = hasLetters && end - index >= REPEATED;
    const [letters, kind] = hasLetters ? glyphOf(character, isDisguised) : [character, AS_IT_IS];
    for (let times = isRepeated ? 1 : end - index; times > 0; times--) {
      for (const letter of letters) {
        glyphs.letters.push(letter);
        glyphs.kinds.push(isRepeated ? DISGUISED : kind);
      }
    }
    index = end;
  }
  return glyphs;
}

function glyphOf(character: string, isDisguised: boolean): [string, number] {
  if (character >= 'a' && character <= 'z') return [character === 'l' ? 'i' : character, AS_IT_IS];
  const sign = DIGITS_AND_SIGNS.get(character);
  if (sign !== undefined) return [sign, DISGUISED];
  if (DIGIT.test(character)) return [character, AS_IT_IS];
  if (OWN_LETTERS.has(character)) return [withoutMarks(character), OWN_LETTER];
  const alike = LOOKALIKES.get(character);
  if (alike !== undefined) return [alike === 'l' ? 'i' : alike, isDisguised ? DISGUISED : AS_IT_IS];
  if (!LATIN.test(character)) return [character, AS_IT_IS];
  const bare = withoutMarks(character).replace('l', 'i');
  if (bare === character) return [character, AS_IT_IS];
  return [bare, RARELY_ACCENTED.test(character) ? DISGUISED : ACCENTED];
}

function withoutMarks(letter: string): string {
  const bare = letter.normalize('NFD').replace(STRAY_MARKS, '');
  return LOOKALIKES.get(bare) ?? bare;
}

/** Puts words together again, and single letters that stand beside each other into one word. */
function joined(words: readonly Glyphs[], fewestSingle = FEWEST_SINGLE): Disguise {
  let text = ' ';
  const kinds: number[] = [AS_IT_IS];
  for (let index = 0; index < words.length;) {
    let end = index;
    while (end < words.length && isSingle(words[end])) end++;
    const isSpelled = end - index >= fewestSingle;
    const last = isSpelled ? end : index + 1;
    for (const word of words.slice(index, last)) {
      text += word.letters.join('');
      word.letters.forEach((letter, place) => {
        const kind = isSpelled ? DISGUISED : (word.kinds[place] ?? AS_IT_IS);
        kinds.push(...new Array<number>(letter.length).fill(kind));
      });
    }
    text += ' ';
    kinds.push(AS_IT_IS);
    index = last;
  }
  return { text, kinds: Uint8Array.from(kinds) };
}

function isSingle(word: Glyphs | undefined): boolean {
  return word?.letters.length === 1 && CASED_OR_LATIN.test(word.letters[0] ?? '');
}

const CASED_OR_LATIN = /[\p{Ll}\p{Script=Arabic}\p{Script=Hebrew}]/u;
