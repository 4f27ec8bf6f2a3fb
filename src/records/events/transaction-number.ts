/** SQL for the number of the transaction that it runs in. PostgreSQL counts transactions up and never reuses a number. */
export const THIS_TRANSACTION = 'pg_current_xact_id()::text::bigint';

/** SQL for the lowest number of a transaction that may still commit: all lower ones have ended. */
export const OLDEST_OPEN_TRANSACTION = 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint';

/** SQL for the first number that no transaction has yet. */
export const NEXT_TRANSACTION = 'pg_snapshot_xmax(pg_current_snapshot())::text::bigint';
