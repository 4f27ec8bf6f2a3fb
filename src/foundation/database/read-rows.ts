import { channel } from 'node:diagnostics_channel';
import type pg from 'pg';
import { type Columns } from './columns.js';

/**
 * A result and the columns that its query was declared with. Tests subscribe to this channel and compare the two, which is
 * what makes the types of rows more than a claim; without subscribers nothing is done.
 */
export interface ReadRows {
  sql: string;
  columns: Columns<object>;
  result: pg.QueryResult<object>;
}

const READ_ROWS = channel('plaza.rows');

/** Shows a result to tests, which compare it with its columns. */
export function showRows(sql: string, columns: Columns<object>, result: pg.QueryResult<object>): void {
  if (READ_ROWS.hasSubscribers) READ_ROWS.publish({ sql, columns, result } satisfies ReadRows);
}

/**
 * Reads rows over a connection of one's own: a long session, a claim, a pool before the services are there.
 * Everything else asks `Database`.
 * @param columns what the statement selects or returns
 * @throws the driver's error
 */
export async function readRows<T extends object>(
  client: pg.ClientBase | pg.Pool,
  columns: Columns<T>,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<T[]> {
  const result = await client.query<T>(sql, [...parameters]);
  showRows(sql, columns, result);
  return result.rows;
}

/** The first row, as {@link readRows}; undefined when there is none. */
export async function readRow<T extends object>(
  client: pg.ClientBase | pg.Pool,
  columns: Columns<T>,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<T | undefined> {
  return (await readRows(client, columns, sql, parameters))[0];
}

/** The one row of a statement that always has one, such as a count, as {@link readRows}. */
export async function readOne<T extends object>(
  client: pg.ClientBase | pg.Pool,
  columns: Columns<T>,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<T> {
  const row = await readRow(client, columns, sql, parameters);
  if (!row) throw new Error(`The statement returned no row: ${sql}`);
  return row;
}
