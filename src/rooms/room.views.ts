import { type Permissions } from '../moderation/permissions.js';
import { type Pin, type Room, type RoomExtras, type StaffMember } from './room.js';

/** What everyone who polls a room is told about themselves in it; false flags of staff are left out. */
interface Standing {
  read: boolean;
  write: boolean;
  upload: boolean;
  moderator?: true;
  admin?: true;
  global_moderator?: true;
  global_admin?: true;
  default_read?: boolean;
  default_accessible?: boolean;
  default_write?: boolean;
  default_upload?: boolean;
}

/** A room's details (protocol 7.1). */
export interface RoomView extends Standing {
  token: string;
  name: string;
  description?: string;
  info_updates: number;
  message_sequence: number;
  created: number;
  active_users: number;
  active_users_cutoff: number;
  image_id?: number;
  pinned_messages?: readonly Pin[];
  moderators: string[];
  admins: string[];
  hidden_moderators?: string[];
  hidden_admins?: string[];
}

/** The answer to pollInfo (protocol 7.2). */
export interface PollInfoView extends Standing {
  token: string;
  active_users: number;
  details?: RoomView;
}

/** A room's details for someone with these permissions; `activeUsersCutoff` in seconds. */
export function roomView(
  room: Room,
  extras: RoomExtras,
  may: Permissions,
  activeUsersCutoff: number,
): RoomView {
  const { pins, staff } = extras;
  return {
    token: room.token,
    name: room.name,
    ...(room.description !== null && { description: room.description }),
    info_updates: room.infoUpdates,
    message_sequence: room.messageSequence,
    created: room.createdAt,
    active_users: room.activeUsers,
    active_users_cutoff: activeUsersCutoff,
    ...(room.imageId !== null && { image_id: room.imageId }),
    ...(pins.length > 0 && { pinned_messages: pins }),
    moderators: sessionIds(staff, { admin: false, visible: true }),
    admins: sessionIds(staff, { admin: true, visible: true }),
    ...(may.moderator && hiddenStaff(staff)),
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

function standing(room: Room, may: Permissions): Standing {
  const { read, write, upload } = may;
  if (!may.moderator) return { read, write, upload };
  return {
    read,
    write,
    upload,
    moderator: true,
    ...(may.admin && { admin: true }),
    ...(may.globalModerator && { global_moderator: true }),
    ...(may.globalAdmin && { global_admin: true }),
    default_read: room.defaultRead,
    default_accessible: room.defaultAccessible,
    default_write: room.defaultWrite,
    default_upload: room.defaultUpload,
  };
}

function hiddenStaff(staff: readonly StaffMember[]): Partial<RoomView> {
  const moderators = sessionIds(staff, { admin: false, visible: false });
  const admins = sessionIds(staff, { admin: true, visible: false });
  return {
    ...(moderators.length > 0 && { hidden_moderators: moderators }),
    ...(admins.length > 0 && { hidden_admins: admins }),
  };
}

function sessionIds(staff: readonly StaffMember[], role: { admin: boolean; visible: boolean }): string[] {
  return staff
    .filter((member) => member.admin === role.admin && member.visible === role.visible)
    .map((member) => member.sessionId);
}
