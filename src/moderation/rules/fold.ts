/** Characters that nobody sees, and marks that belong to no letter of their own once a text is composed. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u0640]/gu;
const CONTROL = /(?![\t\n\r])\p{Cc}/gu;
/** Marks that are no letters of their own. */
export const STRAY_MARKS =
  /(?=\p{Mn})[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}]/gu;
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
