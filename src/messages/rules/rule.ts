import { type Transaction } from '../../foundation/database/database.js';
import { type ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type RoomVisit } from '../../moderation/access/room-access.service.js';
import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { type Caller } from '../../records/users/user.js';

/** What somebody wants to say in a room: a new post, or what shall stand in place of an old one. */
export interface Draft {
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

/** What a rule decides: undefined lets the draft pass, an error refuses it. */
export type Verdict = ProtocolError | undefined;

/** A refusal and the name of the rule that it comes from. */
export interface Ruling {
  rule: string;
  refusal: ProtocolError;
}

/** A rule that needs to know nothing but the draft. It is asked before the room is locked. */
export interface DraftRule {
  /** As meters name it. */
  readonly name: string;
  judge(draft: Draft): Verdict;
}

/** Judges drafts to one room in order of arrival. What it lets pass it may count against those that follow. */
export type Check = (draft: Draft, visit: RoomVisit) => Verdict;

/** A rule that goes by the room and by who posts. It is asked under the room's lock. */
export interface RoomRule {
  /** As meters name it. */
  readonly name: string;
  /**
   * Reads, under the room's lock, what the rule needs to know to judge a group of drafts. All rules read at once.
   * @param token of the room, in whatever case; it need not exist
   * @returns starts a check that goes by what was read
   */
  read(tx: Transaction, token: string, drafts: readonly Draft[]): Promise<() => Check>;
}
