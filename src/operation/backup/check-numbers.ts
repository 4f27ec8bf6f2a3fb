import { type Client } from 'pg';
import { column } from '../../foundation/database/columns.js';
import { readOne, readRows } from '../../foundation/database/read-rows.js';
import { BackupError } from './archive/backup-error.js';

/** Unix seconds of a far future, and far from what a double can't tell apart to the millisecond. */
const LATEST = 1e12;

/**
 * Refuses what PostgreSQL keeps but clients can't read: whole numbers below 0 or from 2^53 on, and times that are no
 * numbers. One scan of each table.
 * @throws BackupError that names the table and the column
 */
export async function checkNumbers(client: Client, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const columns = await readRows(
      client,
      { name: column.text, type: column.oneOf(['bigint', 'double precision']) },
      `SELECT attname AS name, atttypid::regtype::text AS type FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
         AND atttypid IN ('int8'::regtype, 'float8'::regtype)`,
      [table],
    );
    if (columns.length === 0) continue;
    const faults = columns.map(({ name, type }) =>
      type === 'bigint'
        ? `COALESCE(min(${name}) < 0 OR max(${name}) > ${Number.MAX_SAFE_INTEGER}, false) AS ${name}`
        : `COALESCE(bool_or(${name} = 'NaN' OR abs(${name}) > ${LATEST}), false) AS ${name}`,
    );
    const isFaulty = await readOne(
      client,
      Object.fromEntries(columns.map(({ name }) => [name, column.boolean])),
      `SELECT ${faults.join(', ')} FROM ${table}`,
    );
    const faulty = columns.find(({ name }) => isFaulty[name]);
    if (faulty) {
      throw new BackupError(
        `the table ${table} has a number in ${faulty.name} that no client can read: nothing was kept`,
      );
    }
  }
}
