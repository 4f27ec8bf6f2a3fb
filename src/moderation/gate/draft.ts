import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { type Caller, type User } from '../../records/users/user.js';

/** A text that somebody wants to say in a room: a new post, or one in place of an old one. */
export interface TextDraft {
  kind: 'post' | 'edit';
  author: Caller;
  /** With its padding. */
  data: Buffer;
  /** 64 raw bytes. */
  signature: Buffer;
  /** The content of the message; undefined when it can't be read. */
  content: MessageContent | undefined;
  /** Whether a post is for one person or for moderators alone. */
  isWhisper: boolean;
  /** Ids of the files that it claims. */
  fileIds: readonly number[];
}

/** Ids of the people who post, each once. A stranger has none, and has posted nothing yet. */
export function posterIds(drafts: readonly TextDraft[]): number[] {
  return [...new Set(drafts.flatMap(({ kind, author }) => (kind === 'post' ? (author.id ?? []) : [])))];
}

/** A reaction that somebody gives to a message or takes back. */
export interface ReactionDraft {
  kind: 'reaction';
  author: Caller;
  /** Id. */
  message: number;
  /** As it is named in the request; it may be none. */
  reaction: string;
  isRemoval: boolean;
}

/** A file that somebody uploads to a room, before its bytes are stored and before it is recorded. */
export interface UploadDraft {
  kind: 'upload';
  author: Caller;
  /** Bytes. */
  size: number;
  /** As its uploader named it; null without a name. */
  filename: string | null;
}

/** Anything that somebody wants to do in a room. */
export type RoomDraft = TextDraft | ReactionDraft | UploadDraft;

/** A direct message. */
export interface LetterDraft {
  kind: 'direct message';
  author: Caller;
  /** `15…`. */
  recipient: string;
  message: Buffer;
}

/** Two people as they are under their locks: what a room is for other drafts. */
export interface Correspondents {
  sender: User;
  recipient: User;
}
