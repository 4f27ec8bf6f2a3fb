import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader } from '../../foundation/database/database.js';

/** Seconds by which clients may round the time of the message that they quote. */
const ROUNDED = 0.001;
/** The newest messages of a room that are looked through for names. */
const LOOKED_THROUGH = 5_000;
/** People who are found by the beginning of their ID. */
const MOST_FOUND = 5;

/** A message as a command about it needs it. */
export interface SubjectMessage {
  id: number;
  userId: number;
  /** Author's Session ID. */
  sessionId: string;
  isServer: boolean;
  isDeleted: boolean;
  /** Whether everyone may read it or could before it was deleted; whispers and kept messages are others. */
  isForEveryone: boolean;
  /** Null for a deleted one. */
  data: Buffer | null;
  /** Milliseconds of its time, as clients quote it. */
  timestamp: number;
}

const MESSAGE = `SELECT m.id, m.user_id AS "userId", u.session_id AS "sessionId", u.is_server AS "isServer",
    m.data IS NULL AS "isDeleted", m.state IN ('published', 'withdrawn') AND m.whisper_to IS NULL AND NOT m.whisper_mods
      AS "isForEveryone", m.data, floor(m.posted_at * 1000) AS timestamp
  FROM messages m JOIN users u ON u.id = m.user_id`;

const SUBJECT_MESSAGE_COLUMNS: Columns<SubjectMessage> = {
  id: column.number,
  userId: column.number,
  sessionId: column.text,
  isServer: column.boolean,
  isDeleted: column.boolean,
  isForEveryone: column.boolean,
  data: column.bytes.orNull,
  timestamp: column.number,
};

/** Finds the people and messages that commands are about. */
@Injectable()
export class SubjectsRepository {
  constructor(private readonly database: Database) {}

  /** Messages of somebody in a room whose time is a quoted one (unix milliseconds), give or take one; nearest first. */
  async quoted(roomId: number, userId: number, timestamp: number): Promise<SubjectMessage[]> {
    const seconds = timestamp / 1000;
    return this.database.rows(
      SUBJECT_MESSAGE_COLUMNS,
      `${MESSAGE} WHERE m.room_id = $1 AND m.user_id = $2 AND m.posted_at >= $3 AND m.posted_at < $4
       ORDER BY abs(floor(m.posted_at * 1000) - $5::float8), m.id`,
      [roomId, userId, seconds - ROUNDED, seconds + 2 * ROUNDED, timestamp],
    );
  }

  /** A message of a room. */
  async message(
    roomId: number,
    id: number,
    reader: DatabaseReader = this.database,
  ): Promise<SubjectMessage | undefined> {
    return reader.row(SUBJECT_MESSAGE_COLUMNS, `${MESSAGE} WHERE m.room_id = $1 AND m.id = $2`, [roomId, id]);
  }

  /**
   * People whom the server knows by digits of their ID, those who have posted to the room first.
   * @param begins hex digits after those of the kind of ID
   * @param ends   hex digits at its end; may be none
   */
  async withDigits(roomId: number, begins: string, ends: string): Promise<string[]> {
    const rows = await this.database.rows(
      { sessionId: column.text },
      `SELECT u.session_id AS "sessionId" FROM users u
       WHERE substr(u.session_id, 3, $4) = $2 AND u.session_id LIKE '%' || $3 AND NOT u.is_server
       ORDER BY EXISTS (SELECT 1 FROM messages m WHERE m.room_id = $1 AND m.user_id = u.id) DESC, u.session_id
       LIMIT ${MOST_FOUND}`,
      [roomId, begins, ends, begins.length],
    );
    return rows.map(({ sessionId }) => sessionId);
  }

  /** The latest messages of people in a room, one for each of them, by which they can be named. */
  async latestOfEach(roomId: number): Promise<{ sessionId: string; data: Buffer }[]> {
    return this.database.rows(
      { sessionId: column.text, data: column.bytes },
      `SELECT u.session_id AS "sessionId", latest.data FROM (
         SELECT DISTINCT ON (recent.user_id) recent.user_id, recent.data FROM (
           SELECT m.id, m.user_id, m.data FROM messages m
           WHERE m.room_id = $1 AND m.data IS NOT NULL AND m.whisper_to IS NULL AND NOT m.whisper_mods
           ORDER BY m.id DESC LIMIT ${LOOKED_THROUGH}
         ) AS recent ORDER BY recent.user_id, recent.id DESC
       ) AS latest JOIN users u ON u.id = latest.user_id WHERE NOT u.is_server`,
      [roomId],
    );
  }

  /** The latest message of somebody in a room, by which they can be named. */
  async latestOf(roomId: number, sessionId: string): Promise<Buffer | null> {
    const row = await this.database.row(
      { data: column.bytes },
      `SELECT m.data FROM messages m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = $1 AND u.session_id = $2 AND m.data IS NOT NULL ORDER BY m.posted_at DESC LIMIT 1`,
      [roomId, sessionId],
    );
    return row?.data ?? null;
  }
}
