/** Seconds after which nobody waits for an answer any more; held posts go then, too. */
export const ANSWERED_WITHIN = 72 * 60 * 60;
/** Seconds from a wrong answer to another question. */
export const ASKED_AGAIN_AFTER = 60;
/** Wrong answers after which a moderator decides. */
export const WRONG_TRIES = 3;
/** Seconds that a person takes at least to read a card: what answers sooner is a machine. */
export const READ_WITHIN = 3;
/** Seconds until the budget is looked at again for those who wait; in a closed room it is the longer time. */
export const LOOKED_AGAIN_AFTER = { usually: 5, closed: 60 };
