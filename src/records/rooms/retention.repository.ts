import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** A room that does not keep everything. Times in seconds; 0 is without an end. */
export interface KeepingRoom {
  token: string;
  keepMessages: number;
  keepFiles: number;
}

/** Old messages of a room, in the order of their ids. */
export interface OldMessages {
  /** Those that are not pinned. */
  ids: number[];
  /** The last one that was looked at; null when there are no more. */
  last: number | null;
}

const IS_PINNED = 'EXISTS (SELECT 1 FROM pinned_messages p WHERE p.message_id = m.id)';

const KEEPING_ROOM_COLUMNS: Columns<KeepingRoom> = {
  token: column.text,
  keepMessages: column.number,
  keepFiles: column.number,
};

/** Messages and files of rooms that keep them for a time only. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly database: Database) {}

  /** Rooms with a time of their own. */
  async rooms(): Promise<KeepingRoom[]> {
    return this.database.rows(
      KEEPING_ROOM_COLUMNS,
      `SELECT token, coalesce((settings->>'keepMessages')::float8, 0) AS "keepMessages",
         coalesce((settings->>'keepFiles')::float8, 0) AS "keepFiles"
       FROM rooms WHERE settings ?| array['keepMessages', 'keepFiles'] ORDER BY id`,
    );
  }

  /**
   * Finds a page of messages of a room that are older than this, those that were deleted left out. Ids grow with time, so it reads
   * no others. Rows are compared with the room and an id at once, because that has one index only: PostgreSQL may take a room's
   * first messages for the first ones of the table otherwise, and read those of all rooms that were there before.
   * @param seconds how old
   * @param after   the id behind which it begins; 0 for the first page
   */
  async oldMessages(roomId: number, seconds: number, after: number, limit: number): Promise<OldMessages> {
    const rows = await this.database.rows(
      { id: column.number, isPinned: column.boolean },
      `SELECT id, "isPinned" FROM (
         SELECT m.id, m.posted_at AS at, ${IS_PINNED} AS "isPinned" FROM messages m
         WHERE (m.room_id, m.id) > ($1, $3) AND m.room_id <= $1 AND m.data IS NOT NULL
         ORDER BY m.room_id, m.id LIMIT $4) AS live
       WHERE at < ${NOW} - $2::float8 ORDER BY id`,
      [roomId, seconds, after, limit],
    );
    return {
      ids: rows.flatMap(({ id, isPinned }) => (isPinned ? [] : [id])),
      last: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
    };
  }

  /** Finds what is left of messages of a room that were deleted longer ago than this. @param seconds how long */
  async oldDeleted(roomId: number, seconds: number, limit: number): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT id FROM (
         SELECT m.id, greatest(m.edited_at, m.posted_at) AS at FROM messages m
         WHERE m.room_id = $1 AND m.data IS NULL ORDER BY m.seqno_data LIMIT $3) AS deleted
       WHERE at < ${NOW} - $2::float8`,
      [roomId, seconds, limit],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Removes messages of a room that the transaction has locked, with all that belongs to them, unless they have been pinned
   * meanwhile. No seqno tells of it. Their files expire.
   * @returns how many
   */
  async remove(tx: Transaction, ids: readonly number[]): Promise<number> {
    const rows = await tx.rows(
      { id: column.number },
      `SELECT m.id FROM messages m WHERE m.id = ANY ($1) AND NOT ${IS_PINNED}`,
      [ids],
    );
    const gone = rows.map(({ id }) => id);
    await tx.run(
      `UPDATE files f SET message_id = NULL, expires_at = least(f.expires_at, ${NOW})
       WHERE f.message_id = ANY ($1) AND NOT EXISTS (SELECT 1 FROM rooms r WHERE r.image_id = f.id)`,
      [gone],
    );
    return tx.run('DELETE FROM messages WHERE id = ANY ($1)', [gone]);
  }

  /**
   * Lets files of a room expire that are older than this, but for the room's image and those of pinned messages.
   * @param seconds how old
   * @returns how many, `limit` at most
   */
  async expireFiles(tx: Transaction, roomId: number, seconds: number, limit: number): Promise<number> {
    return tx.run(
      `UPDATE files SET expires_at = ${NOW} WHERE id IN (
         SELECT f.id FROM files f
         WHERE f.room_id = $1 AND f.uploaded_at < ${NOW} - $2::float8 AND (f.expires_at IS NULL OR f.expires_at > ${NOW})
           AND NOT EXISTS (SELECT 1 FROM rooms r WHERE r.image_id = f.id)
           AND NOT EXISTS (SELECT 1 FROM pinned_messages p WHERE p.message_id = f.message_id)
         ORDER BY f.uploaded_at LIMIT $3)`,
      [roomId, seconds, limit],
    );
  }
}
