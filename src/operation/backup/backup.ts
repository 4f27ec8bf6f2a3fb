import { createHash } from 'node:crypto';
import { type Client } from 'pg';
import { type Clock } from '../../foundation/clock.js';
import { column } from '../../foundation/database/columns.js';
import { copyOut } from '../../foundation/database/copy-streams.js';
import { openLongSession } from '../../foundation/database/long-session.js';
import { readRows } from '../../foundation/database/read-rows.js';
import { executedMigrations } from '../../records/schema/migrate.js';
import { type FileStorage } from '../../files/storage/file-storage.js';
import { streamOf } from '../../protocol/requests/reply.js';
import { type ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type Progress } from '../../foundation/progress.js';
import { VERSION } from '../../foundation/version.js';
import {
  type BackupHeader,
  type BackupManifest,
  type BackupTable,
  fileName,
  FORMAT,
  HEADER_NAME,
  KEY_NAME,
  MANIFEST_NAME,
  rowsName,
} from './archive/archive-format.js';
import { type ArchiveWriter, type FillArchive } from './archive/archive-writer.js';
import { BackupError } from './archive/backup-error.js';
import { lastIds, readTables, rowsOf } from './tables.js';

/** The parts of a community, wherever they are kept. */
export interface CommunityParts {
  readonly databaseUrl: string;
  readonly storage: FileStorage;
  readonly identity: ServerIdentity;
  /** Dates the backup. */
  readonly clock: Clock;
}

/** The contents of an archive. */
export interface BackupSummary {
  /** Rows of all tables. */
  readonly rows: number;
  readonly files: number;
  /** Files that were deleted while the backup was made, or had been lost before. */
  readonly missing: number;
}

/** Bytes of rows in one entry of the archive. */
const PIECE_BYTES = 4 * 1024 * 1024;
const KEY_COLUMNS = { storage_key: column.text };
const KEYS_PER_FETCH = 500;
const NEWLINE = 0x0a;

/**
 * Backs up a community whose server may be running: its key, everything in its database as of one moment, and the
 * files that were recorded at that moment.
 * @param write writes the archive to where it belongs, as `fill` gives it
 * @throws BackupError when it can't be written, and DatabaseStartError
 */
export async function backUp(
  parts: CommunityParts,
  write: (fill: FillArchive) => Promise<void>,
  progress: Progress,
): Promise<BackupSummary> {
  const migrations = await executedMigrations(parts.databaseUrl);
  const client = await openLongSession(parts.databaseUrl, 'plaza backup');
  try {
    // The first query fixes the moment that all others see.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const header = await describe(client, parts, migrations);
    const missing: string[] = [];
    await write(async (archive) => {
      await archive.addBytes(HEADER_NAME, toJson(header));
      await archive.addBytes(KEY_NAME, parts.identity.secret);
      const tables: BackupManifest['tables'] = {};
      for (const table of header.tables) tables[table.name] = await addRows(client, archive, table, progress);
      await addFiles(client, parts.storage, archive, header.files, missing, progress);
      await archive.addLast(MANIFEST_NAME, (entries_sha256) =>
        toJson({ entries_sha256, tables, missing } satisfies BackupManifest),
      );
    });
    const rows = header.tables.reduce((sum, table) => sum + table.rows, 0);
    return { rows, files: header.files - missing.length, missing: missing.length };
  } finally {
    await client.end();
  }
}

async function describe(
  client: Client,
  { identity, clock }: CommunityParts,
  migrations: string[],
): Promise<BackupHeader> {
  const tables = await readTables(client);
  if (tables.length === 0) throw new BackupError('there is no community here yet: nothing to back up');
  return {
    format: FORMAT,
    version: VERSION,
    created_at: clock.seconds(),
    public_key: identity.publicKeyHex,
    migrations,
    tables,
    sequences: await lastIds(client),
    files: tables.find(({ name }) => name === 'files')?.rows ?? 0,
  };
}

/** Adds a table's rows in pieces of whole lines; returns their checksum. */
async function addRows(
  client: Client,
  archive: ArchiveWriter,
  table: BackupTable,
  progress: Progress,
): Promise<string> {
  progress.begin(table.name.replaceAll('_', ' '), table.rows);
  const hash = createHash('sha256');
  let piece = 0;
  let pending: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (bytes === 0) return;
    const content = Buffer.concat(pending);
    const end = content.lastIndexOf(NEWLINE) + 1;
    await archive.addBytes(rowsName(table.name, ++piece), content.subarray(0, end));
    pending = [content.subarray(end)];
    bytes = content.length - end;
  };
  for await (const chunk of copyOut(client, rowsOf(table))) {
    hash.update(chunk);
    progress.advance(countLines(chunk));
    pending.push(chunk);
    bytes += chunk.length;
    if (bytes >= PIECE_BYTES && chunk.includes(NEWLINE)) await flush();
  }
  await flush();
  progress.end();
  return hash.digest('hex');
}

async function addFiles(
  client: Client,
  storage: FileStorage,
  archive: ArchiveWriter,
  total: number,
  missing: string[],
  progress: Progress,
): Promise<void> {
  progress.begin('files copied', total);
  await client.query('DECLARE stored NO SCROLL CURSOR FOR SELECT storage_key FROM files ORDER BY id');
  for (;;) {
    const rows = await readRows(client, KEY_COLUMNS, `FETCH ${KEYS_PER_FETCH} FROM stored`);
    if (rows.length === 0) break;
    for (const { storage_key } of rows) {
      // Open from here on, so that a file that expires meanwhile is still read to its end.
      const bytes = await storage.open(storage_key);
      if (bytes) await archive.addStream(fileName(storage_key), bytes.size, streamOf(bytes.pieces()));
      else missing.push(storage_key);
      progress.advance(1);
    }
  }
  progress.end();
}

function countLines(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

function toJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}
