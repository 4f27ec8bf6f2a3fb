import { type Client } from 'pg';
import { type Clock } from '../../foundation/clock.js';
import { errorLine } from '../../foundation/error-line.js';
import { errorCode } from '../../foundation/database/errors.js';
import { analyzeFilledTables } from '../../foundation/database/analyze.js';
import { copyIn } from '../../foundation/database/copy-streams.js';
import { firstFilled, isServed, openLongSession } from '../../foundation/database/long-session.js';
import { matchSchema } from '../../records/schema/migrate.js';
import { prepareDatabase } from '../../records/schema/prepare-database.js';
import { type FileStorage, STORAGE_KEY } from '../../files/storage/file-storage.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type Progress } from '../../foundation/progress.js';
import {
  type BackupHeader,
  type BackupManifest,
  FORMAT,
  HEADER_NAME,
  headerSchema,
  KEY_NAME,
  MANIFEST_NAME,
  manifestSchema,
  storageKeyOf,
  tableOf,
} from './archive/archive-format.js';
import { type ArchiveEntry, ArchiveReader } from './archive/archive-reader.js';
import { type ArchiveSource } from './archive/archive-source.js';
import { type BackupSummary } from './backup.js';
import { BackupError } from './archive/backup-error.js';
import { checkNumbers } from './check-numbers.js';
import { addToList, AllowedBytes, emptyList, FORBIDDEN_FILES } from './forbidden-bytes.js';
import { type ListedFile } from '../../records/files/forbidden-list.js';
import { HIGHEST_COUNTER, TableLoader } from './table-loader.js';
import { readTables } from './tables.js';

const COUNTS_PER_SECOND = 10_000;
/** Seconds. */
const SHORTEST_ABSENCE = 60 * 60;
/** Seconds; ten years. A backup that says it is older, which none can be, must not use up the numbers. */
const LONGEST_ABSENCE = 10 * 365 * 24 * 60 * 60;

/** The installation that a backup is restored into. */
export interface RestoreTarget {
  readonly databaseUrl: string;
  readonly storage: FileStorage;
  /** The identity that this installation has already, if any. */
  readonly existing: ServerIdentity | undefined;
  /** Tells how old the backup is. */
  readonly clock: Clock;
  /** Files that the installation has forbidden, beside those of the backup: their bytes are not restored. */
  readonly forbidden: readonly ListedFile[];
  /** Makes the backup's key the installation's. */
  readonly keepKey: (identity: ServerIdentity) => Promise<void>;
}

/** A restore under way, in the transaction of `client`. */
interface Restoring {
  reader: ArchiveReader;
  entries: AsyncGenerator<ArchiveEntry, void>;
  header: BackupHeader;
  client: Client;
  target: RestoreTarget;
  /** Storage keys of the files that have been kept so far. */
  kept: Set<string>;
  progress: Progress;
}

/**
 * Restores an archive into an installation that has no community yet. Rows are one transaction, which commits once
 * every byte of the archive has been compared with its checksums and every table with what it was.
 * @throws BackupError, and then nothing was restored; DatabaseStartError for a backup of a newer version
 */
export async function restore(
  target: RestoreTarget,
  source: ArchiveSource,
  progress: Progress,
): Promise<BackupSummary> {
  const reader = new ArchiveReader(source);
  const entries = reader.entries();
  const header = await readHeader(reader, entries);
  const identity = await readKey(reader, entries, header);
  refuseOtherKey(target.existing, identity);
  await prepareTarget(target.databaseUrl, header);
  const client = await openLongSession(target.databaseUrl, 'plaza restore');
  const kept = new Set<string>();
  let committed = false;
  try {
    await client.query('BEGIN');
    const manifest = await fillTarget({ reader, entries, header, client, target, kept, progress });
    await target.keepKey(identity);
    await client.query('COMMIT');
    committed = true;
    await analyzeFilledTables(client);
    await prepareDatabase(target.databaseUrl);
    // The schema of an older backup has no list.
    await addToList(client, target.forbidden);
    return summaryOf(header, manifest);
  } catch (error) {
    if (!committed) await discard(target.storage, kept);
    throw error;
  } finally {
    await client.end();
  }
}

function refuseOtherKey(existing: ServerIdentity | undefined, identity: ServerIdentity): void {
  if (existing === undefined || existing.publicKeyHex === identity.publicKeyHex) return;
  throw new BackupError(
    'this installation has another server key already, which is never overwritten: ' +
      'restore into a DATA_DIR of its own, or move that key away',
  );
}

function summaryOf({ tables, files }: BackupHeader, { missing }: BackupManifest): BackupSummary {
  return {
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    files: files - missing.length,
    missing: missing.length,
  };
}

/** Restores rows and files, compares them with the archive and makes them fit to be served. */
async function fillTarget(restoring: Restoring): Promise<BackupManifest> {
  const { reader, header, client, target, progress } = restoring;
  await emptyList(client);
  const loader = await TableLoader.open(client, header.tables);
  const { manifest, bytes } = await load(restoring, loader);
  await verify(reader, manifest, loader, progress);
  await mend(client, header, manifest, loader, handedOutWithin(target.clock.seconds() - header.created_at));
  await bytes?.nameForbidden(client);
  await addToList(client, target.forbidden);
  return manifest;
}

/**
 * Makes rows that are as they were in the backup fit to be served: without files whose bytes are missing, with counters
 * above all that members may have seen since, and with the sums of files.
 * @param margin how much any counter may have grown since the backup
 */
async function mend(
  client: Client,
  header: BackupHeader,
  manifest: BackupManifest,
  loader: TableLoader,
  margin: number,
): Promise<void> {
  await checkNumbers(
    client,
    header.tables.map(({ name }) => name),
  );
  await dropMissing(client, manifest.missing);
  await loader.close(header.sequences, margin);
  await raiseCounters(client, margin);
  await countFiles(client);
}

async function nextEntry(
  reader: ArchiveReader,
  entries: AsyncGenerator<ArchiveEntry, void>,
  name: string,
): Promise<ArchiveEntry> {
  const next = await entries.next();
  if (next.done === true || next.value.name !== name) throw reader.broken(`it has no ${name}`);
  return next.value;
}

async function readHeader(
  reader: ArchiveReader,
  entries: AsyncGenerator<ArchiveEntry, void>,
): Promise<BackupHeader> {
  const header = await reader.json(await nextEntry(reader, entries, HEADER_NAME), headerSchema);
  if (header.format === FORMAT) return header;
  throw new BackupError(`the backup has format ${header.format}, but this version of Plaza reads ${FORMAT}`);
}

async function readKey(
  reader: ArchiveReader,
  entries: AsyncGenerator<ArchiveEntry, void>,
  header: BackupHeader,
): Promise<ServerIdentity> {
  const key = await (await nextEntry(reader, entries, KEY_NAME)).bytes();
  const identity = await ServerIdentity.ofSecret(key);
  if (identity.publicKeyHex !== header.public_key) throw reader.broken('its key is another one than it says');
  return identity;
}

/** Refuses a database that is used, and gives an empty one the backup's schema. */
async function prepareTarget(databaseUrl: string, header: BackupHeader): Promise<void> {
  const client = await openLongSession(databaseUrl, 'plaza restore');
  try {
    if (await isServed(client)) throw new BackupError('Plaza is running on this database: stop it first');
    const tables = (await readTables(client)).map(({ name }) => name);
    const filled = await firstFilled(
      client,
      tables.filter((name) => name !== FORBIDDEN_FILES),
    );
    if (filled !== undefined) {
      throw new BackupError(
        `this installation has a community already (it has ${filled.replaceAll('_', ' ')}): ` +
          'restore into an empty DATA_DIR, or an empty database if DATABASE_URL is set',
      );
    }
  } finally {
    await client.end();
  }
  await matchSchema(databaseUrl, header.migrations);
}

/** Takes every entry to where it belongs, up to the manifest. */
async function load(
  { reader, entries, header, client, target, kept, progress }: Restoring,
  loader: TableLoader,
): Promise<{ manifest: BackupManifest; bytes: AllowedBytes | undefined }> {
  progress.begin('bytes restored', await reader.size());
  let bytes: AllowedBytes | undefined;
  for await (const entry of entries) {
    const table = header.tables.find(({ name }) => name === tableOf(entry.name));
    const key = storageKeyOf(entry.name);
    if (entry.name === MANIFEST_NAME) {
      const manifest = await reader.json(entry, manifestSchema);
      progress.end();
      return { manifest, bytes };
    }
    if (table) {
      const rows = await entry.bytes();
      await copyIn(client, loader.statement(table), [rows]).catch((error: unknown) => {
        throw isRefusedData(error)
          ? reader.broken(`its ${entry.name} has rows that can't be: ${errorLine(error)}`)
          : error;
      });
    } else if (key !== undefined && STORAGE_KEY.test(key)) {
      if (kept.has(key) || kept.size >= header.files) throw reader.broken('it has more files than it says');
      bytes ??= await AllowedBytes.open(client, target.storage, target.forbidden);
      const allowed = bytes;
      kept.add(key);
      await entry.stream((content) => allowed.keepAs(key, content));
    } else throw reader.broken(`it has ${JSON.stringify(entry.name)}, which belongs nowhere`);
    progress.advance(entry.size);
  }
  throw reader.broken('it was cut short');
}

/** Whether PostgreSQL refused values or rows, and not the whole statement. */
function isRefusedData(error: unknown): boolean {
  return /^2[23]/.test(String(errorCode(error)));
}

/** Removes the files of a restore that failed. */
async function discard(storage: FileStorage, kept: ReadonlySet<string>): Promise<void> {
  await storage.remove([...kept]).catch(() => undefined);
}

async function verify(
  reader: ArchiveReader,
  manifest: BackupManifest,
  loader: TableLoader,
  progress: Progress,
): Promise<void> {
  if (reader.seal() !== manifest.entries_sha256) throw reader.broken('its checksum is wrong');
  progress.begin('tables verified', loader.tables.length);
  for (const table of loader.tables) {
    if ((await loader.checksum(table)) !== manifest.tables[table.name]) {
      throw new BackupError(`the table ${table.name} does not hold what was written to it: nothing was kept`);
    }
    progress.advance(1);
  }
  progress.end();
}

/**
 * How much any counter may have grown within the age of a backup, with room to spare: ten thousand a second, three times
 * what one room was ever seen to take, and an hour's worth at least, because the clocks of two machines differ.
 * @param age in seconds
 */
function handedOutWithin(age: number): number {
  const absence = Math.max(SHORTEST_ABSENCE, age);
  return Math.ceil(COUNTS_PER_SECOND * Math.min(LONGEST_ABSENCE, absence));
}

/**
 * Lets the counters of rooms go on above what members may have seen of the server after the backup: a member asks for
 * what is above the highest seqno that they have, and would be told nothing until a lower counter had passed it.
 */
async function raiseCounters(client: Client, margin: number): Promise<void> {
  await client.query(
    `UPDATE rooms SET message_sequence = message_sequence + $1, info_updates = info_updates + $1`,
    [margin],
  );
  const { rowCount } = await client.query(
    'SELECT FROM rooms WHERE greatest(message_sequence, info_updates) > $1 LIMIT 1',
    [HIGHEST_COUNTER],
  );
  if (rowCount !== 0) throw new BackupError('a room of the backup has used up its numbers: nothing was kept');
}

/** Triggers that count files rest while tables are filled. The schema of an older backup has none; its migration counts. */
async function countFiles(client: Client): Promise<void> {
  const { rowCount } = await client.query(`SELECT FROM pg_proc WHERE proname = 'count_all_files'`);
  if (rowCount !== 0) await client.query('SELECT count_all_files()');
}

/** As if the server had removed their rows too: a file without bytes can be downloaded by nobody. */
async function dropMissing(client: Client, keys: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE rooms SET image_id = NULL
     WHERE image_id IN (SELECT id FROM files WHERE storage_key = ANY ($1))`,
    [keys],
  );
  await client.query('DELETE FROM files WHERE storage_key = ANY ($1)', [keys]);
}
