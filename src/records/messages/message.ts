/** A message as the database holds it. Times in unix seconds. */
export interface Message {
  id: number;
  /** Author's Session ID. */
  sessionId: string;
  postedAt: number;
  editedAt: number | null;
  /** The room's counter at the latest change of any kind. */
  seqno: number;
  /** … at the latest post, edit or deletion. */
  seqnoData: number;
  /** … at the latest change of its reactions, 0 before the first. */
  seqnoReactions: number;
  /** Without its padding; null once deleted. */
  data: Buffer | null;
  /** Bytes with padding. */
  paddedSize: number | null;
  /** 64 raw bytes. */
  signature: Buffer | null;
  /** Session ID of the only user, besides moderators if `whisperMods`, who may see it. */
  whisperTo: string | null;
  whisperMods: boolean;
  /** Whether it is the reader's own and kept from others, until a moderator or a challenge has it published. */
  isHeld: boolean;
  /** Whether it asks the reader a question, and has not been read. */
  isUnreadCard: boolean;
}

/** How one reader sees the messages of a room. */
export interface MessageReader {
  /** Null for an anonymous reader. */
  userId: number | null;
  moderator: boolean;
}

/** One reaction of a message, as clients see it. */
export interface ReactionView {
  /** Place in first-use order, from 0. */
  index: number;
  count: number;
  /** Session IDs of the first who reacted; left out when none were asked for. */
  reactors?: string[];
  /** Whether the reader is among those who reacted; left out when not. */
  you?: true;
}

/** All reactions of a message, by reaction. */
export type ReactionViews = Record<string, ReactionView>;

interface WhisperView {
  whisper?: true;
  whisper_mods?: boolean;
  whisper_to?: string;
}

/** A message as clients see it (protocol 6). */
export interface MessageView extends WhisperView {
  id: number;
  session_id: string;
  posted: number;
  edited?: number;
  seqno: number;
  /** Base64, padded. */
  data: string;
  /** Base64. */
  signature: string;
  reactions: ReactionViews;
}

/** The remains of a deleted message. */
export interface DeletionView extends WhisperView {
  id: number;
  session_id: string;
  posted: number;
  edited?: number;
  seqno: number;
  data: null;
  deleted: true;
}

/** News of a message's reactions alone. */
export interface ReactionsUpdateView {
  id: number;
  seqno: number;
  reactions: ReactionViews;
}

/** A row of `messages/since`. */
export type UpdateView = MessageView | DeletionView | ReactionsUpdateView;
