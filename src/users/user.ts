/** What a room grants or denies one user beyond its defaults; null leaves the default (protocol 7.4). */
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
export function isStaff({ moderator, overrides }: User): boolean {
  return moderator || (overrides.size > 0 && [...overrides.values()].some((override) => override.moderator));
}

/** A user with everything that decides what they may do. */
export interface User {
  id: number;
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
