import { Injectable } from '@nestjs/common';
import { CHALLENGED, type HoldReason } from '../defence/held.js';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { UNANSWERED } from './card.js';

/** Reasons of posts for which staff has decided already what becomes of such posts. */
const DECIDED: readonly HoldReason[] = ['muted', 'closed', 'sanction'];

/** Whether the row `m` of `messages` is held. */
const IS_HELD = `m.state = 'held' AND m.data IS NOT NULL`;

/** A held post of which moderators have not been told. */
export interface UntoldPost {
  id: number;
  /** Token of its room. */
  room: string;
  /** Author's Session ID. */
  sessionId: string;
  /** A `HoldReason`; null for one that was held before there were reasons. */
  heldFor: string | null;
  /** Without its padding. */
  data: Buffer;
  /** Whether it shows files that are here. */
  hasFiles: boolean;
}

const SETTLED_CARDS_COLUMNS = { room: column.text, subjects: column.list(column.text) };

const UNTOLD_POST_COLUMNS: Columns<UntoldPost> = {
  id: column.number,
  room: column.text,
  sessionId: column.text,
  heldFor: column.text.orNull,
  data: column.bytes,
  hasFiles: column.boolean,
};

/** Posts about which only a moderator can decide. */
@Injectable()
export class HeldPostsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Posts that no challenge helps with, or whose author has failed it, in rooms that are not guarded, oldest first.
   * @param kind of the cards about them
   * @param most cards that a room may have unanswered
   */
  async untold(kind: string, most: number): Promise<UntoldPost[]> {
    return this.database.rows(
      UNTOLD_POST_COLUMNS,
      `SELECT m.id, r.token AS room, u.session_id AS "sessionId", m.held_for AS "heldFor", m.data,
         EXISTS (SELECT 1 FROM files f WHERE f.message_id = m.id) AS "hasFiles"
       FROM messages m JOIN rooms r ON r.id = m.room_id JOIN users u ON u.id = m.user_id
         LEFT JOIN room_defences d ON d.room_id = m.room_id
         LEFT JOIN challenges h ON h.room_id = m.room_id AND h.user_id = m.user_id
       WHERE ${IS_HELD} AND d.state IS DISTINCT FROM 'guarded' AND m.held_for <> ALL ($4)
         AND (m.held_for <> ALL ($3) OR h.state = 'failed')
         AND NOT EXISTS (SELECT 1 FROM cards c WHERE c.room_id = m.room_id AND c.kind = $1 AND c.subject = m.id::text)
         AND (SELECT count(*) FROM cards c WHERE c.room_id = m.room_id AND c.kind = $1 AND c.state = ANY ($5)) < $2
       ORDER BY m.id LIMIT $2`,
      [kind, most, CHALLENGED, DECIDED, UNANSWERED],
    );
  }

  /** Unanswered cards about posts that are held no longer, by room token. */
  async settledElsewhere(kind: string): Promise<{ room: string; subjects: string[] }[]> {
    return this.database.rows(
      SETTLED_CARDS_COLUMNS,
      `SELECT r.token AS room, array_agg(c.subject) AS subjects FROM cards c JOIN rooms r ON r.id = c.room_id
       WHERE c.kind = $1 AND c.state = ANY ($2)
         AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = c.subject::bigint AND ${IS_HELD})
       GROUP BY r.id ORDER BY r.id`,
      [kind, UNANSWERED],
    );
  }
}
