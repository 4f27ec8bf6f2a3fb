import { createHash } from 'node:crypto';
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
/** Bytes of a digest that become a fingerprint: a number that JavaScript holds exactly. */
const FINGERPRINT_BYTES = 6;

const LINK = /https?:\/\/([^\s/?#@]+@)?([^\s/?#:]+)/giu;
const NO_LETTER = /[^\p{L}]+/gu;
const MARK = /\p{M}+/gu;
/** Texts that need none of the work for other scripts, as most names and many texts do. */
const PLAIN = /^[\0-\x7f]*$/;
const NO_PLAIN_LETTER = /[^a-z]+/g;

/** The letters of a text as an eye sees them: without case, accents, digits, punctuation, spaces and invisible characters. */
export function skeleton(text: string): string {
  const start = text.slice(0, LONGEST);
  if (PLAIN.test(start)) return start.toLowerCase().replace(NO_PLAIN_LETTER, '');
  const letters = start.normalize('NFKD').replace(MARK, '').toLowerCase().replace(NO_LETTER, '');
  let seen = '';
  for (const letter of letters) seen += LOOKALIKES.get(letter) ?? letter;
  return seen;
}

/** How many links a text has. */
export function countLinks(text: string): number {
  return [...text.matchAll(LINK)].length;
}

/**
 * The fingerprint of what a message says, if it says enough; undefined otherwise.
 * @returns a whole number of 48 bits
 */
export function textFingerprint(content: MessageContent | undefined): number | undefined {
  const letters = content?.body === undefined ? '' : skeleton(content.body);
  return letters.length < FEWEST_LETTERS ? undefined : fingerprint('text', letters);
}

/** The fingerprint of its author's name, for the names of staff; undefined for a name of fewer than three letters. */
export function nameFingerprint(content: MessageContent | undefined): number | undefined {
  const letters = skeleton(content?.displayName ?? '');
  return letters.length < FEWEST_STAFF_LETTERS ? undefined : fingerprint('staff name', letters);
}

/**
 * All fingerprints that a message of a stranger or newcomer may share with others: of its text, links, titles, files, and of
 * its author's name and picture.
 * @param hashes of the files that it claims
 */
export function fingerprintsOf(
  content: MessageContent | undefined,
  hashes: readonly Buffer[] = [],
): number[] {
  const files = hashes.map((hash) => fingerprint('file', hash.toString('hex')));
  if (!content) return [...new Set(files)];
  const found = [textFingerprint(content), ...files];
  const said = [content.body, ...content.previews.map(({ url }) => url)].join(' ').slice(0, LONGEST);
  for (const [, , host = ''] of [...said.matchAll(LINK)].slice(0, MOST_LINKS)) {
    found.push(fingerprint('link', domainOf(host)));
  }
  for (const { title = '' } of content.previews.slice(0, MOST_LINKS)) {
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
  return createHash('sha1').update(`${kind}:${value}`).digest().readUIntBE(0, FINGERPRINT_BYTES);
}
