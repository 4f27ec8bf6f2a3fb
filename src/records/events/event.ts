import { type RoomState } from '../defence/room-state.js';
import { type OwnRoomSettings } from '../rooms/room-settings.js';
import { type RoomProperties } from '../rooms/room.js';
import { type TrustRecord } from '../defence/trust.js';
import { type ReportOutcome } from '../reports/reports.repository.js';
import { type Rule } from '../rules/rule.js';
import { type NoticeKind, type WebhookForm } from '../webhooks/notice.js';
import { type Marks, type PermissionOverride } from '../users/user.js';

/** Permissions of a person in a room; null is the room's default. */
export type GrantedPermissions = Pick<PermissionOverride, 'read' | 'accessible' | 'write' | 'upload'>;

type RoleOf = Pick<PermissionOverride, 'moderator' | 'admin' | 'visible'>;

/** Records of trust that somebody has lost, by room token. */
type Earned = Readonly<Record<string, TrustRecord>>;

/** A mark of a person that staff has set or taken away. The reason is for whoever reads the log, and for the person. */
interface MarkChange<Name extends keyof Marks> {
  before: Pick<Marks, Name>;
  /** `told` says that a whisper has told them at once. */
  after: Pick<Marks, Name> & { reason?: string; told?: true };
}

interface RoomOf {
  token: string;
  name: string;
  description: string | null;
}

/**
 * Everything that can happen, and what it changed: as it was (`before`) and as it is (`after`), never the text of a
 * message. Posts, edits, reactions and deletions by their authors have no row here, because `messages` is their stream:
 * a reader follows a room by its seqnos.
 */
export interface EventChanges {
  'room.create': { after: RoomOf };
  'room.update': { before: Partial<RoomProperties>; after: Partial<RoomProperties> };
  /** Settings that the room has of its own. */
  'room.settings': { before: OwnRoomSettings; after: OwnRoomSettings };
  'room.delete': { before: RoomOf };
  'role.change': { before: RoleOf; after: RoleOf };
  /** `until` is in unix seconds, null for a ban without an end. */
  ban: {
    before: Pick<PermissionOverride, 'banned' | 'moderator' | 'admin'> & { earned?: Earned };
    /** `readsUntil` is when the ban begins for somebody who reads until then why they are banned. */
    after: { until: number | null; readsUntil?: number; reason?: string };
  };
  unban: object;
  /** `mutedUntil` is in unix seconds, `NO_END` for a mute without an end. */
  mute: MarkChange<'mutedUntil'>;
  unmute: MarkChange<'mutedUntil'>;
  shadow: MarkChange<'shadowed'>;
  unshadow: MarkChange<'shadowed'>;
  trust: MarkChange<'trusted'>;
  /** With the rooms that trusted the person, and what the person had earned in rooms, by token. */
  untrust: MarkChange<'trusted'> & {
    before: { rooms: readonly string[]; earned: Earned };
  };
  /** Staff has told a person what they did wrong. */
  warn: { after: { reason: string } };
  /** Words of staff about a person, for staff. */
  note: { after: { text: string } };
  'permissions.change': { before: GrantedPermissions; after: GrantedPermissions & { unscheduled?: number } };
  /** `at` is in unix seconds. */
  'permissions.schedule': { after: Record<'read' | 'write' | 'upload', boolean | null> & { at: number } };
  'message.delete': { before: { message: number } };
  /** The operator has posted as the server. */
  'message.say': { after: { message: number; name: string } };
  /** `ids` are those of messages that can still be given back. */
  'messages.delete_all': {
    before: { messages: number; reactions: number; ids?: readonly number[]; earned?: Earned };
  };
  /** Messages of strangers and newcomers were taken back or rejected; `why` says what they have in common. */
  'messages.purge': { before: { ids: readonly number[] }; after: { why: string } };
  'people.clean_up': { after: { people: number; session_ids: readonly string[]; ids?: readonly number[] } };
  'message.pin': object;
  'message.unpin': object;
  'message.unpin_all': { before: { messages: readonly number[] } };
  'reactions.remove': { before: { count: number; reaction?: string } };
  /** Newcomers that staff expects; `until` is in unix seconds. */
  'raid.expect': Record<'before' | 'after', { people: number; until: number | null }>;
  /** The defence of a room against raids; by itself, the actor is `plaza`. */
  'raid.state': {
    before: { state: RoomState; incident: number | null };
    after: { state: RoomState; incident?: number; cause?: string };
  };
  /** Ids of held messages before and after, and of messages whose held edit was published. */
  'queue.publish': {
    before: { messages: readonly number[] };
    after: { messages: readonly number[]; edits: readonly number[] };
  };
  'queue.reject': { before: { messages: readonly number[]; edits: readonly number[] } };
  /** People of an incident were banned; `session_ids` are those who were not banned before. */
  'raid.ban': { after: { incident: number; people: number; session_ids: readonly string[] } };
  'raid.undo': { after: { incident: number; people: number; messages: number; tooLate: number } };
  /** Moderators were told how an incident stands that goes on: how many people take part, and posts by what became of them, and what else is open. */
  'raid.digest': {
    after: Record<'incident' | 'people' | 'held' | 'published' | 'withdrawn' | 'reports' | 'appeals', number>;
  };
  /** Somebody has reported a message, the target's; `reports` of it are open, and `hidden` says whether this one hides it. */
  'report.created': { after: { report: number; message: number; reports: number; hidden: boolean } };
  /** Reports of messages were settled, so many; by itself, the actor is `plaza`. */
  'report.settled': { after: { messages: readonly number[]; outcome: ReportOutcome; reports: number } };
  /** The actor appeals against what was decided about them. */
  'appeal.created': { after: { appeal: number; about: string } };
  'appeal.settled': { after: { appeal: number; about: string; outcome: string } };
  /** A rule of staff was added, changed or removed; the target is its id. */
  'rule.add': { after: Rule };
  /** The parts that are others now. */
  'rule.change': { before: Partial<Rule>; after: Partial<Rule> };
  'rule.remove': { before: Rule };
  /** The host alone of an address that is told of events: the rest of it may be a secret. `target` is the webhook's id. */
  'webhook.add': { after: { host: string; form: WebhookForm; events: readonly NoticeKind[] } };
  'webhook.remove': { before: { host: string; form: string } };
  /** Nobody can upload these files any more. */
  'file.forbid': { after: { sha256: readonly string[] } };
  /** They can again. */
  'file.allow': { before: { files: readonly { sha256: string; picture?: string }[] } };
  /** Copies of forbidden files were removed from a room for ever, so many, with these messages. */
  'file.remove': { before: { files: number; messages: readonly number[] } };
  /** The files of a room come near its limit, and its moderators were told; sizes in bytes. */
  'storage.filling': { after: { files: number; bytes: number; limit: number } };
  /** An earlier event was taken back; `result` says in a sentence how things are since. */
  undo: { after: { kind: EventKind; result: string } };
}

export type EventKind = keyof EventChanges;

/** The actor, the target and the place of an event. */
interface Circumstances {
  /** A Session ID, or `plaza` for the command line and the clock; see `actorName`. */
  actor: string;
  /** The Session ID acted upon, or the id of a message or of something else, where there is one. */
  target?: string;
  /** Room token; left out for what is done to the whole server. */
  room?: string;
  /** The id of the event that this one takes back. */
  undoes?: number;
}

/** An event of one kind, or of any, as it is recorded. */
export type Event<Kind extends EventKind = EventKind> = {
  [K in Kind]: Circumstances & { kind: K } & EventChanges[K];
}[Kind];

/** Every kind of event. The values are there to have the compiler find a kind that is missing. */
const KINDS: Record<EventKind, true> = {
  'room.create': true,
  'room.update': true,
  'room.settings': true,
  'room.delete': true,
  'role.change': true,
  ban: true,
  unban: true,
  mute: true,
  unmute: true,
  shadow: true,
  unshadow: true,
  trust: true,
  untrust: true,
  warn: true,
  note: true,
  'permissions.change': true,
  'permissions.schedule': true,
  'message.delete': true,
  'message.say': true,
  'messages.delete_all': true,
  'messages.purge': true,
  'people.clean_up': true,
  'message.pin': true,
  'message.unpin': true,
  'message.unpin_all': true,
  'reactions.remove': true,
  'raid.expect': true,
  'raid.state': true,
  'queue.publish': true,
  'queue.reject': true,
  'raid.ban': true,
  'raid.undo': true,
  'raid.digest': true,
  'report.created': true,
  'report.settled': true,
  'appeal.created': true,
  'appeal.settled': true,
  'rule.add': true,
  'rule.change': true,
  'rule.remove': true,
  'webhook.add': true,
  'webhook.remove': true,
  'file.forbid': true,
  'file.allow': true,
  'file.remove': true,
  'storage.filling': true,
  undo: true,
};

export const EVENT_KINDS = Object.keys(KINDS) as EventKind[];

/** An event as it is read back; what does not apply is null. */
export interface RecordedEvent {
  id: number;
  /** Unix seconds. */
  at: number;
  actor: string;
  kind: string;
  target: string | null;
  room: string | null;
  before: object | null;
  after: object | null;
  undoes: number | null;
}

/** The events that are wanted. A field that is left out does not matter. */
export interface EventFilter {
  room?: string | undefined;
  /** A room, whose events and those of the whole server are wanted. */
  here?: string | undefined;
  /** Any of these names. */
  actors?: readonly string[] | undefined;
  targets?: readonly string[] | undefined;
  kind?: string | undefined;
  /** Unix seconds: not before. */
  since?: number | undefined;
  /** The newest so many. */
  limit: number;
}
