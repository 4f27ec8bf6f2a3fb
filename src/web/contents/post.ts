import { type MessageView } from '../../records/messages/message.js';
import { type RoomView } from '../../rooms/room.views.js';
import {
  type Attachment,
  type MessageContent,
  readContent,
} from '../../protocol/session-protobuf/read-content.js';
import { fileIdOf } from '../../protocol/session-protobuf/shown-files.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { startOf } from './format.js';
import { PICTURE_TYPES, type PictureType } from './picture-type.js';
import { safeUrl, shortId, type TextPart, textParts } from './text-parts.js';

/** Bytes of the largest picture that a page shows. */
export const PICTURE_MAX_BYTES = 1_000_000;
/** Characters of a text that a page shows: twice what clients without Session Pro can write. */
const BODY_MAX = 4_000;
/** Links and mentions of a text, after which it goes on as plain text. */
const PARTS_MAX = 100;
const PREVIEWS_MAX = 5;
const QUOTE_MAX = 300;
const NAME_MAX = 64;
const FILES_MAX = 20;
const REACTIONS_MAX = 20;
/** Pixels; a larger side is not believed. */
const SIDE_MAX = 20_000;

/** An author as pages name them. */
export interface Author {
  sessionId: string;
  /** Display name, or the short ID of someone who gave none. */
  name: string;
  role?: 'Admin' | 'Moderator';
}

/** A file that a message shows. */
export interface PostFile {
  /** Undefined when the message does not say which file of this server it is. */
  id: number | undefined;
  name: string;
  /** Bytes, as the author of the message says. */
  size: number | undefined;
  kind: 'picture' | 'voice' | 'file';
  /** Of a picture, when its author told both sides. */
  pixels: { width: number; height: number } | undefined;
}

/** A message as a page shows it. Every text in it is what somebody wrote. */
export interface ShownPost {
  id: number;
  author: Author;
  /** Unix seconds. */
  postedAt: number;
  edited: boolean;
  /** Undefined for a message that this server can't read. */
  text: TextPart[] | undefined;
  quote: { author: string | undefined; text: string } | undefined;
  previews: { title: string; url: string; host: string }[];
  files: PostFile[];
  /** In the order of their first use. */
  reactions: { emoji: string; count: number }[];
}

/** Messages of a room as its page shows them, with the same order. */
export function postsOf(messages: readonly MessageView[], room: RoomView): ShownPost[] {
  const read = messages.map((message) => ({
    message,
    content: readContent(Buffer.from(message.data, 'base64')),
  }));
  const names = new Map<string, string>();
  for (const { message, content } of read) {
    const name = content?.displayName?.trim();
    if (name && !names.has(message.session_id)) names.set(message.session_id, startOf(name, NAME_MAX));
  }
  const nameOf = (sessionId: string): string => names.get(sessionId) ?? shortId(sessionId);
  return read.map(({ message, content }) => ({
    id: message.id,
    author: authorOf(message.session_id, nameOf(message.session_id), room),
    postedAt: message.posted,
    edited: message.edited !== undefined,
    ...partsOf(content, nameOf),
    reactions: reactionsOf(message),
  }));
}

function authorOf(sessionId: string, name: string, room: RoomView): Author {
  if (room.admins.includes(sessionId)) return { sessionId, name, role: 'Admin' };
  return { sessionId, name, ...(room.moderators.includes(sessionId) && { role: 'Moderator' }) };
}

function partsOf(
  content: MessageContent | undefined,
  nameOf: (sessionId: string) => string,
): Pick<ShownPost, 'text' | 'quote' | 'previews' | 'files'> {
  if (!content) return { text: undefined, quote: undefined, previews: [], files: [] };
  const { body, quote, previews, attachments } = content;
  return {
    text: textParts(startOf(body ?? '', BODY_MAX), PARTS_MAX).map((part) =>
      part.kind === 'mention' ? { ...part, name: nameOf(part.sessionId) } : part,
    ),
    quote: quote && {
      author: quotedAuthor(quote.author, nameOf),
      text: startOf(quote.text ?? '', QUOTE_MAX),
    },
    previews: previews.slice(0, PREVIEWS_MAX).flatMap(({ url, title }) => {
      const safe = safeUrl(url);
      if (safe === undefined) return [];
      return [{ url: safe, host: new URL(safe).host, title: startOf(title?.trim() ?? '', QUOTE_MAX) }];
    }),
    files: attachments.slice(0, FILES_MAX).map(fileOf),
  };
}

function fileOf(attachment: Attachment): PostFile {
  const { contentType, size, fileName, voiceMessage, width, height } = attachment;
  const id = fileIdOf(attachment);
  const isPicture =
    id !== undefined &&
    PICTURE_TYPES.includes(contentType as PictureType) &&
    (size === undefined || size <= PICTURE_MAX_BYTES);
  const isSide = (side: number | undefined): side is number =>
    side !== undefined && side > 0 && side <= SIDE_MAX;
  return {
    id,
    name: startOf(fileName?.trim() ?? '', QUOTE_MAX) || (voiceMessage ? 'Voice message' : 'Attachment'),
    size,
    kind: voiceMessage ? 'voice' : isPicture ? 'picture' : 'file',
    pixels: isPicture && isSide(width) && isSide(height) ? { width, height } : undefined,
  };
}

/** The author of a quote can write any text in its place. */
function quotedAuthor(author: string | undefined, nameOf: (id: string) => string): string | undefined {
  const { data: sessionId } = sessionIdSchema.safeParse(author);
  return sessionId === undefined ? undefined : nameOf(sessionId);
}

function reactionsOf({ reactions }: MessageView): ShownPost['reactions'] {
  return Object.entries(reactions)
    .sort(([, one], [, other]) => one.index - other.index)
    .slice(0, REACTIONS_MAX)
    .map(([emoji, { count }]) => ({ emoji, count }));
}
