import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../foundation/database/database.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type FileLocation, FilesRepository } from '../records/files/files.repository.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { FileStorage } from './storage/file-storage.js';
import { IncomingFolder } from './storage/incoming-folder.js';

/** Files handled by one statement. */
const BATCH = 500;
/** Seconds; an upload that pauses for so long has lost its connection before. */
const ABANDONED_AGE = 5 * 60;
/** Seconds; an upload is never under way for so long, on any of the machines that share a storage. */
const LEFTOVER_AGE = 60 * 60;
/** Rows whose bytes may be missing before a storage in which most are missing counts as not being there. */
const FEW = 10;

/**
 * Removes files that are over, and what crashes left in storage or in the table. Called on a clock; several processes
 * may call it at once.
 */
@Injectable()
export class FileSweeperService {
  private readonly logger = new Logger('Files');

  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly files: FilesRepository,
    private readonly storage: FileStorage,
    private readonly incoming: IncomingFolder,
    private readonly identity: ServerIdentity,
  ) {}

  /**
   * Removes files that have expired or whose room is gone: first the row, then the bytes, so that a crash in between
   * leaves no row without bytes.
   * @returns how many
   */
  async removeExpired(): Promise<number> {
    let removed = 0;
    for (;;) {
      const keys = await this.database.transact((tx) => this.files.deleteExpired(tx, BATCH));
      await this.storage.remove(keys);
      removed += keys.length;
      if (keys.length < BATCH) return removed;
    }
  }

  /**
   * Removes uploads that a process which died has left half written: at a start, and soon after a worker's death.
   * @returns how many
   */
  async removeUnfinished(): Promise<number> {
    return this.incoming.removeAbandoned(ABANDONED_AGE);
  }

  /**
   * Removes what does not belong together and is too old to be on its way: bytes without a row, rows without bytes.
   * @returns how many
   */
  async removeLeftovers(): Promise<number> {
    // In another community's bucket no object would have a row.
    await this.storage.check(this.identity.publicKeyHex);
    return (await this.removeRowlessBytes()) + (await this.removeByteslessRows());
  }

  private async removeRowlessBytes(): Promise<number> {
    let removed = 0;
    let keys: string[] = [];
    const removeUnknown = async (): Promise<void> => {
      const unknown = await this.files.unknownKeys(keys);
      await this.storage.remove(unknown);
      removed += unknown.length;
      keys = [];
    };
    for await (const key of this.storage.keysOlderThan(LEFTOVER_AGE)) {
      if (keys.push(key) === BATCH) await removeUnknown();
    }
    await removeUnknown();
    return removed;
  }

  private async removeByteslessRows(): Promise<number> {
    const { lost, outOf } = await this.findByteslessRows();
    if (lost.length > FEW && lost.length > outOf / 2) {
      // A folder that is not mounted, or a bucket that was emptied, must not cost a community all its files.
      this.logger.error(`The bytes of ${lost.length} of ${outOf} files are missing: is the storage there?`);
      return 0;
    }
    if (lost.length === 0) return 0;
    return this.database.transact(async (tx) => {
      await this.rooms.dropImages(tx, lost);
      return this.files.delete(tx, lost);
    });
  }

  /** Finds files without bytes, and counts all that should be where theirs should be. */
  private async findByteslessRows(): Promise<{ lost: number[]; outOf: number }> {
    const lost: number[] = [];
    let outOf = 0;
    let page: FileLocation[];
    let last = '';
    do {
      page = await this.files.olderThan(LEFTOVER_AGE, last, BATCH);
      const missing = await this.storage.findMissing(page.map(({ storageKey }) => storageKey));
      const keys = new Set(missing.keys);
      for (const { id, storageKey } of page) if (keys.has(storageKey)) lost.push(id);
      outOf += missing.of;
      last = page.at(-1)?.storageKey ?? last;
    } while (page.length === BATCH);
    return { lost, outOf };
  }
}
