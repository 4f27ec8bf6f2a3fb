import { hash } from 'node:crypto';
import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { LOOKALIKES } from './lookalikes.js';

/** Letters that a text must have to be like another: people greet each other in the same words. */
const FEWEST_LETTERS = 20;
/** Letters that a name must have: many people share short ones. */
const FEWEST_NAME_LETTERS = 12;
/** Letters that a name of staff must have for others to be kept from it. */
const FEWEST_STAFF_LETTERS = 3;
/** Characters of a text that are looked at. */
const LONGEST = 4_000;
/** Links of a message that are looked at. */
const MOST_LINKS = 5;
/** Hexadecimal digits of a digest that become a fingerprint: a number that JavaScript holds exactly. */
const FINGERPRINT_DIGITS = 12;

const LINK = /https?:\/\/([^\s/?#@]+@)?([^\s/?#:]+)/giu;
const NO_LETTER = /[^\p{L}]+/gu;
/** Marks, letters that only modify others, and letters that are blank, as the fillers of Hangul are. */
const NO_LETTER_OF_ITS_OWN = /[\p{M}\p{Lm}\p{Default_Ignorable_Code_Point}]+/gu;
/** Texts that need none of the work for other scripts, as most names and many texts do. */
const PLAIN = /^[\0-\x7f]*$/;
const NO_PLAIN_LETTER = /[^a-z]+/g;
/** Digits and signs that stand for letters in names. */
const READ_AS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '|': 'i',
  '!': 'i',
};
const READ_AS_LETTER = /[0134578@$|!]/g;

/** The fingerprints of names that were asked for: that is with the room's lock, and again when the post is looked at. */
const NAMES = new WeakMap<MessageContent, readonly number[]>();

/** The letters of a text as an eye sees them: without case, accents, digits, punctuation, spaces and invisible characters. */
export function skeleton(text: string): string {
  const start = text.slice(0, LONGEST);
  if (PLAIN.test(start)) return inOneShape(start.toLowerCase().replace(NO_PLAIN_LETTER, ''));
  const letters = start
    .normalize('NFKD')
    .replace(NO_LETTER_OF_ITS_OWN, '')
    .toLowerCase()
    .replace(NO_LETTER, '');
  let seen = '';
  for (const letter of letters) seen += LOOKALIKES.get(letter) ?? letter;
  return inOneShape(seen);
}

/** Latin letters of which an eye takes one for the other, or two for one: a capital I is a small l. */
function inOneShape(letters: string): string {
  return letters.replaceAll('l', 'i').replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** A name as an eye sees it, without digits and signs, and, if it has some that look like letters, with these as letters. */
export function shapesOfName(name: string): string[] {
  const start = name.slice(0, LONGEST);
  const read = start.replace(READ_AS_LETTER, (sign) => READ_AS[sign] ?? sign);
  return read === start ? [skeleton(start)] : [skeleton(start), skeleton(read)];
}

/** How many links a message has in its text, an invitation to a community included. */
export function countLinks(content: MessageContent | undefined): number {
  const inText = content?.body === undefined ? 0 : [...content.body.matchAll(LINK)].length;
  return content?.invitation ? inText + 1 : inText;
}

/**
 * The fingerprint of what a message says, if it says enough; undefined otherwise.
 * @returns a whole number of 48 bits
 */
export function textFingerprint(content: MessageContent | undefined): number | undefined {
  const letters = content?.body === undefined ? '' : skeleton(content.body);
  return letters.length < FEWEST_LETTERS ? undefined : fingerprint('text', letters);
}

/**
 * The fingerprints of its author's name, for the names of staff: first that under which a name of staff is kept, then what
 * else it may be read as. None for a name of fewer than three letters.
 */
export function nameFingerprints(content: MessageContent | undefined): readonly number[] {
  if (content?.displayName === undefined) return [];
  const known = NAMES.get(content);
  if (known) return known;
  const names = shapesOfName(content.displayName)
    .filter((letters) => letters.length >= FEWEST_STAFF_LETTERS)
    .map((letters) => fingerprint('staff name', letters));
  NAMES.set(content, names);
  return names;
}

/**
 * All fingerprints that a message of a stranger or newcomer may share with others: of its text, links, titles, invitation to a
 * community, files, and of its author's name and picture.
 * @param hashes of the files that it claims
 */
export function fingerprintsOf(
  content: MessageContent | undefined,
  hashes: readonly Buffer[] = [],
): number[] {
  const files = hashes.map((hash) => fingerprint('file', hash.toString('hex')));
  if (!content) return [...new Set(files)];
  const found = [textFingerprint(content), ...files];
  const { invitation } = content;
  const said = [content.body, ...content.previews.map(({ url }) => url), invitation?.url]
    .join(' ')
    .slice(0, LONGEST);
  for (const [, , host = ''] of [...said.matchAll(LINK)].slice(0, MOST_LINKS)) {
    found.push(fingerprint('link', domainOf(host)));
  }
  const titles = content.previews.slice(0, MOST_LINKS).map(({ title = '' }) => title);
  for (const title of [...titles, invitation?.name ?? '']) {
    const letters = skeleton(title);
    if (letters.length >= FEWEST_LETTERS) found.push(fingerprint('title', letters));
  }
  const name = skeleton(content.displayName ?? '');
  if (name.length >= FEWEST_NAME_LETTERS) found.push(fingerprint('name', name));
  // A key or a parameter may follow the path, and its author may vary that.
  const [picture = ''] = (content.profilePicture ?? '').trim().slice(0, LONGEST).split(/[?#]/);
  if (picture !== '') found.push(fingerprint('picture', picture.toLowerCase()));
  return [...new Set(found)].filter((value) => value !== undefined);
}

/** The last two parts of a host's name, or three when the last but one is short: about what somebody registers. */
function domainOf(host: string): string {
  const parts = host.toLowerCase().split('.').filter(Boolean);
  const second = parts.at(-2) ?? '';
  return parts.slice(second.length <= 3 && parts.length > 2 ? -3 : -2).join('.');
}

function fingerprint(kind: string, value: string): number {
  // An object that hashes piece by piece takes three times as long as this.
  return parseInt(hash('sha1', `${kind}:${value}`, 'hex').slice(0, FINGERPRINT_DIGITS), 16);
}
