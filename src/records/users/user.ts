/** Decisions of staff about somebody beside roles, bans and permissions. They hold in a room or on the whole server. */
export interface Marks {
  /** Staff vouches for them. */
  trusted: boolean;
  /** Unix seconds; {@link NO_END} for a mute without an end, null for none. */
  mutedUntil: number | null;
  /** Nobody else sees what they write. */
  shadowed: boolean;
}

/** The end of a mute without an end, in unix seconds: the last second of the year 9999. */
export const NO_END = 253_402_300_799;

/** The marks of somebody about whom staff has decided nothing. */
export const NO_MARKS: Readonly<Marks> = Object.freeze({ trusted: false, mutedUntil: null, shadowed: false });

/** The marks alone of what has some. */
export function marksOf({ trusted, mutedUntil, shadowed }: Marks): Marks {
  return { trusted, mutedUntil, shadowed };
}

/**
 * The end of somebody's mute in a room, the later one of that there and that on the whole server; null when they are not
 * muted.
 * @param now unix seconds
 */
export function muteIn(roomId: number, { mutedUntil, overrides }: Standing, now: number): number | null {
  const until = Math.max(mutedUntil ?? 0, overrides.get(roomId)?.mutedUntil ?? 0);
  return until > now ? until : null;
}

/** The marks of somebody in a room, or those on the whole server when there is none. */
export function marksIn(standing: Standing, room: { readonly id: number } | null): Marks {
  return room ? (standing.overrides.get(room.id) ?? NO_MARKS) : standing;
}

/** Whether nobody else sees what somebody writes in a room. */
export function isShadowedIn(roomId: number, { shadowed, overrides }: Standing): boolean {
  return shadowed || overrides.get(roomId)?.shadowed === true;
}

function isMarked({ trusted, mutedUntil, shadowed }: Marks): boolean {
  return trusted || mutedUntil !== null || shadowed;
}

/** The permissions that a room grants or denies one user beyond its defaults; null leaves the default (protocol 7.4). */
export interface PermissionOverride extends Marks {
  banned: boolean;
  read: boolean | null;
  accessible: boolean | null;
  write: boolean | null;
  upload: boolean | null;
  moderator: boolean;
  admin: boolean;
  visible: boolean;
}

/** Whether somebody moderates the server or any of its rooms. */
export function isStaff({ moderator, overrides }: Standing): boolean {
  return moderator || (overrides.size > 0 && [...overrides.values()].some((override) => override.moderator));
}

/** Whether staff has decided nothing about somebody: they may do what a stranger may. */
export function isUnmarked(standing: Standing): boolean {
  const { banned, moderator, overrides } = standing;
  return !banned && !moderator && overrides.size === 0 && !isMarked(standing);
}

/** Whether an override leaves everything to the room's defaults, so that it needs no row. */
export function saysNothing(override: PermissionOverride): boolean {
  const { banned, moderator, read, accessible, write, upload } = override;
  const grants = [read, accessible, write, upload];
  return !banned && !moderator && !isMarked(override) && grants.every((value) => value === null);
}

/** Somebody with everything that decides what they may do. */
export interface Standing extends Marks {
  /** `05…` or `15…`, 66 lower-case hex digits. */
  sessionId: string;
  /** Banned from the whole server. */
  banned: boolean;
  /** Global moderator. */
  moderator: boolean;
  /** Global admin. */
  admin: boolean;
  /** Whether everyone is told of the global role. */
  visible: boolean;
  /** By room id. */
  overrides: ReadonlyMap<number, PermissionOverride>;
}

/** Somebody who has a row in the database. */
export interface User extends Standing {
  id: number;
}

/**
 * Somebody who has proved a key and has no row: they have not read a room or an inbox yet and have written nothing, or
 * they wait for their row because too many others came at once. Staff has decided nothing about them.
 */
export interface Stranger extends Standing {
  id: null;
}

/** Somebody who has proved a key. */
export type Caller = User | Stranger;

const NO_OVERRIDES: ReadonlyMap<number, PermissionOverride> = new Map();

/** The owner of a proved key, about whom the database says nothing. */
export function stranger(sessionId: string): Stranger {
  return {
    id: null,
    sessionId,
    banned: false,
    moderator: false,
    admin: false,
    visible: false,
    ...NO_MARKS,
    overrides: NO_OVERRIDES,
  };
}
