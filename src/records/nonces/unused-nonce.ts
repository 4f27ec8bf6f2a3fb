/**
 * SQL of a nonce to be recorded, which is null when it is recorded in the other place already: nonces lie in the table of
 * nonces, but that of a post which brings its author's row lies with the message. A constraint then refuses the null, and all
 * of the transaction fails (`isNonceTaken`), as it does by an index when the nonce is taken in the same place. Two different
 * requests of one process each, with one nonce and at the same instant, may both pass; a request and its repeat are for the
 * same place. The subselects can be answered by their index alone: `EXISTS` would let PostgreSQL read the table first.
 * @param nonce SQL of 16 bytes
 */
export const unusedByMessages = (nonce: string): string =>
  `CASE WHEN ${isUsedByMessage(nonce)} THEN NULL ELSE ${nonce} END`;

/** As {@link unusedByMessages}, for a nonce to be recorded with a message. */
export const unusedElsewhere = (nonce: string): string =>
  `CASE WHEN (SELECT true FROM nonces earlier WHERE earlier.nonce = ${nonce}) THEN NULL ELSE ${nonce} END`;

/** SQL that is true for a nonce that lies with a message; else null. @param nonce SQL of 16 bytes */
export function isUsedByMessage(nonce: string): string {
  return `(SELECT true FROM messages earlier WHERE earlier.nonce = ${nonce})`;
}
