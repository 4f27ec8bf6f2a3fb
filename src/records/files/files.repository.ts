import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type MessageReader } from '../messages/message.js';
import { FOR_EVERYONE, visibleTo } from '../messages/visible-to.js';
import { randomId } from './random-id.js';
import { type UploadUsage } from './upload-usage.js';

/** Seconds an upload lives, and may be claimed, before a post, an edit or a room image has claimed it (protocol 6). */
export const UNCLAIMED_LIFETIME = 60 * 60;

/** Seconds. */
export const DAY = 24 * 60 * 60;
/** Seconds over which the rate of uploads counts. */
export const RATE_PERIOD = 10 * 60;

/** An upload whose bytes are in storage already. */
export interface NewFile {
  roomId: number;
  /** User id; null for a file of the operator's. */
  uploaderId: number | null;
  /** Bytes. */
  size: number;
  /** As its uploader named it; null without a name. */
  filename: string | null;
  storageKey: string;
  /** The SHA-256 of its bytes, 32 raw bytes. */
  sha256: Buffer;
  /** Whether its uploader was first seen less than a day ago. */
  byStranger: boolean;
}

/** A file that can be downloaded. Times in unix seconds. */
export interface StoredFile {
  filename: string | null;
  storageKey: string;
  uploadedAt: number;
  /** Null: never. */
  expiresAt: number | null;
}

/** A file that a post or an edit claims. */
export interface FileClaim {
  fileId: number;
  /** The message's author, who must have uploaded the file. */
  uploaderId: number;
  messageId: number;
}

/** Somebody who wants to read a file of a room. */
export interface FileReader extends MessageReader {
  /** Whether the room shows the file as its image, which is for everyone who may access the room. */
  asRoomImage: boolean;
}

/** A row and where its bytes should be. */
export interface FileLocation {
  id: number;
  storageKey: string;
}

/** SQL: whether the file in the row `f` of `files` has not expired. */
export const IS_ALIVE = `(f.expires_at IS NULL OR f.expires_at > ${NOW})`;
const IS_ROOM_IMAGE = 'EXISTS (SELECT 1 FROM rooms r WHERE r.id = f.room_id AND r.image_id = f.id)';
const IS_PINNED = 'EXISTS (SELECT 1 FROM pinned_messages p WHERE p.message_id = f.message_id)';

/** SQL: whether nothing has claimed the file in the row `f` of `files`, which was uploaded within the seconds that follow it. */
export const IS_UNCLAIMED = `f.message_id IS NULL AND f.expires_at > ${NOW} AND f.uploaded_at > ${NOW} - `;

const USAGE = `
  WITH own AS (
    SELECT f.size, f.uploaded_at, f.expires_at, f.message_id FROM files f
    WHERE f.uploader_id = $1 AND f.uploaded_at > ${NOW} - $3::float8
  ), unclaimed AS (
    SELECT count(*) AS files, coalesce(sum(f.size), 0)::float8 AS bytes FROM own f WHERE ${IS_UNCLAIMED} $5::float8
  ), in_room AS (
    SELECT coalesce(sum(f.size), 0)::float8 AS bytes FROM files f WHERE f.room_id = $2 AND ${IS_UNCLAIMED} $5::float8
  )
  SELECT coalesce((SELECT created_at > ${NOW} - $3::float8 FROM users WHERE id = $1), true) AS "isStranger",
    (SELECT count(*) FROM own f WHERE f.uploaded_at > ${NOW} - $4::float8) AS recent,
    unclaimed.bytes AS "unclaimedBytes", unclaimed.files AS "unclaimedFiles",
    (SELECT coalesce(sum(f.size), 0)::float8 FROM own f WHERE ${IS_ALIVE}) AS "dayBytes",
    in_room.bytes AS "roomUnclaimedBytes"
  FROM unclaimed, in_room`;

const CLAIM_FILES = `
  UPDATE files f SET message_id = c.message_id,
    expires_at = CASE WHEN EXISTS (SELECT 1 FROM pinned_messages p WHERE p.message_id = c.message_id)
      THEN NULL ELSE ${NOW} + $5 END
  FROM (
    SELECT DISTINCT ON (file_id, uploader_id) file_id, uploader_id, message_id
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])
      WITH ORDINALITY AS claim (file_id, uploader_id, message_id, place)
    ORDER BY file_id, uploader_id, place
  ) AS c
  WHERE f.id = c.file_id AND f.uploader_id = c.uploader_id AND f.room_id = $1 AND f.message_id IS NULL
    AND f.expires_at > ${NOW} AND f.uploaded_at >= ${NOW} - $6`;

const STORED_FILE_COLUMNS: Columns<StoredFile> = {
  filename: column.text.orNull,
  storageKey: column.text,
  uploadedAt: column.number,
  expiresAt: column.number.orNull,
};

const UPLOAD_USAGE_COLUMNS: Columns<UploadUsage> = {
  isStranger: column.boolean,
  recent: column.number,
  unclaimedBytes: column.number,
  unclaimedFiles: column.number,
  dayBytes: column.number,
  roomUnclaimedBytes: column.number,
};

const FILE_LOCATION_COLUMNS: Columns<FileLocation> = { id: column.number, storageKey: column.text };

/**
 * The table of files and how long each one lives (protocol 6). A method that changes a lifetime is called by a transaction
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

  /**
   * Records an upload, unclaimed.
   * @returns its id, at random: nobody learns from ids how much is uploaded elsewhere, or finds files by counting
   */
  async insert(tx: Transaction, file: NewFile): Promise<number> {
    for (;;) {
      const row = await tx.row(
        { id: column.number },
        `INSERT INTO files (id, room_id, uploader_id, size, uploaded_at, expires_at, filename, storage_key,
           by_stranger, sha256)
         SELECT $7, $1, $2, $3, now, now + $4, $5, $6, $8, $9 FROM (SELECT ${NOW} AS now) AS clock
         ON CONFLICT (id) DO NOTHING RETURNING id`,
        [
          file.roomId,
          file.uploaderId,
          file.size,
          UNCLAIMED_LIFETIME,
          file.filename,
          file.storageKey,
          randomId(),
          file.byStranger,
          file.sha256,
        ],
      );
      if (row) return row.id;
    }
  }

  /**
   * A file of this room that has not expired, for somebody who may read it (protocol 6): a reader of the message that
   * claims it, before that only its uploader; of the room's image anybody who may access the room.
   */
  async find(roomId: number, id: number, reader: FileReader): Promise<StoredFile | undefined> {
    return this.database.row(
      STORED_FILE_COLUMNS,
      `SELECT f.filename, f.storage_key AS "storageKey", f.uploaded_at AS "uploadedAt",
         f.expires_at AS "expiresAt"
       FROM files f LEFT JOIN messages m ON m.id = f.message_id
       WHERE f.id = $3 AND f.room_id = $1 AND ${IS_ALIVE} AND ($4 OR ${IS_ROOM_IMAGE}
         OR CASE WHEN f.message_id IS NULL THEN f.uploader_id = $2
            ELSE m.data IS NOT NULL AND ${visibleTo(reader, '$2')} END)`,
      [roomId, reader.userId, id, reader.asRoomImage],
    );
  }

  /**
   * The SHA-256 of files of a room, as far as it is known.
   * @returns by id of the file
   */
  async hashesOf(tx: Transaction, roomId: number, ids: readonly number[]): Promise<Map<number, Buffer>> {
    const rows = await tx.rows(
      { id: column.number, sha256: column.bytes },
      'SELECT id, sha256 FROM files WHERE room_id = $1 AND id = ANY ($2) AND sha256 IS NOT NULL',
      [roomId, ids],
    );
    return new Map(rows.map(({ id, sha256 }) => [id, sha256]));
  }

  /**
   * The names under which files of a room were uploaded, those that have one.
   * @param token of the room, in whatever case
   * @returns by id of the file
   */
  async namesOf(tx: Transaction, token: string, ids: readonly number[]): Promise<Map<number, string>> {
    const rows = await tx.rows(
      { id: column.number, filename: column.text },
      `SELECT f.id, f.filename FROM files f JOIN rooms r ON r.id = f.room_id
       WHERE f.id = ANY ($2) AND lower(r.token) = lower($1) AND f.filename IS NOT NULL`,
      [token, ids],
    );
    return new Map(rows.map(({ id, filename }) => [id, filename]));
  }

  /**
   * Reads the usage of quotas by somebody's uploads, and by those to a room. It reads few rows, since quotas bound them.
   * @param uploaderId null: of somebody who has no row yet
   */
  async usageOf(reader: DatabaseReader, uploaderId: number | null, roomId: number): Promise<UploadUsage> {
    const usage = await reader.row(UPLOAD_USAGE_COLUMNS, USAGE, [
      uploaderId,
      roomId,
      DAY,
      RATE_PERIOD,
      UNCLAIMED_LIFETIME,
    ]);
    if (!usage) throw new Error('Sums gave no row');
    return usage;
  }

  /**
   * Gives files to messages of a room and a claimed file's lifetime to them; a pinned message's files get no end. Files
   * of other rooms or uploaders, claimed ones, room images and uploads older than an hour are passed over, as are
   * unknown ids. The first one of two messages that claim a file gets it; the row's lock decides between processes.
   * @param thenCommit whether the transaction ends with that; it does not when there is nothing to claim
   */
  async claim(
    tx: Transaction,
    roomId: number,
    claims: readonly FileClaim[],
    { thenCommit = false } = {},
  ): Promise<void> {
    if (claims.length === 0) return;
    const values = [
      roomId,
      claims.map(({ fileId }) => fileId),
      claims.map(({ uploaderId }) => uploaderId),
      claims.map(({ messageId }) => messageId),
      this.lifetime,
      UNCLAIMED_LIFETIME,
    ];
    await (thenCommit ? tx.rowsAndCommit({}, CLAIM_FILES, values) : tx.run(CLAIM_FILES, values));
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
   * Lets everything that people uploaded to a room expire at once, except the room's image.
   * @returns how many files had been alive
   */
  async expireOfUploaders(tx: Transaction, roomId: number, uploaderIds: readonly number[]): Promise<number> {
    return tx.run(
      `UPDATE files f SET expires_at = ${NOW}
       WHERE f.room_id = $1 AND f.uploader_id = ANY ($2) AND ${IS_ALIVE} AND NOT ${IS_ROOM_IMAGE}`,
      [roomId, uploaderIds],
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
   * Lets a file live without end, to become the room's image, which everyone sees: so no file of a whisper or of a
   * message that is not published.
   * @returns false when it is no such file of this room, or has expired
   */
  async keepAsRoomImage(tx: Transaction, roomId: number, id: number): Promise<boolean> {
    const kept = await tx.run(
      `UPDATE files f SET expires_at = NULL WHERE f.id = $2 AND f.room_id = $1 AND ${IS_ALIVE}
         AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = f.message_id AND NOT (${FOR_EVERYONE}))`,
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
    const rows = await tx.rows(
      { storageKey: column.text },
      `DELETE FROM files WHERE id IN (
         SELECT f.id FROM files f WHERE f.room_id IS NULL OR f.expires_at <= ${NOW}
         ORDER BY f.id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING storage_key AS "storageKey"`,
      [limit],
    );
    return rows.map((row) => row.storageKey);
  }

  /** Messages of a room that show some of these files, deleted ones left out, with their authors. */
  async shownBy(
    tx: Transaction,
    roomId: number,
    ids: readonly number[],
  ): Promise<{ id: number; userId: number; isWithdrawn: boolean }[]> {
    return tx.rows(
      { id: column.number, userId: column.number, isWithdrawn: column.boolean },
      `SELECT m.id, m.user_id AS "userId", m.state = 'withdrawn' AS "isWithdrawn" FROM messages m
       WHERE m.room_id = $1 AND (m.data IS NOT NULL OR m.state = 'withdrawn')
         AND m.id IN (SELECT f.message_id FROM files f WHERE f.id = ANY ($2)) ORDER BY m.id`,
      [roomId, ids],
    );
  }

  /**
   * Takes files from their room, so that nobody can read them and {@link deleteExpired} finds them.
   * @returns their storage keys
   */
  async disown(tx: Transaction, ids: readonly number[]): Promise<string[]> {
    const rows = await tx.rows(
      { storageKey: column.text },
      `UPDATE files SET room_id = NULL, message_id = NULL, expires_at = ${NOW} WHERE id = ANY ($1)
       RETURNING storage_key AS "storageKey"`,
      [ids],
    );
    return rows.map(({ storageKey }) => storageKey);
  }

  /** Finds those of these storage keys that no row has. */
  async unknownKeys(storageKeys: readonly string[]): Promise<string[]> {
    const rows = await this.database.rows(
      { storageKey: column.text },
      `SELECT key AS "storageKey" FROM unnest($1::text[]) AS stored (key)
       WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.storage_key = key)`,
      [storageKeys],
    );
    return rows.map((row) => row.storageKey);
  }

  /** A page of the files uploaded at least `seconds` ago, in the order of their storage keys, as a store lists them. */
  async olderThan(seconds: number, afterKey: string, limit: number): Promise<FileLocation[]> {
    return this.database.rows(
      FILE_LOCATION_COLUMNS,
      `SELECT f.id, f.storage_key AS "storageKey" FROM files f
       WHERE f.storage_key > $2 AND f.uploaded_at <= ${NOW} - $1 ORDER BY f.storage_key LIMIT $3`,
      [seconds, afterKey, limit],
    );
  }

  /** Deletes rows of files that are no room's image. */
  async delete(tx: Transaction, ids: readonly number[]): Promise<number> {
    return tx.run('DELETE FROM files WHERE id = ANY ($1)', [ids]);
  }
}
