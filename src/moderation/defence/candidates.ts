import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { isEstablished, trustIn, UNKNOWN } from '../../records/defence/trust.js';
import { type Newcomer } from '../../records/defence/trust.repository.js';
import { type Caller } from '../../records/users/user.js';
import { fingerprintsOf, countLinks, nameFingerprints, textFingerprint } from './likeness.js';
import { posesAs } from './poses-as.js';
import { type WatchedPost } from './text-watch.js';

/** A post that somebody wants to be published in a room. */
export interface Candidate {
  author: Caller;
  content: MessageContent | undefined;
  /** Files that it claims. */
  fileIds: readonly number[];
}

/** A candidate as the defence looks at it. */
export interface WatchedCandidate extends WatchedPost {
  isEstablished: boolean;
  /** The fingerprints of its author's name, as `nameFingerprints` makes them; none for those whose name is not asked for. */
  names: readonly number[];
}

/**
 * Looks at a post without the database.
 * @param known how far authors are known in the room, by user id
 * @param now   unix seconds
 */
export function look(
  roomId: number,
  { author, content, fileIds }: Candidate,
  known: ReadonlyMap<number, Newcomer>,
  now: number,
): WatchedCandidate {
  const newcomer = author.id === null ? undefined : known.get(author.id);
  const level = trustIn(roomId, author, newcomer ?? UNKNOWN);
  const isKnown = isEstablished(level, newcomer?.record, now);
  const ofMember = isKnown && level !== 'staff';
  // Every post has one, so none is made of another by `...`, which takes a few times as long.
  return {
    sessionId: author.sessionId,
    level,
    newcomer,
    invitation: undefined,
    isEstablished: isKnown,
    // Names of staff are kept, and those of others are compared with them.
    names: ofMember ? [] : nameFingerprints(content),
    likeness: isKnown ? textOf(ofMember ? content : undefined) : fingerprintsOf(content),
    links: isKnown ? 0 : countLinks(content),
    hasMedia: !isKnown && showsMedia(content, fileIds),
    posesAs: isKnown ? undefined : posesAs(content),
  };
}

/** The fingerprint of a text, none if it is too short: posts of newcomers are compared with the texts of established members. */
function textOf(content: MessageContent | undefined): number[] {
  const text = textFingerprint(content);
  return text === undefined ? [] : [text];
}

function showsMedia(content: MessageContent | undefined, fileIds: readonly number[]): boolean {
  if (fileIds.length > 0) return true;
  if (!content) return false;
  return content.attachments.length > 0 || content.previews.some(({ picture }) => picture);
}

/**
 * Adds to the posts of newcomers what the database knows: whether they bear a name of staff, and what their files are.
 * @param namesOfStaff fingerprints
 * @param hashes       of files, by id
 */
export function lookCloser(
  watched: ReadonlyMap<Candidate, WatchedCandidate>,
  namesOfStaff: readonly number[],
  hashes: ReadonlyMap<number, Buffer>,
): void {
  for (const [candidate, post] of watched) {
    if (post.isEstablished) continue;
    const files = candidate.fileIds.flatMap((id) => hashes.get(id) ?? []);
    if (post.names.some((name) => namesOfStaff.includes(name))) post.posesAs ??= 'name';
    if (files.length > 0) post.likeness = fingerprintsOf(candidate.content, files);
  }
}

/** Whether the posts of somebody change how far they are trusted. */
export function isCounted(post: WatchedCandidate | undefined): boolean {
  return post !== undefined && post.level !== 'staff' && post.newcomer?.record?.regularSince == null;
}
