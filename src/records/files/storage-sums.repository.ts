import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** Bytes of files that are kept. */
export interface StorageSums {
  /** Bytes of one person's files. */
  user: number;
  /** Bytes of one room's files. */
  room: number;
  /** Bytes of the files of all rooms. */
  server: number;
}

/** The room and the person whose files are asked for. */
export interface StoredFor {
  roomId: number;
  /** Null for somebody who has no row yet, and so no files. */
  userId: number | null;
}

/** A room that is nearly full, or was. */
export interface FillingRoom {
  roomId: number;
  token: string;
}

/** How full a room is. */
export interface RoomStorage {
  files: number;
  bytes: number;
  /** Whether its moderators have been told that it is nearly full. */
  isWarned: boolean;
}

/** Files that have expired and whose row is still there: the job of expired files deletes some hundreds at a time. */
const MOST_EXPIRED = 10_000;

const STORAGE_SUMS_COLUMNS: Columns<StorageSums> = {
  user: column.number,
  room: column.number,
  server: column.number,
};

const FILLING_ROOM_COLUMNS: Columns<FillingRoom> = { roomId: column.number, token: column.text };

const ROOM_STORAGE_COLUMNS: Columns<RoomStorage> = {
  files: column.number,
  bytes: column.number,
  isWarned: column.boolean,
};

/** The bytes of rooms and people, which triggers count in `room_storage` and `user_storage` with each change of `files`. */
@Injectable()
export class StorageSumsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Sums over all files that have a row, be they expired. Under the room's lock that of the room can only become smaller, under
   * the person's that of the person, under that of `upload_totals` that of the server.
   */
  async kept(reader: DatabaseReader, { roomId, userId }: StoredFor): Promise<StorageSums> {
    return only(
      await reader.row(
        STORAGE_SUMS_COLUMNS,
        `SELECT coalesce((SELECT bytes FROM user_storage WHERE user_id = $2), 0)::float8 AS "user",
           coalesce((SELECT bytes FROM room_storage WHERE room_id = $1), 0)::float8 AS room,
           (SELECT coalesce(sum(bytes), 0) FROM room_storage)::float8 AS server`,
        [roomId, userId],
      ),
    );
  }

  /** Sums over files that have expired, which take nobody's place: those that expired first, if there are very many. */
  async expired(reader: DatabaseReader, { roomId, userId }: StoredFor): Promise<StorageSums> {
    return only(
      await reader.row(
        STORAGE_SUMS_COLUMNS,
        `SELECT coalesce(sum(size) FILTER (WHERE uploader_id = $2), 0)::float8 AS "user",
           coalesce(sum(size) FILTER (WHERE room_id = $1), 0)::float8 AS room,
           coalesce(sum(size) FILTER (WHERE room_id IS NOT NULL), 0)::float8 AS server
         FROM (SELECT size, uploader_id, room_id FROM files WHERE expires_at <= ${NOW}
           ORDER BY expires_at LIMIT $3) AS expired`,
        [roomId, userId, MOST_EXPIRED],
      ),
    );
  }

  /** Files and bytes of a room that have not expired. */
  async ofRoom(roomId: number): Promise<{ files: number; bytes: number }> {
    return only(
      await this.database.row(
        { files: column.number, bytes: column.number },
        `SELECT count(*) AS files, coalesce(sum(size), 0)::float8 AS bytes FROM files
         WHERE room_id = $1 AND (expires_at IS NULL OR expires_at > ${NOW})`,
        [roomId],
      ),
    );
  }

  /** Files and bytes of all rooms, expired ones included until they are removed. */
  async ofServer(): Promise<{ files: number; bytes: number }> {
    return only(
      await this.database.row(
        { files: column.number, bytes: column.number },
        'SELECT coalesce(sum(files), 0)::float8 AS files, coalesce(sum(bytes), 0)::float8 AS bytes FROM room_storage',
      ),
    );
  }

  /**
   * Rooms whose moderators should learn that they are nearly full, or that were and are not any more.
   * @param limit of rooms that have none of their own, in bytes; 0 for none
   * @param full  the part of a limit above which a room is nearly full
   * @param empty the part of it below which it is not any more
   */
  async filling(limit: number, full: number, empty: number): Promise<FillingRoom[]> {
    return this.database.rows(
      FILLING_ROOM_COLUMNS,
      `SELECT "roomId", token FROM (
         SELECT s.room_id AS "roomId", r.token, s.bytes, s.warned_at,
           coalesce((r.settings->>'storageBytesPerRoom')::float8, $1) AS "limit"
         FROM room_storage s JOIN rooms r ON r.id = s.room_id) AS kept
       WHERE CASE WHEN warned_at IS NULL THEN "limit" > 0 AND bytes >= "limit" * $2
         ELSE "limit" = 0 OR bytes < "limit" * $3 END
       ORDER BY "roomId"`,
      [limit, full, empty],
    );
  }

  /** The sum of a room that the transaction has locked. */
  async lockRoom(tx: Transaction, roomId: number): Promise<RoomStorage | undefined> {
    return tx.row(
      ROOM_STORAGE_COLUMNS,
      `SELECT files, bytes, warned_at IS NOT NULL AS "isWarned" FROM room_storage WHERE room_id = $1 FOR NO KEY UPDATE`,
      [roomId],
    );
  }

  /** Notes whether a room's moderators know that it is nearly full. */
  async setWarned(tx: Transaction, roomId: number, isWarned: boolean): Promise<void> {
    await tx.run(`UPDATE room_storage SET warned_at = CASE WHEN $2 THEN ${NOW} END WHERE room_id = $1`, [
      roomId,
      isWarned,
    ]);
  }
}

function only<Row>(row: Row | undefined): Row {
  if (!row) throw new Error('Sums gave no row');
  return row;
}
