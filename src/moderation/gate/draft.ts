import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { type Caller } from '../../records/users/user.js';

/** What somebody wants to say in a room: a new post, or what shall stand in place of an old one. */
export interface TextDraft {
  kind: 'post' | 'edit';
  author: Caller;
  /** With its padding. */
  data: Buffer;
  /** 64 raw bytes. */
  signature: Buffer;
  /** What the message says; undefined when it can't be read. */
  content: MessageContent | undefined;
  /** Whether a post is for one person or for moderators alone. */
  isWhisper: boolean;
}

/** Ids of the people who post, each once. A stranger has none, and has posted nothing yet. */
export function posterIds(drafts: readonly TextDraft[]): number[] {
  return [...new Set(drafts.flatMap(({ kind, author }) => (kind === 'post' ? (author.id ?? []) : [])))];
}
