/** Every room in which the actor has the permission that it takes. */
export const OWN_ROOMS = '*';

/** Where a role or a ban is given or taken: in rooms named by their tokens, in all of the actor's, or globally. */
export type Scope = { global: true } | { global: false; rooms: readonly string[] | typeof OWN_ROOMS };

/** The whole server. */
export const GLOBAL: Scope = { global: true };
