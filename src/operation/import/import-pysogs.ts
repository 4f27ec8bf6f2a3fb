import { existsSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client } from 'pg';
import { analyzeFilledTables } from '../../foundation/database/analyze.js';
import { errorCode } from '../../foundation/database/errors.js';
import { openLongSession } from '../../foundation/database/long-session.js';
import { fileTrouble } from '../../foundation/file-trouble.js';
import { type FileStorage } from '../../files/storage/file-storage.js';
import { TRUST_FROM_HISTORY } from '../../records/defence/trust-from-history.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type Progress } from '../../foundation/progress.js';
import { ImportError } from './source/import-error.js';
import { findLegacies } from './legacies.js';
import { setRoomImages } from './room-images.js';
import { findServerIdentity } from './server-key.js';
import { homeOf, openSource, parseSourceAddress } from './source/open-source.js';
import { type Source } from './source/source.js';
import { awaitBlindedIds } from './standing.js';
import { TableReader, type TableResult, type RowTally } from './table-reader.js';
import { assertEmpty, assertUnused, TargetTables } from './target-tables.js';
import { type TableTransfer } from './transfers/transfer.js';
import { allTransfers } from './transfers/all.js';
import { Uploads } from './uploads.js';

/** The operator's options for the server to move from. */
export interface ImportOptions {
  /** `sqlite:///path/sogs.db` or `postgresql://…`. */
  readonly db: string;
  /** Folder of uploaded files; beside a SQLite database by default. */
  readonly uploads?: string | undefined;
  /** The old server's private key; `key_x25519` beside a SQLite database by default. */
  readonly key?: string | undefined;
}

/** The new community, whose database is migrated and, hopefully, empty. */
export interface ImportTarget {
  readonly databaseUrl: string;
  readonly storage: FileStorage;
  /** Whether members hide their Session IDs (protocol 2). */
  readonly requireBlindedIds: boolean;
  /** Makes the old server's key the new one's. */
  readonly keepKey: (identity: ServerIdentity) => Promise<void>;
}

/** The result of an import, or of its dry run. */
export interface ImportReport {
  readonly tables: readonly TableResult[];
  /** Notes about data that has no place in Plaza, and about what happened beside the tables. */
  readonly notes: readonly RowTally[];
}

/**
 * SQLite gives the id of a deleted row to the next one. Clients ask for direct messages after the last one they have,
 * so new ones start this far above the highest id left.
 */
const UNKNOWN_INBOX_IDS = 100_000;
const COUNTED = ['users', 'rooms', 'messages', 'files', 'reactions', 'inbox'];

/**
 * Moves a community from pysogs 0.3 or bunsogs: everything with its ids, counters, times and bytes, so that clients
 * go on where they were. The tables are one transaction; files are copied before it, under keys that follow from
 * their ids. So an import that is killed leaves nothing that the next attempt would not replace or reuse.
 */
export class PysogsImport {
  private constructor(
    private readonly source: Source,
    readonly identity: ServerIdentity,
    private readonly uploads: Uploads,
    private readonly transfers: readonly TableTransfer[],
    private readonly now: number,
  ) {}

  /**
   * Opens and checks the old server's database, key and files.
   * @param existing the identity that this installation has already, if any
   * @param now unix seconds, after which nothing can have happened there
   * @throws ImportError
   */
  static async open(
    options: ImportOptions,
    existing: ServerIdentity | undefined,
    now: number,
  ): Promise<PysogsImport> {
    const address = parseSourceAddress(options.db);
    const home = homeOf(address);
    const besides = (name: string): string | undefined =>
      home !== undefined && existsSync(join(home, name)) ? join(home, name) : undefined;
    const source = await openSource(address);
    try {
      await refuseTwins(source);
      const identity = await findServerIdentity(source, options.key ?? besides('key_x25519'), existing);
      const folder = options.uploads ?? besides('uploads') ?? '';
      const uploads = new Uploads(source, folder, identity.publicKey);
      if ((await uploads.count()) > 0) await refuseMissingFolder(folder);
      const transfers = allTransfers(source.schema, uploads, now);
      return new PysogsImport(source, identity, uploads, transfers, now);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /**
   * Reads everything that an import would read, and writes nothing. An old server that goes on running may write
   * meanwhile: {@link assertUnchanged} tells.
   */
  async rehearse(progress: Progress): Promise<ImportReport> {
    await this.uploads.look(progress);
    const tables: TableResult[] = [];
    for (const reader of this.readers()) {
      await exhaust(await this.follow(reader, progress));
      progress.end();
      tables.push(await reader.result());
    }
    return { tables, notes: await findLegacies(this.source) };
  }

  /** @throws ImportError when somebody has written to the old server's database since it was opened */
  assertUnchanged(): Promise<void> {
    return this.source.assertUnchanged();
  }

  /**
   * Imports everything, verifies it, and only then commits.
   * @throws ImportError, and then nothing was imported
   */
  async run(target: ImportTarget, progress: Progress): Promise<ImportReport> {
    const client = await openLongSession(target.databaseUrl, 'plaza import');
    try {
      await assertUnused(client);
      await assertEmpty(client, this.tables());
      await this.uploads.copyTo(target.storage, progress);
      await client.query('BEGIN');
      const report = await this.fill(client, target, progress);
      await this.source.assertUnchanged();
      await target.keepKey(this.identity);
      await client.query('COMMIT');
      await analyzeFilledTables(client);
      return report;
    } finally {
      // PostgreSQL rolls back what was not committed when its connection ends.
      await client.end();
    }
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private async fill(client: Client, target: ImportTarget, progress: Progress): Promise<ImportReport> {
    const tables = new TargetTables(client, this.tables());
    await tables.claim();
    const results: TableResult[] = [];
    for (const reader of this.readers()) {
      await tables.write(reader.transfer, await this.follow(reader, progress));
      progress.end();
      results.push(await reader.result());
    }
    const imageless = await setRoomImages(this.source, client);
    await this.verify(tables, results, progress);
    await client.query(TRUST_FROM_HISTORY);
    const waiting = target.requireBlindedIds ? await awaitBlindedIds(client, this.identity.publicKey) : 0;
    await this.startIds(tables, results);
    await tables.startTimesAfterPosts();
    await tables.release();
    const notes = [
      { what: 'rooms lost their image, whose file was left out', count: imageless },
      { what: 'more people with a role, a ban or a permission wait for their blinded ID', count: waiting },
    ];
    return {
      tables: results,
      notes: [...notes.filter(({ count }) => count > 0), ...(await findLegacies(this.source))],
    };
  }

  private async verify(
    tables: TargetTables,
    results: readonly TableResult[],
    progress: Progress,
  ): Promise<void> {
    progress.begin('tables verified', results.length);
    for (const [index, transfer] of this.transfers.entries()) {
      const expected = results[index];
      if (expected) await tables.verify(transfer, expected);
      progress.advance(1);
    }
    progress.end();
  }

  private async startIds(tables: TargetTables, results: readonly TableResult[]): Promise<void> {
    for (const { source, target, columns } of this.transfers) {
      const taken = results.find(({ table }) => table === target)?.taken ?? 0;
      if (COUNTED.includes(source)) await tables.startIdsAbove(target, await this.highestId(source));
      else if (columns.some(({ name }) => name === 'id')) await tables.startIdsAbove(target, taken);
    }
  }

  private async highestId(table: string): Promise<number> {
    const highest = await this.source.highestId(table);
    const isForgetful = table === 'inbox' && this.source.schema.dialect === 'sqlite';
    return isForgetful ? highest + UNKNOWN_INBOX_IDS : highest;
  }

  private readers(): TableReader[] {
    return this.transfers.map((transfer) => new TableReader(this.source, transfer, this.now));
  }

  private async follow(reader: TableReader, progress: Progress): Promise<AsyncGenerator<string>> {
    progress.begin(reader.transfer.target.replaceAll('_', ' '), await reader.size());
    return reader.lines((count) => {
      progress.advance(count);
    });
  }

  private tables(): string[] {
    return this.transfers.map(({ target }) => target);
  }
}

async function exhaust(lines: AsyncGenerator<string>): Promise<void> {
  while ((await lines.next()).done !== true);
}

async function refuseMissingFolder(folder: string): Promise<void> {
  const problem = folder === '' ? '' : await problemWithFolder(folder);
  if (problem === undefined) return;
  const why = problem === '' ? '' : `, and ${problem}`;
  throw new ImportError(`the database lists uploaded files${why}: give their folder by --uploads`);
}

/** The obstacle to listing a folder; undefined when there is none. */
async function problemWithFolder(folder: string): Promise<string | undefined> {
  try {
    await (await opendir(folder)).close();
    return undefined;
  } catch (error) {
    return errorCode(error) === 'ENOTDIR' ? `${folder} is no folder` : fileTrouble(error);
  }
}

async function refuseTwins(source: Source): Promise<void> {
  const twins = await source.number(
    'SELECT count(*) FROM (SELECT 1 FROM rooms GROUP BY lower(CAST(token AS TEXT)) HAVING count(*) > 1) AS twins',
  );
  if (twins > 0) {
    throw new ImportError(
      'two rooms have tokens that differ only in case: rename or delete one of them first',
    );
  }
}
