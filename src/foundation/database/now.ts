/**
 * SQL for now in unix seconds, by the clock of the database. It is the same throughout a statement, so that an index
 * on times can be searched by it; in a transaction it goes on from statement to statement.
 */
export const NOW = 'extract(epoch FROM statement_timestamp())::float8';
