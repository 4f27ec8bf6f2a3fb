import { type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Client } from 'pg';
import { column, type Columns } from '../../foundation/database/columns.js';
import { openLongSession } from '../../foundation/database/long-session.js';
import { readOne, readRows } from '../../foundation/database/read-rows.js';
import { type FileStorage } from '../../files/storage/file-storage.js';
import { type ListedFile } from '../../records/files/forbidden-list.js';
import { MeasuredStream, passOn } from '../checksums.js';

/** The table of files that nobody may upload again. */
export const FORBIDDEN_FILES = 'forbidden_files';

const LISTED_FILE_COLUMNS: Columns<ListedFile> = { sha256: column.bytes, pictureHash: column.bytes.orNull };

/** Keeps the bytes of a backup's files, but for those that are forbidden by the installation or by the backup itself. */
export class AllowedBytes {
  /** SHA-256 of forbidden bytes whose row does not say it, by storage key; in hex. */
  private readonly unnamed = new Map<string, string>();

  private constructor(
    private readonly storage: FileStorage,
    /** SHA-256 in hex. */
    private readonly forbidden: ReadonlySet<string>,
    private readonly forbiddenKeys: ReadonlySet<string>,
  ) {}

  /** Reads the backup's own list and its rows of files, which have been loaded before. */
  static async open(
    client: Client,
    storage: FileStorage,
    installation: readonly ListedFile[],
  ): Promise<AllowedBytes> {
    const own = (await hasList(client))
      ? await readRows(client, { sha256: column.bytes }, `SELECT sha256 FROM ${FORBIDDEN_FILES}`)
      : [];
    const hashes = [...own, ...installation].map(({ sha256 }) => sha256);
    const keys =
      hashes.length > 0 && (await hasHashes(client))
        ? await readRows(
            client,
            { storage_key: column.text },
            'SELECT storage_key FROM files WHERE sha256 = ANY ($1)',
            [hashes],
          )
        : [];
    return new AllowedBytes(
      storage,
      new Set(hashes.map((hash) => hash.toString('hex'))),
      new Set(keys.map(({ storage_key }) => storage_key)),
    );
  }

  /** Keeps bytes under a key, and no forbidden ones, which are read to their end all the same. */
  async keepAs(key: string, content: Readable): Promise<void> {
    if (this.forbiddenKeys.has(key)) {
      content.resume();
      await finished(content);
      return;
    }
    if (this.forbidden.size === 0) {
      await this.storage.keepAs(key, content);
      return;
    }
    const measured = new MeasuredStream();
    await passOn(content, measured, (passed) => this.storage.keepAs(key, passed));
    // Rows of older versions and imports do not say what their bytes are.
    const sha256 = measured.checksum();
    if (!this.forbidden.has(sha256)) return;
    await this.storage.remove([key]);
    this.unnamed.set(key, sha256);
  }

  /** Writes into rows what their bytes were, once the tables have been compared: so they go with the messages that show them. */
  async nameForbidden(client: Client): Promise<void> {
    if (this.unnamed.size === 0 || !(await hasHashes(client))) return;
    await client.query(
      `UPDATE files f SET sha256 = decode(n.sha256, 'hex') FROM unnest($1::text[], $2::text[]) AS n (key, sha256)
       WHERE f.storage_key = n.key`,
      [[...this.unnamed.keys()], [...this.unnamed.values()]],
    );
  }
}

/** The list that a database has before a backup is restored into it. */
export async function listInDatabase(databaseUrl: string): Promise<ListedFile[]> {
  const client = await openLongSession(databaseUrl, 'plaza restore');
  try {
    if (!(await hasList(client))) return [];
    const sql = `SELECT sha256, picture_hash AS "pictureHash" FROM ${FORBIDDEN_FILES}`;
    return await readRows(client, LISTED_FILE_COLUMNS, sql);
  } finally {
    await client.end();
  }
}

/** Empties the installation's list, so that the backup's can be loaded and compared. {@link addToList} gives it back. */
export async function emptyList(client: Client): Promise<void> {
  if (await hasList(client)) await client.query(`DELETE FROM ${FORBIDDEN_FILES}`);
}

/** Adds the installation's list to that of the backup, if its schema has one. */
export async function addToList(client: Client, list: readonly ListedFile[]): Promise<void> {
  if (list.length === 0 || !(await hasList(client))) return;
  await client.query(
    `INSERT INTO ${FORBIDDEN_FILES} (sha256, picture_hash, forbidden_at)
     SELECT DISTINCT ON (sha256) sha256, picture_hash, plaza_now()
     FROM unnest($1::bytea[], $2::bytea[]) AS l (sha256, picture_hash)
     ON CONFLICT (sha256) DO NOTHING`,
    [list.map(({ sha256 }) => sha256), list.map(({ pictureHash }) => pictureHash)],
  );
}

async function hasList(client: Client): Promise<boolean> {
  const sql = 'SELECT to_regclass($1) IS NOT NULL AS found';
  return (await readOne(client, { found: column.boolean }, sql, [`public.${FORBIDDEN_FILES}`])).found;
}

/** Older schemas know no hashes of files. */
async function hasHashes(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_attribute WHERE attrelid = 'public.files'::regclass AND attname = 'sha256' AND NOT attisdropped`,
  );
  return rowCount === 1;
}
