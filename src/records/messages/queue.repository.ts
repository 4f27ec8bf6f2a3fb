import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader } from '../../foundation/database/database.js';
import { IS_HIDDEN, LATEST_TEXT } from './hidden.js';

/** A message or an edit that waits for a moderator. */
export interface WaitingEntry {
  /** The message's id. */
  id: number;
  /** Whether it is an edit of a published message, a message that reports have hidden, or one that nobody has seen yet. */
  what: 'edit' | 'hidden' | 'held';
  /** Values of `messages.likeness`. */
  likeness: readonly string[];
}

/** The particulars of something that waits. */
export interface WaitingText {
  /** The message's id. */
  id: number;
  /** Author's Session ID. */
  sessionId: string;
  /** When the message was posted, or when the edit was held; unix seconds. */
  postedAt: number;
  /** A `HoldReason`; null for one that was held before there were reasons. */
  heldFor: string | null;
  /** Without its padding. */
  data: Buffer;
}

/** Why something waits. */
export interface HeldReason {
  /** A `HoldReason`; null without one. */
  heldFor: string | null;
  /** The rule of staff that holds it, which may have gone. */
  ruleId: number | null;
}

const WAITING_COLUMNS: Columns<WaitingEntry> = {
  id: column.number,
  what: column.oneOf(['held', 'edit', 'hidden']),
  likeness: column.list(column.text),
};

const HELD_REASON_COLUMNS: Columns<HeldReason> = {
  heldFor: column.text.orNull,
  ruleId: column.number.orNull,
};

const WAITING_TEXT_COLUMNS: Columns<WaitingText> = {
  id: column.number,
  sessionId: column.text,
  postedAt: column.number,
  heldFor: column.text.orNull,
  data: column.bytes,
};

/** Messages and edits that are held, as moderators go through them. */
@Injectable()
export class QueueRepository {
  constructor(private readonly database: Database) {}

  /** All that waits in a room, by id. */
  async waiting(roomId: number, reader: DatabaseReader = this.database): Promise<WaitingEntry[]> {
    return reader.rows(
      WAITING_COLUMNS,
      `SELECT id, 'held' AS what, coalesce(likeness, '{}')::text[] AS likeness FROM messages
       WHERE room_id = $1 AND state = 'held' AND data IS NOT NULL
       UNION ALL
       SELECT m.id, 'hidden', coalesce(m.likeness, '{}')::text[] FROM messages m
       WHERE m.room_id = $1 AND ${IS_HIDDEN} AND EXISTS (${LATEST_TEXT})
       UNION ALL
       SELECT m.id, 'edit', '{}' FROM held_edits e JOIN messages m ON m.id = e.message_id
       WHERE m.room_id = $1 AND e.rejected_at IS NULL
       ORDER BY id`,
      [roomId],
    );
  }

  /** Why the latest message or edit of somebody that waits does so; undefined when none does. */
  async latestReason(roomId: number, userId: number): Promise<HeldReason | undefined> {
    return this.database.row(
      HELD_REASON_COLUMNS,
      `SELECT held_for AS "heldFor", rule_id AS "ruleId" FROM (
         SELECT posted_at AS at, held_for, rule_id FROM messages
         WHERE room_id = $1 AND user_id = $2 AND state = 'held' AND data IS NOT NULL
         UNION ALL
         SELECT e.held_at, e.held_for, e.rule_id FROM held_edits e JOIN messages m ON m.id = e.message_id
         WHERE m.room_id = $1 AND m.user_id = $2 AND e.rejected_at IS NULL
       ) AS waiting ORDER BY at DESC LIMIT 1`,
      [roomId, userId],
    );
  }

  /** The particulars of those of these that still wait, by id. */
  async texts(roomId: number, ids: readonly number[]): Promise<WaitingText[]> {
    return this.database.rows(
      WAITING_TEXT_COLUMNS,
      `SELECT w.id, u.session_id AS "sessionId", w.posted_at AS "postedAt", w.held_for AS "heldFor", w.data
       FROM (
         SELECT id, user_id, posted_at, held_for, data FROM messages
         WHERE id = ANY ($2) AND room_id = $1 AND state = 'held' AND data IS NOT NULL
         UNION ALL
         SELECT m.id, m.user_id, m.posted_at, m.held_for, latest.data
         FROM messages m CROSS JOIN LATERAL (${LATEST_TEXT}) AS latest
         WHERE m.id = ANY ($2) AND m.room_id = $1 AND ${IS_HIDDEN}
         UNION ALL
         SELECT m.id, m.user_id, e.held_at, e.held_for, e.data FROM held_edits e JOIN messages m ON m.id = e.message_id
         WHERE m.id = ANY ($2) AND m.room_id = $1 AND e.rejected_at IS NULL
       ) AS w JOIN users u ON u.id = w.user_id
       ORDER BY w.id`,
      [roomId, ids],
    );
  }
}
