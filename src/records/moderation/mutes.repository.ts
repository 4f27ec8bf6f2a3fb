import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';

/** The circumstances of somebody's mute, as far as a room goes. */
export interface Mute {
  /** Null without one. */
  reason: string | null;
  /** Whether they were told of it, at once or when a post of theirs to the room was held for it. */
  isTold: boolean;
}

const MUTE_COLUMNS: Columns<Mute> = { reason: column.text.orNull, isTold: column.boolean };

/**
 * The latest mutes of people, those among them who are about to be banned and have been told so, as the log of events and the messages tell of them.
 */
@Injectable()
export class MutesRepository {
  /**
   * The latest mutes that hold in a room, of people who are muted.
   * @param token in whatever case
   * @returns by user id
   */
  async latest(tx: Transaction, token: string, userIds: readonly number[]): Promise<Map<number, Mute>> {
    const rows = await tx.rows(
      { ...MUTE_COLUMNS, id: column.number },
      `SELECT u.id, mute.reason, coalesce(mute.told, false) OR EXISTS (
         SELECT 1 FROM messages m
         WHERE m.room_id = r.id AND m.user_id = u.id AND m.held_for = 'muted' AND m.posted_at > coalesce(mute.at, 0)
       ) AS "isTold"
       FROM rooms r CROSS JOIN users u LEFT JOIN LATERAL (
         SELECT e.at, e.after ->> 'reason' AS reason, coalesce((e.after ->> 'told')::boolean, e.kind = 'ban') AS told FROM events e
         WHERE e.target = u.session_id AND (e.kind = 'mute' OR e.kind = 'ban' AND e.after ->> 'readsUntil' IS NOT NULL) AND (e.room IS NULL OR e.room = r.token)
         ORDER BY e.id DESC LIMIT 1
       ) AS mute ON true
       WHERE lower(r.token) = lower($1) AND u.id = ANY ($2)`,
      [token, userIds],
    );
    return new Map(rows.map(({ id, ...mute }) => [id, mute]));
  }
}
