import { createHash } from 'node:crypto';
import { type Client } from 'pg';
import { analyzeFilledTables } from '../../foundation/database/analyze.js';
import { column } from '../../foundation/database/columns.js';
import { copyIn, copyOut } from '../../foundation/database/copy-streams.js';
import { DatabaseStartError } from '../../foundation/database/errors.js';
import { openLongSession } from '../../foundation/database/long-session.js';
import { readOne } from '../../foundation/database/read-rows.js';
import { type BackupTable } from '../backup/archive/archive-format.js';
import { TableLoader } from '../backup/table-loader.js';
import { lastIds, readAllTables, rowsOf } from '../backup/tables.js';

const SESSION = 'plaza upgrade';

/** Bytes that a database takes on the disk. */
export async function databaseBytes(url: string): Promise<number> {
  const client = await openLongSession(url, SESSION);
  try {
    const sql = 'SELECT pg_database_size(current_database()) AS bytes';
    return (await readOne(client, { bytes: column.number }, sql)).bytes;
  } finally {
    await client.end();
  }
}

/**
 * Copies every row and every counter of a community to a database of the same schema, in one transaction, and compares each
 * table with what was read. Nobody else may write to either.
 * @throws DatabaseStartError when a table does not hold what was written to it; the database is as it was then
 */
export async function copyCommunity(fromUrl: string, toUrl: string): Promise<void> {
  const from = await openLongSession(fromUrl, SESSION);
  const to = await openLongSession(toUrl, SESSION);
  try {
    await to.query('BEGIN');
    const tables = await readAllTables(from);
    // Migrations fill some tables.
    await to.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
    const loader = await TableLoader.open(to, tables);
    for (const table of tables) await copyTable(from, to, loader, table);
    await loader.close(await lastIds(from), 0);
    await to.query('COMMIT');
    await analyzeFilledTables(to);
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function copyTable(from: Client, to: Client, loader: TableLoader, table: BackupTable): Promise<void> {
  const hash = createHash('sha256');
  const rows = copyOut(from, rowsOf(table));
  await copyIn(to, loader.statement(table), hashed(rows, hash));
  if ((await loader.checksum(table)) !== hash.digest('hex'))
    throw new DatabaseStartError(`The table ${table.name} does not hold what was written to it`);
}

async function* hashed(
  rows: AsyncIterable<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of rows) {
    hash.update(chunk);
    yield chunk;
  }
}
