import { createHash } from 'node:crypto';
import { type Client } from 'pg';
import { column, type Columns } from '../../foundation/database/columns.js';
import { copyOut } from '../../foundation/database/copy-streams.js';
import { readOne, readRows } from '../../foundation/database/read-rows.js';
import { type BackupTable } from './archive/archive-format.js';

/** Tables that migrations fill, and the processes that serve. */
const NEVER_COPIED = ['migrations', 'schema_needs', 'processes'];
/** Tables that are worked out of others, answers that are kept for some minutes, and backups of this installation. */
const WORKED_OUT = [
  'kept_answers',
  'upload_totals',
  'room_storage',
  'user_storage',
  'server_defence',
  'backup_runs',
];

/**
 * Every table of ours that a backup holds, with its columns and how many rows it has. The records of migrations are none
 * of them, and neither are the answers that are kept for some minutes for repeats of requests, sums over rooms and tables, and
 * the processes that serve.
 */
export function readTables(client: Client): Promise<BackupTable[]> {
  return describeTables(client, [...NEVER_COPIED, ...WORKED_OUT]);
}

/** As {@link readTables}, with what follows from other tables, for a copy that takes everything as it is. */
export function readAllTables(client: Client): Promise<BackupTable[]> {
  return describeTables(client, NEVER_COPIED);
}

const NAMES = column.list(column.text);
const TABLE_COLUMNS: Columns<Omit<BackupTable, 'rows'>> = {
  name: column.text,
  columns: NAMES,
  key: NAMES,
  text_key: NAMES,
};

async function describeTables(client: Client, leftOut: readonly string[]): Promise<BackupTable[]> {
  const rows = await readRows(
    client,
    TABLE_COLUMNS,
    `SELECT c.relname AS name,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       (SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i
          CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
       ARRAY (SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid
          AND a.attnum = ANY (i.indkey::int2[]) AND a.attcollation <> 0
        WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY 1) AS text_key
     FROM pg_class c
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
       AND c.relname <> ALL ($1)
     ORDER BY c.relname`,
    [leftOut],
  );
  const tables: BackupTable[] = [];
  for (const table of rows) tables.push({ ...table, rows: await countRows(client, table.name) });
  return tables;
}

async function countRows(client: Client, table: string): Promise<number> {
  const sql = `SELECT count(*) AS count FROM ${table}`;
  return (await readOne(client, { count: column.number }, sql)).count;
}

/** The last id that each sequence of ours has given out, by its name; null before the first. */
export async function lastIds(client: Client): Promise<Record<string, number | null>> {
  const rows = await readRows(
    client,
    { name: column.text, last: column.number.orNull },
    `SELECT sequencename AS name, last_value AS last FROM pg_sequences
     WHERE schemaname = 'public' AND sequencename <> 'migrations_id_seq' ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]));
}

/** COPY statement for all rows of a table, in an order that is the same in every database. */
export function rowsOf({ name, columns, key, text_key }: BackupTable): string {
  const order = key
    .map((column) => (text_key.includes(column) ? `${column} COLLATE "C"` : column))
    .join(', ');
  return `COPY (SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${order}) TO STDOUT`;
}

/** SHA-256, in hex, over all rows of a table. */
export async function checksumRows(client: Client, table: BackupTable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of copyOut(client, rowsOf(table))) hash.update(chunk);
  return hash.digest('hex');
}
