import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { isTimeout } from '../../foundation/database/errors.js';
import { FOR_EVERYONE } from './visible-to.js';

/** A room with messages whose words have not been read. */
export interface UnreadRoom {
  id: number;
  /** Its counter of changes. */
  sequence: number;
}

/** A message whose words are to be read, or forgotten when it is not for everyone. */
export interface UnreadMessage {
  id: number;
  seqnoData: number;
  /** Without its padding; null when its words are forgotten. */
  data: Buffer | null;
}

/** The words of a message. */
export interface ReadWords {
  id: number;
  seqnoData: number;
  /** As `tsvector` is written. */
  words: string;
}

/** A page of results. */
export interface ResultsRange {
  /** As `tsquery` is written. */
  query: string;
  /** Results have lower ids. */
  before: number;
  limit: number;
}

/** Everyone may read the room `r`. */
const IS_PUBLIC = 'r.default_read';

/**
 * Messages of a room that are looked through one by one before the index of words is asked: a word that is common is found
 * among them, and of one that is not, the index has few.
 */
const LATEST = 2_000;

/** Milliseconds that the index of words may be asked for. */
const LONGEST_SEARCH = 500;

/** Words that the index finds may be of messages that have changed since they were read. */
const CHANGED_MEANWHILE = 100;

const BY_INDEX = `
  WITH found AS MATERIALIZED (
    SELECT message_id, seqno_data FROM message_words
    WHERE words @@ $3::tsquery AND room_id = $1 AND message_id < $2
  ), newest AS MATERIALIZED (
    SELECT message_id, seqno_data FROM found ORDER BY message_id DESC LIMIT $5
  )
  SELECT m.id FROM newest w JOIN messages m ON m.id = w.message_id AND m.seqno_data = w.seqno_data
  WHERE m.data IS NOT NULL AND ${FOR_EVERYONE}
  ORDER BY m.id DESC LIMIT $4`;

const UNREAD_ROOM_COLUMNS: Columns<UnreadRoom> = { id: column.number, sequence: column.number };

const UNREAD_MESSAGE_COLUMNS: Columns<UnreadMessage> = {
  id: column.number,
  seqnoData: column.number,
  data: column.bytes.orNull,
};

/** The table of words of public messages. */
@Injectable()
export class MessageWordsRepository {
  constructor(private readonly database: Database) {}

  /** The public rooms in which something has changed since their words were read. */
  unreadRooms(): Promise<UnreadRoom[]> {
    return this.database.rows(
      UNREAD_ROOM_COLUMNS,
      `SELECT r.id, r.message_sequence AS sequence FROM rooms r LEFT JOIN searched_rooms s ON s.room_id = r.id
       WHERE ${IS_PUBLIC} AND r.message_sequence > coalesce(s.seqno, 0) ORDER BY r.id`,
    );
  }

  /**
   * Takes a room to read words in, unless another process does.
   * @returns the counter up to which its words were read; undefined when the room is taken or gone
   */
  async take(tx: Transaction, roomId: number): Promise<number | undefined> {
    await tx.run(
      `INSERT INTO searched_rooms (room_id, seqno) SELECT id, 0 FROM rooms r WHERE id = $1 AND ${IS_PUBLIC}
       ON CONFLICT DO NOTHING`,
      [roomId],
    );
    const row = await tx.row(
      { seqno: column.number },
      'SELECT seqno FROM searched_rooms WHERE room_id = $1 FOR UPDATE SKIP LOCKED',
      [roomId],
    );
    return row?.seqno;
  }

  /** The next messages of a room after a counter, in order of their latest change. */
  unread(tx: Transaction, roomId: number, after: number, limit: number): Promise<UnreadMessage[]> {
    return tx.rows(
      UNREAD_MESSAGE_COLUMNS,
      `SELECT m.id, m.seqno_data AS "seqnoData", CASE WHEN ${FOR_EVERYONE} THEN m.data END AS data
       FROM messages m WHERE m.room_id = $1 AND m.seqno_data > $2 ORDER BY m.seqno_data LIMIT $3`,
      [roomId, after, limit],
    );
  }

  /**
   * Keeps the words of messages in place of former ones; empty ones are forgotten. A message that has changed meanwhile is
   * read again.
   * @param seqno the counter up to which the words of the room have been read now
   */
  async keep(tx: Transaction, roomId: number, words: readonly ReadWords[], seqno: number): Promise<void> {
    const ids = words.map(({ id }) => id);
    await tx.run('DELETE FROM message_words WHERE message_id = ANY ($1)', [ids]);
    await tx.run(
      `INSERT INTO message_words (message_id, room_id, seqno_data, words)
       SELECT m.id, $1, m.seqno_data, new.words::tsvector
       FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS new (id, seqno_data, words)
         JOIN messages m ON m.id = new.id AND m.room_id = $1 AND m.seqno_data = new.seqno_data
           AND m.data IS NOT NULL AND ${FOR_EVERYONE}
       WHERE new.words <> ''`,
      [roomId, ids, words.map(({ seqnoData }) => seqnoData), words.map((message) => message.words)],
    );
    await tx.run('UPDATE searched_rooms SET seqno = $2 WHERE room_id = $1', [roomId, seqno]);
  }

  /** The rooms whose words are kept although not everyone may read them, or all rooms with words. */
  async closedRooms(all: boolean): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT s.room_id AS id FROM searched_rooms s JOIN rooms r ON r.id = s.room_id WHERE $1 OR NOT ${IS_PUBLIC}`,
      [all],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Forgets words of a room.
   * @returns of how many messages; fewer than `limit` when that was all, and the room is read anew then once it is public
   */
  async forget(tx: Transaction, roomId: number, limit: number): Promise<number> {
    const taken = await tx.exists('SELECT FROM searched_rooms WHERE room_id = $1 FOR UPDATE SKIP LOCKED', [
      roomId,
    ]);
    if (!taken) return 0;
    const forgotten = await tx.run(
      `DELETE FROM message_words WHERE message_id IN (
         SELECT message_id FROM message_words WHERE room_id = $1 LIMIT $2
       )`,
      [roomId, limit],
    );
    if (forgotten < limit) await tx.run('DELETE FROM searched_rooms WHERE room_id = $1', [roomId]);
    return forgotten;
  }

  /** The newest messages of a room that have words and are still as they were when their words were read. */
  async search(roomId: number, page: ResultsRange): Promise<number[]> {
    const [latest, { oldest } = { oldest: null }] = await Promise.all([
      this.amongLatest(roomId, page),
      this.database.row(
        { oldest: column.number.orNull },
        `SELECT min(message_id) AS oldest FROM (
           SELECT message_id FROM message_words WHERE room_id = $1 AND message_id < $2
           ORDER BY message_id DESC LIMIT ${LATEST}
         ) AS latest HAVING count(*) = ${LATEST}`,
        [roomId, page.before],
      ),
    ]);
    const missing = page.limit - latest.length;
    if (missing <= 0 || oldest === null) return latest;
    return [...latest, ...(await this.byIndex(roomId, { ...page, before: oldest, limit: missing }))];
  }

  private async amongLatest(roomId: number, { query, before, limit }: ResultsRange): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT m.id FROM (
         SELECT message_id, seqno_data, words FROM message_words
         WHERE room_id = $1 AND message_id < $2 ORDER BY message_id DESC LIMIT ${LATEST}
       ) AS w JOIN messages m ON m.id = w.message_id AND m.seqno_data = w.seqno_data
       WHERE w.words @@ $3::tsquery AND m.data IS NOT NULL AND ${FOR_EVERYONE}
       ORDER BY m.id DESC LIMIT $4`,
      [roomId, before, query, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Asks the index. Such a search is stopped when it takes long: then the results are those among the latest messages. */
  private async byIndex(roomId: number, { query, before, limit }: ResultsRange): Promise<number[]> {
    try {
      const rows = await this.database.transact(async (tx) => {
        await tx.run(`SET LOCAL statement_timeout = ${LONGEST_SEARCH}`);
        return tx.rows({ id: column.number }, BY_INDEX, [
          roomId,
          before,
          query,
          limit,
          limit + CHANGED_MEANWHILE,
        ]);
      });
      return rows.map(({ id }) => id);
    } catch (error) {
      if (isTimeout(error)) return [];
      throw error;
    }
  }
}
