import { type Caller, type User } from '../../records/users/user.js';

/** The operator's command line and the clock: they need no permission, and the audit log calls them this. */
export const PLAZA = 'plaza';

/** Whoever changes something: a user, whose permissions are checked, or the operator. */
export type Actor = User | typeof PLAZA;

/** Whoever looks at what staff may see: as an {@link Actor}, or somebody who is not known yet. */
export type Onlooker = Caller | typeof PLAZA;

/** How the audit log names an actor: a Session ID or `plaza`. */
export function actorName(actor: Actor): string {
  return actor === PLAZA ? PLAZA : actor.sessionId;
}
