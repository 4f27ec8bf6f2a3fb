import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { IS_ALIVE } from './files.repository.js';

/** A file whose bytes are to be looked at. */
export interface UnknownFile {
  id: number;
  /** Token of its room. */
  room: string;
  storageKey: string;
  /** Bytes. */
  size: number;
  /** Null for a file of an older version or an import. */
  sha256: Buffer | null;
  /** The message that shows it; null without one. */
  messageId: number | null;
}

/** A file with all that is known of where it came from. */
export interface FileOrigin extends UnknownFile {
  filename: string | null;
  /** Session ID. */
  uploader: string | null;
  /** Unix seconds. */
  uploadedAt: number;
}

/** The outcome of a look at the bytes of a file. */
export interface FileLook {
  sha256: Buffer;
  /** Null for what is no picture. */
  pictureHash: Buffer | null;
  /** Whether the picture is like a forbidden one. */
  resembles: boolean;
}

/** A picture that was looked at. */
export interface KnownPicture extends Pick<UnknownFile, 'id' | 'room' | 'messageId'> {
  pictureHash: Buffer;
}

const FILE = `f.id, r.token AS room, f.storage_key AS "storageKey", f.size, f.sha256, f.message_id AS "messageId"`;

const UNKNOWN_FILE_COLUMNS: Columns<UnknownFile> = {
  id: column.number,
  room: column.text,
  storageKey: column.text,
  size: column.number,
  sha256: column.bytes.orNull,
  messageId: column.number.orNull,
};

const FILE_ORIGIN_COLUMNS: Columns<FileOrigin> = {
  ...UNKNOWN_FILE_COLUMNS,
  filename: column.text.orNull,
  uploader: column.text.orNull,
  uploadedAt: column.number,
};

const KNOWN_PICTURE_COLUMNS: Columns<KnownPicture> = {
  pictureHash: column.bytes,
  id: column.number,
  room: column.text,
  messageId: column.number.orNull,
};

/** Hashes of files that are made outside of requests. */
@Injectable()
export class LookedAtFilesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Files that nobody has looked at, the latest first, because those are being posted.
   * @param withPictures whether pictures are looked at, too; otherwise only files without SHA-256 are
   */
  async unknown(limit: number, { withPictures }: { withPictures: boolean }): Promise<UnknownFile[]> {
    return this.database.rows(
      UNKNOWN_FILE_COLUMNS,
      `SELECT ${FILE} FROM files f JOIN rooms r ON r.id = f.room_id
       WHERE ${withPictures ? 'NOT f.is_looked_at' : 'f.sha256 IS NULL AND NOT f.is_looked_at'} AND ${IS_ALIVE}
       ORDER BY f.uploaded_at DESC, f.id LIMIT $1`,
      [limit],
    );
  }

  /** Files by their ids, those that have expired left out. */
  async byIds(ids: readonly number[]): Promise<FileOrigin[]> {
    return this.database.rows(
      FILE_ORIGIN_COLUMNS,
      `SELECT ${FILE}, f.filename, u.session_id AS uploader, f.uploaded_at AS "uploadedAt"
       FROM files f JOIN rooms r ON r.id = f.room_id LEFT JOIN users u ON u.id = f.uploader_id
       WHERE f.id = ANY ($1) AND ${IS_ALIVE} ORDER BY f.id`,
      [ids],
    );
  }

  /** Files that a message shows. */
  async ofMessage(reader: DatabaseReader, roomId: number, messageId: number): Promise<number[]> {
    const rows = await reader.rows(
      { id: column.number },
      `SELECT f.id FROM files f WHERE f.message_id = $2 AND f.room_id = $1 AND ${IS_ALIVE} ORDER BY f.id`,
      [roomId, messageId],
    );
    return rows.map(({ id }) => id);
  }

  /** A page of pictures that were looked at, by id. */
  async pictures(afterId: number, limit: number): Promise<KnownPicture[]> {
    return this.database.rows(
      KNOWN_PICTURE_COLUMNS,
      `SELECT f.id, r.token AS room, f.message_id AS "messageId", f.picture_hash AS "pictureHash"
       FROM files f JOIN rooms r ON r.id = f.room_id
       WHERE f.id > $1 AND f.picture_hash IS NOT NULL AND NOT f.resembles AND ${IS_ALIVE} ORDER BY f.id LIMIT $2`,
      [afterId, limit],
    );
  }

  /** Notes what a look at a file has told. */
  async save(tx: Transaction, id: number, { sha256, pictureHash, resembles }: FileLook): Promise<void> {
    await tx.run(
      `UPDATE files SET sha256 = $2, picture_hash = $3, resembles = $4, is_looked_at = true WHERE id = $1`,
      [id, sha256, pictureHash, resembles],
    );
  }

  /** Notes of a file without bytes that there is nothing to look at. */
  async skip(id: number): Promise<void> {
    await this.database.run('UPDATE files SET is_looked_at = true WHERE id = $1', [id]);
  }

  /** Notes that a picture is like a forbidden one. */
  async markResembling(tx: Transaction, id: number): Promise<void> {
    await tx.run('UPDATE files SET resembles = true WHERE id = $1', [id]);
  }

  /** The message that shows a file now, unless its author is of staff; undefined without one. The room's lock keeps it so. */
  async messageOfMember(tx: Transaction, id: number): Promise<number | undefined> {
    const row = await tx.row(
      { id: column.number },
      `SELECT m.id FROM files f JOIN messages m ON m.id = f.message_id JOIN users u ON u.id = m.user_id
         LEFT JOIN permission_overrides o ON o.room_id = m.room_id AND o.user_id = u.id
       WHERE f.id = $1 AND NOT u.moderator AND o.moderator IS NOT TRUE`,
      [id],
    );
    return row?.id;
  }

  /**
   * Those of these files of a room that look like forbidden pictures.
   * @param token of the room, in whatever case
   */
  async resembling(tx: Transaction, token: string, ids: readonly number[]): Promise<Set<number>> {
    const rows = await tx.rows(
      { id: column.number },
      `SELECT f.id FROM files f JOIN rooms r ON r.id = f.room_id
       WHERE f.id = ANY ($2) AND lower(r.token) = lower($1) AND f.resembles`,
      [token, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
