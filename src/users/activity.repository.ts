import { Injectable } from '@nestjs/common';
import { type Reader, type Transaction } from '../database/database.js';

/** A user's latest visit to a room; `at` in unix seconds. */
export interface Visit {
  roomId: number;
  userId: number;
  at: number;
}

/** When users were last active, on the server and in each room. */
@Injectable()
export class ActivityRepository {
  /** Records visits; never moves a time back, and leaves out who was banned or whose room was deleted since. */
  async record(tx: Transaction, visits: readonly Visit[]): Promise<void> {
    const columns = [
      visits.map((visit) => visit.roomId),
      visits.map((visit) => visit.userId),
      visits.map((visit) => visit.at),
    ];
    // In one order everywhere, so that two processes recording the same people can't deadlock.
    await tx.run(
      `INSERT INTO room_users (room_id, user_id, last_active_at)
       SELECT visit.room_id, visit.user_id, visit.at
       FROM unnest($1::bigint[], $2::bigint[], $3::float8[]) AS visit (room_id, user_id, at)
         JOIN rooms ON rooms.id = visit.room_id
         LEFT JOIN permission_overrides o ON o.room_id = visit.room_id AND o.user_id = visit.user_id
       WHERE o.banned IS NOT TRUE
       ORDER BY visit.room_id, visit.user_id
       ON CONFLICT (room_id, user_id) DO UPDATE
         SET last_active_at = greatest(room_users.last_active_at, excluded.last_active_at)`,
      columns,
    );
    await tx.run(
      `UPDATE users SET last_active_at = latest.at
       FROM (
         SELECT locked.id, visit.at
         FROM (
           SELECT user_id, max(at) AS at FROM unnest($1::bigint[], $2::float8[]) AS visit (user_id, at)
           GROUP BY user_id
         ) AS visit
         JOIN LATERAL (SELECT id FROM users WHERE id = visit.user_id FOR NO KEY UPDATE) AS locked ON true
         ORDER BY locked.id
       ) AS latest
       WHERE users.id = latest.id AND users.last_active_at < latest.at`,
      columns.slice(1),
    );
  }

  /** Whether a user has visited or posted to a room that is none of these. */
  async hasUsedOtherRooms(reader: Reader, userId: number, roomIds: readonly number[]): Promise<boolean> {
    const room = await reader.row(
      `SELECT 1 FROM rooms r
       WHERE r.id <> ALL ($2::bigint[]) AND (
         EXISTS (SELECT 1 FROM room_users v WHERE v.room_id = r.id AND v.user_id = $1)
         OR EXISTS (SELECT 1 FROM messages m WHERE m.room_id = r.id AND m.user_id = $1)
       )
       LIMIT 1`,
      [userId, roomIds],
    );
    return room !== undefined;
  }
}
