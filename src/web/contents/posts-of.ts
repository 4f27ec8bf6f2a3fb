import { type MessageView } from '../../records/messages/message.js';
import {
  type QuotedPublicMessage,
  type QuotedPlace,
} from '../../records/messages/public-messages.repository.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { type RoomView } from '../../rooms/room.views.js';
import { type MessageContent, readContent } from '../../protocol/session-protobuf/read-content.js';
import { cutText } from './format.js';
import { communityOf } from './community-link.js';
import {
  type Author,
  fileOf,
  NAME_MAX,
  type PostFile,
  QUOTE_MAX,
  type ShownInvitation,
  type ShownPost,
  type ShownQuote,
} from './post.js';
import { safeUrl, type TextPart, textParts } from './text-parts.js';

/** Characters of a text that a page shows: twice what clients without Session Pro can write. */
const BODY_MAX = 4_000;
/** Links and mentions of a text, after which it goes on as plain text. */
const PARTS_MAX = 100;
const PREVIEWS_MAX = 5;
const FILES_MAX = 20;
const REACTIONS_MAX = 20;

/** Messages that were read, before what they refer to was looked up. */
export interface ReadPosts {
  /** In the order in which they are shown. */
  posts: { message: MessageView; content: MessageContent | undefined; text: TextPart[] | undefined }[];
  /** Display names that the messages tell, by Session ID. */
  names: Map<string, string>;
}

/** The people and messages that messages refer to, as far as they were found. */
export interface References {
  /** Display names by Session ID. */
  names: ReadonlyMap<string, string>;
  quoted: readonly QuotedPublicMessage[];
  /** Session IDs of authors whose files are named without being shown. */
  withheld: ReadonlySet<string>;
}

/** Reads messages. The latest name of an author is the one that counts. */
export function readPosts(messages: readonly MessageView[]): ReadPosts {
  const posts = messages.map((message) => {
    const content = readContent(Buffer.from(message.data, 'base64'));
    const text = content && textParts(cutText(content.body ?? '', BODY_MAX), PARTS_MAX);
    return { message, content, text };
  });
  const names = new Map<string, string>();
  for (const { message, content } of [...posts].sort((a, b) => a.message.id - b.message.id)) {
    const name = content?.displayName?.trim();
    if (name) names.set(message.session_id, cutText(name, NAME_MAX));
  }
  return { posts, names };
}

/** The people whom messages mention or answer, and whose names the messages themselves don't tell. */
export function unknownPeople({ posts, names }: ReadPosts): string[] {
  const people = posts.flatMap(({ content, text }) => [
    ...(text ?? []).flatMap((part) => (part.kind === 'mention' ? [part.sessionId] : [])),
    ...(idOf(content?.quote?.author) ?? []),
  ]);
  return [...new Set(people)].filter((sessionId) => !names.has(sessionId));
}

/** The messages that messages answer. */
export function quotedPlaces({ posts }: ReadPosts): QuotedPlace[] {
  const places = posts.flatMap(({ content }) => {
    const [author] = idOf(content?.quote?.author) ?? [];
    const milliseconds = content?.quote?.timestamp;
    return author === undefined || milliseconds === undefined ? [] : [{ author, milliseconds }];
  });
  return [...new Map(places.map((place) => [keyOf(place), place])).values()];
}

/** The authors of messages that show files. */
export function authorsOfFiles({ posts }: ReadPosts): string[] {
  const showing = posts.filter(({ content }) => (content?.attachments.length ?? 0) > 0);
  return [...new Set(showing.map(({ message }) => message.session_id))];
}

/** Messages of a room as its page shows them, in the order in which they were read. */
export function postsOf(
  read: ReadPosts,
  room: RoomView,
  { names, quoted, withheld }: References,
): ShownPost[] {
  const quotedBy = new Map(quoted.map((message) => [keyOf(message), message]));
  const nameOf = (sessionId: string): string | undefined =>
    read.names.get(sessionId) ?? shortened(names.get(sessionId));
  return read.posts.map(({ message, content, text }) => ({
    id: message.id,
    author: authorOf(message.session_id, nameOf(message.session_id), room),
    postedAt: message.posted,
    edited: message.edited !== undefined,
    text: text?.map((part) => (part.kind === 'mention' ? { ...part, name: nameOf(part.sessionId) } : part)),
    quote: content && quoteOf(content, nameOf, quotedBy),
    previews: previewsOf(content),
    invitations: invitationsOf(content, text),
    files: filesOf(content, withheld.has(message.session_id)),
    reactions: reactionsOf(message),
  }));
}

function filesOf(content: MessageContent | undefined, isWithheld: boolean): PostFile[] {
  const files = (content?.attachments ?? []).slice(0, FILES_MAX).map(fileOf);
  return isWithheld ? files.map((file) => ({ ...file, id: undefined })) : files;
}

function authorOf(sessionId: string, name: string | undefined, room: RoomView): Author {
  if (room.admins.includes(sessionId)) return { sessionId, name, role: 'admin' };
  return { sessionId, name, ...(room.moderators.includes(sessionId) && { role: 'moderator' }) };
}

/** A quoted message as it is now where it is found, else as the author of the reply tells it. */
function quoteOf(
  { quote }: MessageContent,
  nameOf: (sessionId: string) => string | undefined,
  quotedBy: ReadonlyMap<string, QuotedPublicMessage>,
): ShownQuote | undefined {
  if (!quote) return undefined;
  // The author of a quote can write any text in its place.
  const [sessionId] = idOf(quote.author) ?? [];
  const author = sessionId === undefined ? undefined : { sessionId, name: nameOf(sessionId) };
  const place = sessionId !== undefined && quote.timestamp !== undefined;
  const found = place
    ? quotedBy.get(keyOf({ author: sessionId, milliseconds: quote.timestamp ?? 0 }))
    : undefined;
  if (!found)
    return { author, text: cutText(quote.text?.trim() ?? '', QUOTE_MAX), file: undefined, id: undefined };
  const content = readContent(found.data);
  const [file] = content?.attachments ?? [];
  return {
    author,
    text: cutText(plainText(content?.body ?? '', nameOf), QUOTE_MAX),
    file: file && fileOf(file).kind,
    id: found.id,
  };
}

function plainText(body: string, nameOf: (sessionId: string) => string | undefined): string {
  return textParts(cutText(body.trim(), 2 * QUOTE_MAX), PARTS_MAX)
    .map((part) => {
      if (part.kind === 'mention') return `@${nameOf(part.sessionId) ?? part.sessionId.slice(0, 6)}`;
      return part.kind === 'link' ? part.url : part.text;
    })
    .join('');
}

function previewsOf(content: MessageContent | undefined): ShownPost['previews'] {
  return (content?.previews ?? []).slice(0, PREVIEWS_MAX).flatMap(({ url, title }) => {
    const safe = safeUrl(url);
    if (safe === undefined) return [];
    return [{ url: safe, host: new URL(safe).host, title: cutText(title?.trim() ?? '', QUOTE_MAX) }];
  });
}

/** The invitation that a message is, and community URLs in its text. */
function invitationsOf(
  content: MessageContent | undefined,
  text: readonly TextPart[] | undefined,
): ShownInvitation[] {
  const { invitation } = content ?? {};
  const named = { url: invitation?.url, name: invitation?.name?.trim() ?? '' };
  const links = (text ?? []).flatMap((part) => (part.kind === 'link' ? [{ url: part.url, name: '' }] : []));
  const cards = [named, ...links].flatMap(({ url, name }) => {
    const community = communityOf(url);
    return community ? [{ ...community, name: cutText(name || community.name, NAME_MAX) }] : [];
  });
  return [...new Map(cards.reverse().map((card) => [card.url, card])).values()]
    .reverse()
    .slice(0, PREVIEWS_MAX);
}

/** The Session ID that a text is, as the only element; undefined for any other text. */
function idOf(text: string | undefined): [string] | undefined {
  const { data: sessionId } = sessionIdSchema.safeParse(text);
  return sessionId === undefined ? undefined : [sessionId];
}

function keyOf({ author, milliseconds }: QuotedPlace): string {
  return `${author} ${milliseconds}`;
}

function shortened(name: string | undefined): string | undefined {
  return name === undefined ? undefined : cutText(name, NAME_MAX);
}

function reactionsOf({ reactions }: MessageView): ShownPost['reactions'] {
  return Object.entries(reactions)
    .sort(([, one], [, other]) => one.index - other.index)
    .slice(0, REACTIONS_MAX)
    .map(([emoji, { count }]) => ({ emoji, count }));
}
