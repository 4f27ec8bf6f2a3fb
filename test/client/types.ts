/** JSON shapes of the protocol (sections 5 to 7). Times are unix seconds with a fraction, binary values base64. */

export interface Reaction {
  index: number;
  count: number;
  reactors?: string[];
  you?: boolean;
}

export interface MessageRow {
  id: number;
  session_id: string;
  posted: number;
  edited?: number;
  seqno: number;
  data: string | null;
  deleted?: true;
  signature?: string;
  reactions: Record<string, Reaction>;
  whisper?: boolean;
  whisper_mods?: boolean;
  whisper_to?: string;
}

/** A row of `messages/since`: whole messages, deletions, and rows of `{ id, seqno, reactions }` alone. */
export type MessageUpdate = Pick<MessageRow, 'id' | 'seqno'> & Partial<MessageRow>;

export interface PinnedMessage {
  id: number;
  pinned_at: number;
  pinned_by: string;
}

/** Keys that `pollInfo` and the details of a room share. */
export interface RoomAccess {
  token: string;
  active_users: number;
  read: boolean;
  write: boolean;
  upload: boolean;
  moderator: boolean;
  admin: boolean;
  global_moderator: boolean;
  global_admin: boolean;
  default_read?: boolean;
  default_accessible?: boolean;
  default_write?: boolean;
  default_upload?: boolean;
}

export interface RoomDetails extends RoomAccess {
  name: string;
  description: string;
  info_updates: number;
  message_sequence: number;
  created: number;
  active_users_cutoff: number;
  image_id?: number;
  pinned_messages: PinnedMessage[];
  moderators: string[];
  admins: string[];
  hidden_moderators: string[];
  hidden_admins: string[];
}

export interface PollInfo extends RoomAccess {
  details?: RoomDetails;
}

export interface DirectMessage {
  id: number;
  sender: string;
  recipient: string;
  posted_at: number;
  expires_at: number;
  message: string;
}

/** An element of a batch: a GET or DELETE without a body, a POST or PUT with exactly one of the three. */
export interface BatchRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  json?: unknown;
  b64?: string;
  bytes?: string;
}

export interface BatchReply {
  code: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface RoomChanges {
  name?: string;
  description?: string;
  image?: number;
  default_read?: boolean;
  default_accessible?: boolean;
  default_write?: boolean;
  default_upload?: boolean;
}

export interface PermissionChanges {
  read?: boolean;
  accessible?: boolean;
  write?: boolean;
  upload?: boolean;
  default_read?: true;
  default_accessible?: true;
  default_write?: true;
  default_upload?: true;
  unschedule?: boolean;
}

/** `{ rooms }`, with `['*']` for all of them, or `{ global: true }`. */
export type Scope = { rooms: string[] } | { global: true };

export interface Role {
  moderator?: boolean | null;
  admin?: boolean | null;
  visible?: boolean;
}

/** `info_updates` of a room after a change. */
export interface InfoUpdates {
  info_updates: number;
}
