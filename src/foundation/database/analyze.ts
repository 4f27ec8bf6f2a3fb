import type pg from 'pg';
import { column } from './columns.js';
import { readRows } from './read-rows.js';

/**
 * Counts what the tables hold for PostgreSQL's planner, after many rows were written at once.
 *
 * Empty tables are left out. The planner takes a table that was never counted for one of ten pages and uses its indexes;
 * for one that was counted while empty it plans to read all rows, and keeps that plan while the first thousands arrive.
 * @param client a session, outside of a transaction
 */
export async function analyzeFilledTables(client: pg.ClientBase | pg.Pool): Promise<void> {
  const rows = await readRows(
    client,
    { table: column.text },
    `SELECT oid::regclass::text AS table FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0`,
  );
  if (rows.length > 0) await client.query(`ANALYZE ${rows.map(({ table }) => table).join(', ')}`);
}
