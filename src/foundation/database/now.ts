/**
 * SQL for now in unix seconds, by the clock of the database. It is the same throughout a statement, so that an index
 * on times can be searched by it; in a transaction it goes on from statement to statement.
 *
 * The function is the work of a migration. PostgreSQL puts its body in its place when it plans a statement, so a call
 * costs nothing. Tests move the clock by another body, for every process that uses their database.
 */
export const NOW = 'plaza_now()';
