/** What can be done that leaves a line in the audit log. */
export const AUDIT_ACTIONS = [
  'room.create',
  'room.update',
  'room.delete',
  'role.change',
  'ban',
  'unban',
  'permissions.change',
  'permissions.schedule',
  'message.delete',
  'messages.delete_all',
  'people.clean_up',
  'message.pin',
  'message.unpin',
  'message.unpin_all',
  'reactions.remove',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One action as it is recorded. */
export interface AuditRecord {
  /** A Session ID, or `plaza` for the command line and the clock; see `actorName`. */
  actor: string;
  action: AuditAction;
  /** The Session ID acted upon, or the id of a message, where there is one. */
  target?: string;
  /** Room token; left out for what is done to the whole server. */
  room?: string;
  /** What the action changed, as it was. Never the text of a message. */
  before?: object;
  /** What the action changed, as it is now. */
  after?: object;
}

/** One action as it is read back; what does not apply is null. */
export interface AuditEntry {
  id: number;
  /** Unix seconds. */
  at: number;
  actor: string;
  action: string;
  target: string | null;
  room: string | null;
  before: object | null;
  after: object | null;
}

/** Which entries of the audit log are wanted; what is left out does not matter. */
export interface AuditFilter {
  room?: string | undefined;
  /** Any of these names. */
  actors?: readonly string[] | undefined;
  targets?: readonly string[] | undefined;
  action?: string | undefined;
  /** Unix seconds: not before. */
  since?: number | undefined;
  /** The newest so many. */
  limit: number;
}
