/** Characters of a word that count. */
const LONGEST_WORD = 64;

/** Marks that are written or left out as people like: accents of letters, vowels of Arabic and Hebrew. */
const LOOSE_MARKS = /[\u0300-\u036f\u05b0-\u05c7\u064b-\u065f\u0670]+/g;

/** Letters that Persian and Arabic keyboards write in different ways. */
const ALIKE: Readonly<Record<string, string>> = {
  '\u064a': '\u06cc',
  '\u0649': '\u06cc',
  '\u0643': '\u06a9',
};

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * A word between spaces, perhaps with punctuation around it, in letters that neither dictionaries part nor punctuation joins.
 * Most words are such, and finding them so takes a tenth of the time that the segmenter does.
 */
const PLAIN_WORD =
  /^["(„“«]*((?:[0-9]|(?=\p{L})[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}])+)[.,!?:;…”»")]*$/u;

/** A text as search compares it: without case, accents and ways of writing one letter. */
export function foldedText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(LOOSE_MARKS, '')
    .toLowerCase()
    .replace(/[\u064a\u0649\u0643]/g, (letter) => ALIKE[letter] ?? letter);
}

/**
 * The words of a text in any language, folded, each once. Unicode's rules and dictionaries part them, so Chinese, Japanese
 * and Thai have words, too.
 * @param most words; later ones are left out
 */
export function wordsOf(text: string, most: number): string[] {
  const words = new Set<string>();
  for (const part of foldedText(text).split(/\s+/)) {
    const word = PLAIN_WORD.exec(part)?.[1];
    for (const found of word === undefined ? segmentsOf(part) : [word]) {
      words.add(found.slice(0, LONGEST_WORD));
      if (words.size === most) return [...words];
    }
  }
  return [...words];
}

function* segmentsOf(text: string): Generator<string> {
  for (const { segment, isWordLike } of SEGMENTER.segment(text)) if (isWordLike === true) yield segment;
}

/** Words as PostgreSQL writes a `tsvector`. */
export function toVector(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** Characters from which on a word stands for longer ones, too. */
const SHORTEST_BEGINNING = 3;

/** A `tsquery` for what has all of these words, or longer words that begin so. */
export function toQuery(words: readonly string[]): string {
  return words.map((word) => quoted(word) + (isBeginning(word) ? ':*' : '')).join(' & ');
}

/** Whether a text has a word that a query looks for. */
export function matches(text: string, words: readonly string[]): boolean {
  const word = foldedText(text);
  return words.some((wanted) => (isBeginning(wanted) ? word.startsWith(wanted) : word === wanted));
}

function isBeginning(word: string): boolean {
  return word.length >= SHORTEST_BEGINNING;
}

function quoted(word: string): string {
  return `'${word.replace(/['\\]/g, '$&$&')}'`;
}
