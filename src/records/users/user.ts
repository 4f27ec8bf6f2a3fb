/** The permissions that a room grants or denies one user beyond its defaults; null leaves the default (protocol 7.4). */
export interface PermissionOverride {
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
export function isUnmarked({ banned, moderator, overrides }: Standing): boolean {
  return !banned && !moderator && overrides.size === 0;
}

/** Somebody with everything that decides what they may do. */
export interface Standing {
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
    overrides: NO_OVERRIDES,
  };
}
