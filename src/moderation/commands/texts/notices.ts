/** The server's words to people about decisions of staff, in one language. Times are in UTC, written out. */
export interface Notices {
  /** @param until null for a ban without an end; @param contact how to reach the operator, undefined when nobody says */
  banned: (until: string | null, reason: string | undefined, contact: string | undefined) => string;
  muted: (until: string | null, reason: string | undefined) => string;
  warned: (reason: string) => string;
  /** The rules of a room; null when nobody has written any. */
  rules: (description: string | null) => string;
  /** The rules of a room that a machine asks, by their names. */
  machineRules: (names: string) => string;
  /** Nothing is decided about somebody. */
  nothing: string;
  /** A message of somebody is held, with why. */
  held: (why: string) => string;
  /** A message is held because many strangers write. */
  many: string;
  /** A report was taken, or the same person had reported the message before. */
  reported: string;
  reportedBefore: string;
  /** An appeal was taken, or there was one against the same decision. */
  appealed: string;
  appealedBefore: string;
  /** An invitation was made. */
  invitation: (phrase: string) => string;
  invitedEnough: string;
  guestRemoved: string;
  /** A machine has decided, and how to have a person look. */
  byMachine: string;
}
