/** Every room in which the actor has the permission that it takes. */
export const OWN_ROOMS = '*';

/** Where a role or a ban is given or taken: in rooms named by their tokens, in all of the actor's, or globally. */
export type Scope = { global: true } | { global: false; rooms: readonly string[] | typeof OWN_ROOMS };

/** The whole server. */
export const GLOBAL: Scope = { global: true };

/** A person in a room, seen by this server before or not. */
export interface PersonInRoom {
  /** Room token. */
  token: string;
  /** `05…` or `15…`. */
  sessionId: string;
}
