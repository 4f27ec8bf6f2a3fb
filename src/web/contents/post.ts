import { type Attachment } from '../../protocol/session-protobuf/read-content.js';
import { fileIdOf } from '../../protocol/session-protobuf/shown-files.js';
import { cutText } from './format.js';
import { claimedMedia } from './media-type.js';
import { PICTURE_TYPES, type PictureType } from './picture-type.js';
import { type TextPart } from './text-parts.js';

/** Bytes of the largest picture that a page shows. */
export const PICTURE_MAX_BYTES = 3_000_000;
/** Characters of a name that a page shows. */
export const NAME_MAX = 64;
/** Characters of a quoted text, a title or the name of a file. */
export const QUOTE_MAX = 300;
/** Pixels; a larger side is not believed. */
const SIDE_MAX = 20_000;

/** An author as pages name them. */
export interface Author {
  sessionId: string;
  /** Display name; undefined for someone who gave none. */
  name: string | undefined;
  role?: 'admin' | 'moderator';
}

export type FileKind = 'picture' | 'voice' | 'audio' | 'video' | 'file';

/** A file that a message shows. */
export interface PostFile {
  /** Undefined when the message does not say which file of this server it is. */
  id: number | undefined;
  /** Empty for a file without one. */
  name: string;
  /** Bytes, as the author of the message says. */
  size: number | undefined;
  kind: FileKind;
  /** The size of a picture, when its author told both sides. */
  pixels: { width: number; height: number } | undefined;
}

/** The message that another one answers. */
export interface ShownQuote {
  /** Undefined when nobody here is known to have written it. */
  author: Pick<Author, 'sessionId' | 'name'> | undefined;
  /** Empty when it is not known, or when the message has files alone. */
  text: string;
  /** The kind of its first file, when it is known to have one. */
  file: FileKind | undefined;
  /** Its id, when it is in this room and for everyone. */
  id: number | undefined;
}

/** An invitation to a community. */
export interface ShownInvitation {
  url: string;
  /** Empty when it is not told. */
  name: string;
  host: string;
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
  quote: ShownQuote | undefined;
  previews: { title: string; url: string; host: string }[];
  invitations: ShownInvitation[];
  files: PostFile[];
  /** In the order of their first use. */
  reactions: { emoji: string; count: number }[];
}

/** A file as a message shows it. */
export function fileOf(attachment: Attachment): PostFile {
  const { size, fileName, width, height } = attachment;
  const kind = kindOf(attachment);
  const isSide = (side: number | undefined): side is number =>
    side !== undefined && side > 0 && side <= SIDE_MAX;
  return {
    id: fileIdOf(attachment),
    name: cutText(fileName?.trim() ?? '', QUOTE_MAX),
    size,
    kind,
    pixels: kind === 'picture' && isSide(width) && isSide(height) ? { width, height } : undefined,
  };
}

function kindOf(attachment: Attachment): FileKind {
  const { contentType, size, voiceMessage } = attachment;
  if (voiceMessage) return 'voice';
  if (fileIdOf(attachment) === undefined) return 'file';
  const isPicture = PICTURE_TYPES.includes(contentType as PictureType);
  if (isPicture && (size === undefined || size <= PICTURE_MAX_BYTES)) return 'picture';
  return claimedMedia(contentType) ?? 'file';
}
