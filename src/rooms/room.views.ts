import { durationText } from '../foundation/duration.js';
import { type Permissions } from '../moderation/access/permissions.js';
import { type RoomSettings } from '../records/rooms/room-settings.js';
import { type RoomCounts } from '../records/rooms/room-counts.repository.js';
import { type Pin, type Room, type RoomExtras } from '../records/rooms/room.js';

/**
 * The caller's own permissions, which every poll of a room answers. Android merges each answer into the last one, so a
 * role that is lost must be told as `false` (protocol 7.1).
 */
interface OwnPermissions {
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

/** A room's details (protocol 7.1). All its numbers but `created` are integers. */
export interface RoomView extends OwnPermissions {
  token: string;
  name: string;
  /** `''` when there is none. */
  description: string;
  info_updates: number;
  message_sequence: number;
  /** Unix seconds with a fraction. */
  created: number;
  active_users: number;
  /** Seconds. */
  active_users_cutoff: number;
  image_id?: number;
  pinned_messages: readonly Pin[];
  moderators: readonly string[];
  admins: readonly string[];
  /** Both hidden lists are empty for those who may not see them. */
  hidden_moderators: readonly string[];
  hidden_admins: readonly string[];
}

/** The answer to pollInfo (protocol 7.2). */
export interface PollInfoView extends OwnPermissions {
  token: string;
  active_users: number;
  details?: RoomView;
}

const NOBODY: readonly string[] = Object.freeze([]);

/** A room's details for someone with these permissions; `activeUsersCutoff` in seconds. */
export function roomView(
  room: Room,
  { pins, lists }: RoomExtras,
  may: Permissions,
  activeUsersCutoff: number,
): RoomView {
  return {
    token: room.token,
    name: room.name,
    description: room.description ?? '',
    info_updates: room.infoUpdates,
    message_sequence: room.messageSequence,
    created: room.createdAt,
    active_users: room.activeUsers,
    active_users_cutoff: activeUsersCutoff,
    ...(room.imageId !== null && { image_id: room.imageId }),
    pinned_messages: pins,
    moderators: lists.moderators,
    admins: lists.admins,
    hidden_moderators: may.moderator ? lists.hiddenModerators : NOBODY,
    hidden_admins: may.moderator ? lists.hiddenAdmins : NOBODY,
    ...standing(room, may),
  };
}

/** The answer to pollInfo, with the details when they have changed. */
export function pollInfoView(room: Room, may: Permissions, details: RoomView | undefined): PollInfoView {
  return {
    token: room.token,
    active_users: room.activeUsers,
    ...standing(room, may),
    ...(details && { details }),
  };
}

/** How much is in a room, and how much of it may be there, in bytes; a limit of 0 is none. */
export interface RoomUsage extends RoomCounts {
  files: number;
  fileBytes: number;
  serverFileBytes: number;
  personLimit: number;
  serverLimit: number;
}

/**
 * A room as the operator sees it.
 * @param settings those that hold in the room
 */
export function roomSummary(
  room: Room,
  settings: RoomSettings,
  contents: RoomUsage,
): Record<string, string | number | boolean | null> {
  const limits = [settings.storageBytesPerRoom, contents.personLimit, contents.serverLimit];
  return {
    token: room.token,
    name: room.name,
    description: room.description,
    created: room.createdAt,
    active_users: room.activeUsers,
    message_sequence: room.messageSequence,
    default_read: room.defaultRead,
    default_accessible: room.defaultAccessible,
    default_write: room.defaultWrite,
    default_upload: room.defaultUpload,
    archived: room.isArchived,
    slow_mode: settings.slowMode,
    post_rate_limit: settings.postRateLimit,
    post_rate_interval: settings.postRateInterval,
    defence: settings.defence,
    language: settings.language,
    moderation_name: settings.moderationName,
    keep_messages: keptFor(settings.keepMessages),
    keep_files: keptFor(settings.keepFiles),
    questions: settings.questions.length,
    messages: contents.messages,
    posts_today: contents.postsToday,
    held: contents.held,
    members: contents.members,
    files: contents.files,
    file_bytes: contents.fileBytes,
    most_file_bytes: settings.storageBytesPerRoom || null,
    most_file_bytes_of_a_person: contents.personLimit || null,
    server_file_bytes: contents.serverFileBytes,
    most_server_file_bytes: contents.serverLimit || null,
    at_the_limit: limits.some((limit) => limit > 0) ? AT_THE_LIMIT : NO_LIMIT,
  };
}

const AT_THE_LIMIT =
  'uploads are refused with 507 until files expire or are deleted; messages go on, and nothing is deleted for it';
const NO_LIMIT = 'there is none but MIN_FREE_DISK_BYTES';

function keptFor(seconds: number): string {
  return seconds === 0 ? 'for ever' : durationText(seconds);
}

function standing(room: Room, may: Permissions): OwnPermissions {
  const standing = {
    read: may.read,
    write: may.write,
    upload: may.upload,
    moderator: may.moderator,
    admin: may.admin,
    global_moderator: may.globalModerator,
    global_admin: may.globalAdmin,
  };
  if (!may.moderator) return standing;
  return {
    ...standing,
    default_read: room.defaultRead,
    default_accessible: room.defaultAccessible,
    default_write: room.defaultWrite,
    default_upload: room.defaultUpload,
  };
}
