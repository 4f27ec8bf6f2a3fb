import { type PageTexts } from '../language/texts.js';
import { cutText } from './format.js';
import { type ShownPost } from './post.js';
import { messagePath, roomPath, type RoomSummary } from './room-content.js';
import { shortId } from './text-parts.js';

/** Characters of the title of an entry. */
const TITLE_MAX = 80;

/** Halves of characters, which no encoding can hold. */
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Everything that a feed is made of. */
export interface FeedContent {
  publicUrl: string;
  siteName: string;
  room: RoomSummary;
  /** Oldest first. */
  posts: readonly ShownPost[];
  /** Unix seconds, for a room without messages. */
  createdAt: number;
  texts: PageTexts;
  language: string;
}

/** The newest messages of a room as an Atom feed (RFC 4287), the newest first. */
export function feedOf({
  publicUrl,
  siteName,
  room,
  posts,
  createdAt,
  texts,
  language,
}: FeedContent): string {
  const page = publicUrl + roomPath(room.token);
  const entries = [...posts].reverse().map((post) => entryOf(post, publicUrl, room, texts));
  const updated = posts.at(-1)?.postedAt ?? createdAt;
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">` +
    `<id>${xml(page)}</id><title>${xml(`${room.name} · ${siteName}`)}</title>` +
    (room.description === undefined ? '' : `<subtitle>${xml(room.description)}</subtitle>`) +
    `<updated>${timeOf(updated)}</updated><link rel="alternate" type="text/html" href="${xml(page)}"/>` +
    `<link rel="self" type="application/atom+xml" href="${xml(`${page}/feed.atom`)}"/>${entries.join('')}</feed>\n`
  );
}

function entryOf(post: ShownPost, publicUrl: string, room: RoomSummary, texts: PageTexts): string {
  const address = publicUrl + messagePath(room.token, post.id).replace(/#.*/, '');
  const author = post.author.name ?? shortId(post.author.sessionId);
  const text = entryText(post, texts);
  return (
    `<entry><id>${xml(address)}</id><title>${xml(`${author}: ${cutText(text.replace(/\s+/g, ' '), TITLE_MAX)}`)}</title>` +
    `<updated>${timeOf(post.postedAt)}</updated><published>${timeOf(post.postedAt)}</published>` +
    `<author><name>${xml(author)}</name></author><link rel="alternate" type="text/html" href="${xml(address)}"/>` +
    `<content type="text">${xml(text)}</content></entry>`
  );
}

function entryText({ text, files, invitations }: ShownPost, { post: texts }: PageTexts): string {
  if (!text) return texts.unreadable;
  const words = text.map((part) => {
    if (part.kind === 'mention') return `@${part.name ?? shortId(part.sessionId)}`;
    return part.kind === 'link' ? part.url : part.text;
  });
  const things = [
    ...files.map(({ name, kind }) => (name === '' ? texts[kind === 'audio' ? 'file' : kind] : name)),
    ...invitations.map(({ name }) => `${texts.invitation}: ${name}`),
  ];
  return [words.join(''), ...things].filter((line) => line !== '').join('\n') || texts.aMessage;
}

function timeOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

/** A text within XML 1.0, without the characters that it can not hold. */
export function xml(text: string): string {
  return text
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
