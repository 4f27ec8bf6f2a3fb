import { type RoomDefaults } from '../../records/rooms/room.js';
import { type Standing } from '../../records/users/user.js';

/** The permissions of someone in a room. */
export interface Permissions {
  /** May see that the room exists: a room that is not visible is answered like one that does not exist. */
  visible: boolean;
  /** May see the room's details. */
  accessible: boolean;
  read: boolean;
  write: boolean;
  /** Upload goes with write. */
  upload: boolean;
  moderator: boolean;
  admin: boolean;
  globalModerator: boolean;
  globalAdmin: boolean;
}

const NOTHING: Permissions = Object.freeze({
  visible: false,
  accessible: false,
  read: false,
  write: false,
  upload: false,
  moderator: false,
  admin: false,
  globalModerator: false,
  globalAdmin: false,
});

/**
 * The rules of protocol 7.4, in their order: global ban, nothing; global moderator, everything; moderator of the
 * room, everything; banned in the room, nothing; else the user's override, else the room's default.
 *
 * In an archived room nobody may write or upload, staff included.
 *
 * Someone banned from a room still knows that it exists if they could see it otherwise: they are told 403 and not
 * 404, except by the room's details.
 */
export function permissionsIn(room: RoomDefaults, user: Standing | null): Permissions {
  const may = permissionsInOpen(room, user);
  return room.isArchived ? { ...may, write: false, upload: false } : may;
}

/** Whether somebody may delete a message of their own: as they may write, and in an archived room as before. */
export function mayEraseOwn(room: RoomDefaults, user: Standing | null): boolean {
  return permissionsInOpen(room, user).write;
}

function permissionsInOpen(room: RoomDefaults, user: Standing | null): Permissions {
  const override = user?.overrides.get(room.id);
  if (user?.banned) return NOTHING;
  if (user && (user.moderator || override?.moderator)) return everything(user, override?.admin === true);

  const read = override?.read ?? room.defaultRead;
  const visible = read || (override?.accessible ?? room.defaultAccessible);
  if (override?.banned) return { ...NOTHING, visible };
  const write = override?.write ?? room.defaultWrite;
  // Each poll asks this twice for each room: a copy of `NOTHING` would cost it half a per cent.
  return {
    visible,
    accessible: visible,
    read,
    write,
    upload: write && (override?.upload ?? room.defaultUpload),
    moderator: false,
    admin: false,
    globalModerator: false,
    globalAdmin: false,
  };
}

function everything(user: Standing, roomAdmin: boolean): Permissions {
  return {
    visible: true,
    accessible: true,
    read: true,
    write: true,
    upload: true,
    moderator: true,
    admin: user.admin || roomAdmin,
    globalModerator: user.moderator,
    globalAdmin: user.admin,
  };
}
