import { randomInt } from 'node:crypto';

/** Letters and digits that nobody takes for each other. */
const CHARACTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const PHRASE = new RegExp(
  String.raw`(?<![\p{L}\p{N}])join-[${CHARACTERS}]{5}-[${CHARACTERS}]{5}(?![\p{L}\p{N}])`,
  'giu',
);
/** Phrases of a post that are looked up. */
const MOST = 3;

/** A new phrase of an invitation, such as `join-k7qm2-pxw4d`: nobody guesses one of 31¹⁰. */
export function newPhrase(): string {
  const part = (): string =>
    Array.from({ length: 5 }, () => CHARACTERS[randomInt(CHARACTERS.length)] ?? '').join('');
  return `join-${part()}-${part()}`;
}

/** Things in a text that look like phrases of invitations, in lower case. */
export function phrasesIn(text: string | undefined): string[] {
  return (text?.match(PHRASE) ?? []).slice(0, MOST).map((phrase) => phrase.toLowerCase());
}
