import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { UNANSWERED } from './card.js';

/** The subject of a card about the edit `e`: another edit of the same message is another subject. */
const SUBJECT = `e.message_id || ' ' || floor(e.held_at * 1000)::bigint`;

const IS_WAITING = `e.rejected_at IS NULL`;

/** An edit that waits for a moderator, and of which they have not been told. */
export interface UntoldEdit {
  /** The message that it would change. */
  messageId: number;
  /** Tells it from other edits of the message. */
  subject: string;
  /** Token of its room. */
  room: string;
  /** Author's Session ID. */
  sessionId: string;
  /** The content that the message would have, without its padding. */
  data: Buffer;
}

const SETTLED_CARDS_COLUMNS = { room: column.text, subjects: column.list(column.text) };

const UNTOLD_EDIT_COLUMNS: Columns<UntoldEdit> = {
  messageId: column.number,
  subject: column.text,
  room: column.text,
  sessionId: column.text,
  data: column.bytes,
};

/** Cards about edits that are held. */
@Injectable()
export class HeldEditCardsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Edits in rooms that are not guarded, oldest first.
   * @param kind of the cards about them
   * @param most cards that a room may have unanswered
   */
  async untold(kind: string, most: number): Promise<UntoldEdit[]> {
    return this.database.rows(
      UNTOLD_EDIT_COLUMNS,
      `SELECT e.message_id AS "messageId", ${SUBJECT} AS subject, r.token AS room, u.session_id AS "sessionId", e.data
       FROM held_edits e JOIN messages m ON m.id = e.message_id JOIN rooms r ON r.id = m.room_id
         JOIN users u ON u.id = m.user_id LEFT JOIN room_defences d ON d.room_id = m.room_id
       WHERE ${IS_WAITING} AND d.state IS DISTINCT FROM 'guarded'
         AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.room_id = m.room_id AND c.kind = $1 AND c.subject = ${SUBJECT})
         AND (SELECT count(*) FROM cards c WHERE c.room_id = m.room_id AND c.kind = $1 AND c.state = ANY ($3)) < $2
       ORDER BY e.held_at LIMIT $2`,
      [kind, most, UNANSWERED],
    );
  }

  /** Unanswered cards about edits that wait no longer, or that newer ones have replaced, by room token. */
  async settledElsewhere(kind: string): Promise<{ room: string; subjects: string[] }[]> {
    return this.database.rows(
      SETTLED_CARDS_COLUMNS,
      `SELECT r.token AS room, array_agg(c.subject) AS subjects FROM cards c JOIN rooms r ON r.id = c.room_id
       WHERE c.kind = $1 AND c.state = ANY ($2)
         AND NOT EXISTS (SELECT 1 FROM held_edits e WHERE e.message_id = split_part(c.subject, ' ', 1)::bigint
           AND ${SUBJECT} = c.subject AND ${IS_WAITING})
       GROUP BY r.id ORDER BY r.id`,
      [kind, UNANSWERED],
    );
  }

  /** Whether the edit that a card is about still waits. The transaction holds the room's lock. */
  async isWaiting(tx: Transaction, messageId: number, subject: string): Promise<boolean> {
    return tx.exists(
      `SELECT FROM held_edits e WHERE e.message_id = $1 AND ${SUBJECT} = $2 AND ${IS_WAITING}`,
      [messageId, subject],
    );
  }
}
