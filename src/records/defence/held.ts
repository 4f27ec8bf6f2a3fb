/**
 * The reasons for which a message or an edit is held, values of the columns `held_for`.
 *
 * - `first_post`: strangers have published as much as the room's or the server's budget lets them.
 * - `newcomer`: so have newcomers, or young members.
 * - `guarded`: the room is guarded, or on the alert, and its author a stranger.
 * - `likeness`: others have just said the same.
 * - `closed`: the room is closed to strangers and newcomers.
 * - `media`: it shows files or more links than a newcomer may, and a moderator looks first.
 * - `name`: its author's name looks like that of staff or of the server.
 * - `server_words`: it begins as a message of the server.
 * - `edit`: a newcomer's edit of what was published.
 * - `muted`: its author is muted.
 * - `similar`: it shows a picture like a forbidden one; it may have been there for everyone before.
 * - `reported`: established members have reported it; it was there for everyone before.
 * - `rule`: a rule of staff holds it.
 * - `told`: so does one, and a whisper has told its author why at once.
 * - `sanction`: a rule that mutes removes it, in a moment.
 */
export const HOLD_REASONS = [
  'first_post',
  'newcomer',
  'guarded',
  'likeness',
  'closed',
  'media',
  'name',
  'server_words',
  'edit',
  'muted',
  'similar',
  'reported',
  'rule',
  'told',
  'sanction',
] as const;

export type HoldReason = (typeof HOLD_REASONS)[number];

/** The reasons for which a published message is hidden until a moderator has looked at it. */
export type HideReason = Extract<HoldReason, 'similar' | 'reported'>;

/** Reasons for which the author may answer a challenge to be published; for the others a moderator looks. */
export const CHALLENGED = [
  'first_post',
  'newcomer',
  'guarded',
  'likeness',
] as const satisfies readonly HoldReason[];

/** Whether the author of a message that is held for this reason may answer a challenge. */
export function isChallenged(heldFor: string | null): boolean {
  return (CHALLENGED as readonly (string | null)[]).includes(heldFor);
}
