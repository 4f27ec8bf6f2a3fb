import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { ForbiddenFileEntity } from '../entities/file.entity.js';
import { ALL, takesLocks } from '../locks/lock-order.js';

/** Key of our advisory lock: a pair of numbers, chosen once, at random. */
const LOCK = '1911305482, 2';

/** A file that nobody may upload. */
export interface ForbiddenFile {
  /** The SHA-256 of its bytes, 32 raw bytes. */
  sha256: Buffer;
  /** The perceptual hash of its picture; null without one. */
  pictureHash: Buffer | null;
  /** Unix seconds. */
  forbiddenAt: number;
}

/** A file that lies here although it is forbidden. */
export interface ForbiddenCopy {
  id: number;
  sha256: Buffer;
  storageKey: string;
  /** The room that it was uploaded to; null when that is gone. */
  roomId: number | null;
  /** The message that shows it; null without one. */
  messageId: number | null;
}

const FORBIDDEN_FILE_COLUMNS: Columns<ForbiddenFile> = {
  sha256: column.bytes,
  pictureHash: column.bytes.orNull,
  forbiddenAt: column.number,
};

const FORBIDDEN_COPY_COLUMNS: Columns<ForbiddenCopy> = {
  id: column.number,
  sha256: column.bytes,
  storageKey: column.text,
  roomId: column.number.orNull,
  messageId: column.number.orNull,
};

/** The list of files that nobody may upload again, and the copies of them that are here. */
@Injectable()
export class ForbiddenFilesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Adds files to the list. It waits for uploads that are being recorded, so every copy is either found by {@link copies}
   * afterwards or was refused.
   * @returns the SHA-256 of those that were not on it
   */
  async add(tx: Transaction, files: readonly Omit<ForbiddenFile, 'forbiddenAt'>[]): Promise<Buffer[]> {
    takesLocks(tx, 'forbidden files', [ALL]);
    await tx.run(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const rows = await tx.rows(
      { sha256: column.bytes, isNew: column.boolean },
      `INSERT INTO forbidden_files AS f (sha256, picture_hash, forbidden_at)
       SELECT sha256, picture_hash, ${NOW} FROM unnest($1::bytea[], $2::bytea[]) AS n (sha256, picture_hash) ORDER BY sha256
       ON CONFLICT (sha256) DO UPDATE SET picture_hash = coalesce(f.picture_hash, excluded.picture_hash),
         is_compared = f.is_compared AND (f.picture_hash IS NOT NULL OR excluded.picture_hash IS NULL)
       RETURNING sha256, xmax = 0 AS "isNew"`,
      [files.map(({ sha256 }) => sha256), files.map(({ pictureHash }) => pictureHash)],
    );
    return rows.filter(({ isNew }) => isNew).map(({ sha256 }) => sha256);
  }

  /** Takes files off the list. @returns those that were on it */
  async remove(tx: Transaction, hashes: readonly Buffer[]): Promise<ForbiddenFile[]> {
    takesLocks(tx, 'forbidden files', [ALL]);
    await tx.run(`SELECT pg_advisory_xact_lock(${LOCK})`);
    return tx.rows(
      FORBIDDEN_FILE_COLUMNS,
      `DELETE FROM forbidden_files WHERE sha256 = ANY ($1)
       RETURNING sha256, picture_hash AS "pictureHash", forbidden_at AS "forbiddenAt"`,
      [hashes],
    );
  }

  /** Whether a file is on the list, by what is known now. */
  async has(reader: DatabaseReader, sha256: Buffer): Promise<boolean> {
    return reader.exists('SELECT FROM forbidden_files WHERE sha256 = $1', [sha256]);
  }

  /** As {@link has}, and until the transaction ends nobody adds to the list. Many may hold it at once. */
  async hasFor(tx: Transaction, sha256: Buffer): Promise<boolean> {
    takesLocks(tx, 'forbidden files', [sha256.toString('hex')]);
    const [, isForbidden] = await Promise.all([
      tx.run(`SELECT pg_advisory_xact_lock_shared(${LOCK})`),
      this.has(tx, sha256),
    ]);
    return isForbidden;
  }

  /** The whole list, oldest first. */
  async all(): Promise<ForbiddenFile[]> {
    return this.database.read((repositories) =>
      repositories.repository(ForbiddenFileEntity).find({
        select: { sha256: true, pictureHash: true, forbiddenAt: true },
        order: { forbiddenAt: 'ASC', sha256: 'ASC' },
      }),
    );
  }

  /** The perceptual hashes on the list. @param uncompared only those with which older files have not been compared */
  async pictures({ uncompared = false } = {}): Promise<Buffer[]> {
    const rows = await this.database.rows(
      { pictureHash: column.bytes },
      `SELECT picture_hash AS "pictureHash" FROM forbidden_files
       WHERE picture_hash IS NOT NULL AND NOT ($1 AND is_compared) ORDER BY sha256`,
      [uncompared],
    );
    return rows.map(({ pictureHash }) => pictureHash);
  }

  /** Notes that all files that are here have been compared with these perceptual hashes. */
  async markCompared(pictures: readonly Buffer[]): Promise<void> {
    await this.database.run('UPDATE forbidden_files SET is_compared = true WHERE picture_hash = ANY ($1)', [
      pictures,
    ]);
  }

  /** Copies of forbidden files that are here, of a room the oldest first. @param limit how many at most */
  async copies(limit: number): Promise<ForbiddenCopy[]> {
    return this.database.rows(
      FORBIDDEN_COPY_COLUMNS,
      `SELECT f.id, f.sha256, f.storage_key AS "storageKey", f.room_id AS "roomId", f.message_id AS "messageId"
       FROM forbidden_files x JOIN files f ON f.sha256 = x.sha256
       WHERE f.room_id IS NOT NULL ORDER BY f.room_id, f.id LIMIT $1`,
      [limit],
    );
  }
}
