/**
 * SQL of a nonce to be recorded in one of its two places; null when it is recorded in the other already. Nonces lie in the table
 * of nonces, but that of a post which brings its author's row lies with the message. A constraint refuses the null, and all of
 * the transaction fails (`isNonceTaken`), as it does by an index when the nonce is taken in the same place. Two different
 * requests of one process each, with one nonce and at the same instant, may both pass; a request and its repeat are for the
 * same place. The subselect can be answered by its index alone: `EXISTS` would let PostgreSQL read the table first.
 * @param otherPlace the table where the nonce must not be
 * @param nonce SQL of 16 bytes
 */
export function unlessRecordedIn(otherPlace: 'messages' | 'nonces', nonce: string): string {
  return `nullif(${nonce}, (SELECT earlier.nonce FROM ${otherPlace} earlier WHERE earlier.nonce = ${nonce}))`;
}
