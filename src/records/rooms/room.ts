import { type OwnRoomSettings } from './room-settings.js';

/** The permissions that a room gives everyone who has no override. */
export interface RoomDefaults {
  id: number;
  defaultRead: boolean;
  defaultAccessible: boolean;
  defaultWrite: boolean;
  defaultUpload: boolean;
  /** Whether nobody writes there any more, staff included. */
  isArchived: boolean;
}

/** The properties of a room that an admin can set. */
export interface RoomProperties extends Omit<RoomDefaults, 'id'> {
  name: string;
  description: string | null;
  /** A file of the room. */
  imageId: number | null;
}

/** A room's own row. Times in unix seconds. */
export interface Room extends RoomDefaults, RoomProperties {
  /** As its admin wrote it; requests may write it in any case. */
  token: string;
  createdAt: number;
  /** Counts posts, edits, deletions and reactions. */
  messageSequence: number;
  /** Counts changes of what the room's details show (protocol 7.2). */
  infoUpdates: number;
  activeUsers: number;
  /** The settings of its own; see `settingsOf`. */
  settings: OwnRoomSettings;
}

/** A pinned message as clients see it. */
export interface Pin {
  id: number;
  /** Whole unix seconds: Android reads it as an integer (protocol 7.1). */
  pinned_at: number;
  /** Session ID. */
  pinned_by: string;
}

/** Someone with a role in a room, be it the room's or global. */
export interface StaffMember {
  sessionId: string;
  admin: boolean;
  visible: boolean;
}

/** The data that a room's details show besides its row. It changes only when `infoUpdates` does. */
export interface RoomExtras {
  infoUpdates: number;
  pins: readonly Pin[];
  /** Sorted by Session ID. */
  staff: readonly StaffMember[];
  /** The staff as the details list them. */
  lists: StaffLists;
}

/** Session IDs of a room's staff by role and visibility, each list sorted (protocol 7.1). */
export interface StaffLists {
  moderators: readonly string[];
  admins: readonly string[];
  hiddenModerators: readonly string[];
  hiddenAdmins: readonly string[];
}
