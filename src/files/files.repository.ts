import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database, type Transaction } from '../database/database.js';
import { NOW } from '../database/now.js';

/** Seconds an upload lives, and may be claimed, before a post, an edit or a room image has claimed it (protocol 6). */
export const UNCLAIMED_LIFETIME = 60 * 60;

/** An upload whose bytes are in storage already. */
export interface NewFile {
  roomId: number;
  uploaderId: number;
  /** Bytes. */
  size: number;
  /** As its uploader named it; null without a name. */
  filename: string | null;
  storageKey: string;
}

/** A file that can be downloaded. Times in unix seconds. */
export interface StoredFile {
  filename: string | null;
  storageKey: string;
  uploadedAt: number;
  /** Null: never. */
  expiresAt: number | null;
}

/** A post or an edit, and the files that it names. */
export interface Claim {
  roomId: number;
  uploaderId: number;
  messageId: number;
  fileIds: readonly number[];
}

/** A row and where its bytes should be. */
export interface FileLocation {
  id: number;
  storageKey: string;
}

const IS_ALIVE = `(f.expires_at IS NULL OR f.expires_at > ${NOW})`;
const IS_ROOM_IMAGE = 'EXISTS (SELECT 1 FROM rooms r WHERE r.id = f.room_id AND r.image_id = f.id)';
const IS_PINNED = 'EXISTS (SELECT 1 FROM pinned_messages p WHERE p.message_id = f.message_id)';

/**
 * The table of files and how long each one lives (protocol 6). What changes a lifetime is called by a transaction
 * that holds the room's lock, so a claim, a pin and a new room image never see each other half done.
 */
@Injectable()
export class FilesRepository {
  /** Seconds a claimed file lives. */
  private readonly lifetime: number;

  constructor(
    settings: Settings,
    private readonly database: Database,
  ) {
    this.lifetime = settings.uploadExpiryDays * 24 * 60 * 60;
  }

  /** Records an upload, unclaimed; returns its id. */
  async insert(tx: Transaction, file: NewFile): Promise<number> {
    const row = await tx.row<{ id: number }>(
      `INSERT INTO files (room_id, uploader_id, size, uploaded_at, expires_at, filename, storage_key)
       SELECT $1, $2, $3, now, now + $4, $5, $6 FROM (SELECT ${NOW} AS now) AS clock
       RETURNING id`,
      [file.roomId, file.uploaderId, file.size, UNCLAIMED_LIFETIME, file.filename, file.storageKey],
    );
    if (!row) throw new Error('An insert returned nothing');
    return row.id;
  }

  /** A file of this room that has not expired. */
  async find(roomId: number, id: number): Promise<StoredFile | undefined> {
    return this.database.row<StoredFile>(
      `SELECT f.filename, f.storage_key AS "storageKey", f.uploaded_at AS "uploadedAt",
         f.expires_at AS "expiresAt"
       FROM files f WHERE f.id = $2 AND f.room_id = $1 AND ${IS_ALIVE}`,
      [roomId, id],
    );
  }

  /**
   * Gives files to a message and a claimed file's lifetime to them; a pinned message's files get no end. Ids of files
   * of other rooms or uploaders, of claimed files, of room images and of uploads older than an hour are passed over,
   * as are unknown ones. Of two messages that claim a file at once the row's lock lets one have it.
   */
  async claim(tx: Transaction, { roomId, uploaderId, messageId, fileIds }: Claim): Promise<void> {
    if (fileIds.length === 0) return;
    await tx.run(
      `UPDATE files f SET message_id = $3,
         expires_at = CASE WHEN EXISTS (SELECT 1 FROM pinned_messages p WHERE p.message_id = $3)
           THEN NULL ELSE ${NOW} + $5 END
       WHERE f.id = ANY ($4) AND f.room_id = $1 AND f.uploader_id = $2 AND f.message_id IS NULL
         AND f.expires_at > ${NOW} AND f.uploaded_at >= ${NOW} - $6`,
      [roomId, uploaderId, messageId, fileIds, this.lifetime, UNCLAIMED_LIFETIME],
    );
  }

  /** Lets the files of deleted messages expire at once, except one that is the room's image: that is the room's now. */
  async expireOfMessages(tx: Transaction, messageIds: readonly number[]): Promise<void> {
    if (messageIds.length === 0) return;
    await tx.run(
      `UPDATE files f SET message_id = NULL,
         expires_at = CASE WHEN ${IS_ROOM_IMAGE} THEN NULL ELSE least(f.expires_at, ${NOW}) END
       WHERE f.message_id = ANY ($1)`,
      [messageIds],
    );
  }

  /**
   * Lets everything that a user uploaded to a room expire at once, except the room's image.
   * @returns how many files had been alive
   */
  async expireOfUploader(tx: Transaction, roomId: number, uploaderId: number): Promise<number> {
    return tx.run(
      `UPDATE files f SET expires_at = ${NOW}
       WHERE f.room_id = $1 AND f.uploader_id = $2 AND ${IS_ALIVE} AND NOT ${IS_ROOM_IMAGE}`,
      [roomId, uploaderId],
    );
  }

  /** Lets the files of a message that was pinned live without end. */
  async keepOfPinned(tx: Transaction, messageId: number): Promise<void> {
    await tx.run(`UPDATE files f SET expires_at = NULL WHERE f.message_id = $1 AND ${IS_ALIVE}`, [messageId]);
  }

  /** Gives the files of messages that were unpinned the lifetime they would have had, counted from their upload. */
  async releaseOfUnpinned(tx: Transaction, messageIds: readonly number[]): Promise<void> {
    if (messageIds.length === 0) return;
    await tx.run(
      `UPDATE files f SET expires_at = f.uploaded_at + $2
       WHERE f.message_id = ANY ($1) AND NOT ${IS_ROOM_IMAGE}`,
      [messageIds, this.lifetime],
    );
  }

  /**
   * Lets a file live without end, to become the room's image.
   * @returns false when it is no file of this room, or has expired
   */
  async keepAsRoomImage(tx: Transaction, roomId: number, id: number): Promise<boolean> {
    const kept = await tx.run(
      `UPDATE files f SET expires_at = NULL WHERE f.id = $2 AND f.room_id = $1 AND ${IS_ALIVE}`,
      [roomId, id],
    );
    return kept === 1;
  }

  /**
   * Lets a file expire that is no longer its room's image: at once, or with the message that it belongs to. Called
   * after the room has got its new image.
   */
  async releaseRoomImage(tx: Transaction, id: number): Promise<void> {
    await tx.run(
      `UPDATE files f SET expires_at = CASE WHEN f.message_id IS NULL THEN ${NOW}
         WHEN ${IS_PINNED} THEN NULL ELSE f.uploaded_at + $2 END
       WHERE f.id = $1 AND NOT ${IS_ROOM_IMAGE}`,
      [id, this.lifetime],
    );
  }

  /**
   * Deletes rows of files that have expired or lost their room, oldest ids first; those that another process is just
   * deleting are left to it.
   * @returns the storage keys of at most `limit` files, whose bytes may go once this has committed
   */
  async deleteExpired(tx: Transaction, limit: number): Promise<string[]> {
    const rows = await tx.rows<{ storageKey: string }>(
      `DELETE FROM files WHERE id IN (
         SELECT f.id FROM files f WHERE f.room_id IS NULL OR f.expires_at <= ${NOW}
         ORDER BY f.id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING storage_key AS "storageKey"`,
      [limit],
    );
    return rows.map((row) => row.storageKey);
  }

  /** Which of these storage keys no row knows. */
  async unknownKeys(storageKeys: readonly string[]): Promise<string[]> {
    const rows = await this.database.rows<{ storageKey: string }>(
      `SELECT key AS "storageKey" FROM unnest($1::text[]) AS stored (key)
       WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.storage_key = key)`,
      [storageKeys],
    );
    return rows.map((row) => row.storageKey);
  }

  /** A page of the files uploaded at least `seconds` ago, by id. */
  async olderThan(seconds: number, afterId: number, limit: number): Promise<FileLocation[]> {
    return this.database.rows<FileLocation>(
      `SELECT f.id, f.storage_key AS "storageKey" FROM files f
       WHERE f.id > $2 AND f.uploaded_at <= ${NOW} - $1 ORDER BY f.id LIMIT $3`,
      [seconds, afterId, limit],
    );
  }

  /** Deletes rows of files that are no room's image. */
  async delete(tx: Transaction, ids: readonly number[]): Promise<number> {
    return tx.run('DELETE FROM files WHERE id = ANY ($1)', [ids]);
  }
}
