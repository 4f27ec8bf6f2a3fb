import { type Caller } from '../../records/users/user.js';

/** The operator's command line and the clock: they need no permission, and the audit log calls them this. */
export const PLAZA = 'plaza';

/** The actor of an act of staff: a caller, whose permissions are checked, or the operator. */
export type Actor = Caller | typeof PLAZA;

/** How the audit log names an actor: a Session ID or `plaza`. */
export function actorName(actor: Actor): string {
  return actor === PLAZA ? PLAZA : actor.sessionId;
}
