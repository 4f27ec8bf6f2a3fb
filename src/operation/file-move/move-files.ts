import { type Client } from 'pg';
import { diskSpace } from '../../foundation/disk-space.js';
import { column } from '../../foundation/database/columns.js';
import { openLongSession } from '../../foundation/database/long-session.js';
import { readOne, readRows } from '../../foundation/database/read-rows.js';
import { errorLine } from '../../foundation/error-line.js';
import { type Progress } from '../../foundation/progress.js';
import { type FileStorage } from '../../files/storage/file-storage.js';
import { streamOf } from '../../protocol/requests/reply.js';
import { checksumOfStream, MeasuredStream, passOn } from '../checksums.js';

/** Key of our advisory lock: a pair of numbers, chosen once, at random. */
const LOCK = [1_911_305_482, 1] as const;
const KEY_COLUMNS = { key: column.text };
const KEYS_IN_A_PAGE = 500;
/** Files that are copied at the same time. */
const PARALLEL = 4;
/** Failures in a row after which the rest would fail, too: a place is full or away. */
const TOO_MANY_IN_A_ROW = 16;

/** A community's files and the places that they are moved between. */
export interface FileMove {
  readonly databaseUrl: string;
  readonly from: FileStorage;
  readonly to: FileStorage;
  /** The folder that they are moved to and the bytes to leave free on its disk; undefined when they are moved to a store. */
  readonly disk?: { readonly folder: string; readonly minFreeBytes: number } | undefined;
}

/** The outcome of a move. */
export interface MoveSummary {
  /** Files that lie in the new place now and did not before. */
  readonly moved: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Files that could not be moved. */
  readonly failed: number;
  /** The reason of the first one of them. */
  readonly reason?: string;
  /** Whether so many failed in a row that the rest was not tried. */
  readonly isGivenUp: boolean;
}

/**
 * Moves all files that have a row from one place to the other, while servers read and write them. Each one is copied, read
 * back and compared, and only then removed from where it was; a reader finds it in either place. A move that ends early,
 * however it ends, loses nothing, and the next one goes on.
 * @throws Error when another move is under way
 */
export async function moveFiles(move: FileMove, progress: Progress): Promise<MoveSummary> {
  const client = await openLongSession(move.databaseUrl, 'plaza files move');
  try {
    // Two moves in opposite directions would each remove what the other one relies on.
    const sql = 'SELECT pg_try_advisory_lock($1, $2) AS granted';
    const { granted } = await readOne(client, { granted: column.boolean }, sql, LOCK);
    if (!granted) throw new Error('files are being moved already: wait until that is done');
    return await new Mover(move, client, progress).run();
  } finally {
    await client.end();
  }
}

class Mover {
  private moved = 0;
  private bytes = 0;
  private failed = 0;
  private failedInARow = 0;
  private reason: string | undefined;

  constructor(
    private readonly move: FileMove,
    private readonly client: Client,
    private readonly progress: Progress,
  ) {}

  async run(): Promise<MoveSummary> {
    const { client, progress } = this;
    const sql = 'SELECT count(*) AS total FROM files';
    const { total } = await readOne(client, { total: column.number }, sql);
    progress.begin('files moved', total);
    for await (const page of this.pages()) await this.movePage(page);
    progress.end();
    const { moved, bytes, failed, reason, isGivenUp } = this;
    return { moved, bytes, failed, ...(reason !== undefined && { reason }), isGivenUp };
  }

  private get isGivenUp(): boolean {
    return this.failedInARow >= TOO_MANY_IN_A_ROW;
  }

  /** Storage keys of all rows, in their order, so that a page of them lies together in the listing of a store. */
  private async *pages(): AsyncGenerator<string[]> {
    let last = '';
    while (!this.isGivenUp) {
      const rows = await readRows(
        this.client,
        KEY_COLUMNS,
        'SELECT storage_key AS key FROM files WHERE storage_key > $1 ORDER BY storage_key LIMIT $2',
        [last, KEYS_IN_A_PAGE],
      );
      last = rows.at(-1)?.key ?? '';
      if (last === '') return;
      yield rows.map(({ key }) => key);
    }
  }

  private async movePage(keys: readonly string[]): Promise<void> {
    const elsewhere = new Set((await this.move.from.findMissing(keys)).keys);
    const wanted = keys.filter((key) => !elsewhere.has(key));
    this.progress.advance(elsewhere.size);
    const rest = wanted.values();
    const worker = async (): Promise<void> => {
      for (const key of rest) {
        if (this.isGivenUp) return;
        await this.tryToMove(key);
        this.progress.advance(1);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    await this.removeExpired(wanted);
  }

  private async tryToMove(key: string): Promise<void> {
    try {
      const size = await this.copy(key);
      // It expired meanwhile.
      if (size === undefined) return;
      await this.move.from.remove([key]);
      this.moved++;
      this.bytes += size;
      this.failedInARow = 0;
    } catch (error) {
      this.failed++;
      this.failedInARow++;
      this.reason ??= errorLine(error);
    }
  }

  /** Copies a file and makes sure of the copy; resolves with its bytes, undefined when there is nothing to copy. */
  private async copy(key: string): Promise<number | undefined> {
    const { from, to } = this.move;
    const bytes = await from.open(key);
    if (!bytes) return undefined;
    const measured = new MeasuredStream();
    try {
      await this.assertRoom(bytes.size);
      await passOn(streamOf(bytes.pieces()), measured, (content) => to.keepAs(key, content));
    } finally {
      measured.destroy();
      bytes.close();
    }
    const copy = await to.open(key);
    if (!copy || (await checksumOfStream(copy.pieces())) !== measured.checksum())
      throw new Error(`the copy of ${key} differs from it, and the file stays where it was`);
    return bytes.size;
  }

  /** A disk that is full stops the database that may be on it. */
  private async assertRoom(size: number): Promise<void> {
    const { disk } = this.move;
    if (!disk) return;
    if ((await diskSpace(disk.folder)).free - size < disk.minFreeBytes)
      throw new Error('DATA_DIR would have less than MIN_FREE_DISK_BYTES free');
  }

  /** Removes copies of files that expired while they were copied: the server had removed what there was then. */
  private async removeExpired(keys: readonly string[]): Promise<void> {
    const rows = await readRows(
      this.client,
      KEY_COLUMNS,
      'SELECT key FROM unnest($1::text[]) AS copied (key) WHERE NOT EXISTS (SELECT FROM files WHERE storage_key = key)',
      [keys],
    );
    await this.move.to.remove(rows.map(({ key }) => key));
  }
}
