import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { takesLocks } from '../locks/lock-order.js';
import { NOW } from '../../foundation/database/now.js';

/** A user's latest visit to a room; `at` in unix seconds. */
export interface LatestVisit {
  roomId: number;
  userId: number;
  at: number;
}

/** How many users count as active in a room. */
export interface ActiveUsers {
  roomId: number;
  count: number;
}

const ACTIVE_USERS_COLUMNS: Columns<ActiveUsers> = { roomId: column.number, count: column.number };

/** When users were last active, on the server and in each room. */
@Injectable()
export class ActivityRepository {
  constructor(private readonly database: Database) {}

  /** Records visits; never moves a time back, and leaves out those to rooms that were deleted since. */
  async record(tx: Transaction, visits: readonly LatestVisit[]): Promise<void> {
    const columns = [
      visits.map((visit) => visit.roomId),
      visits.map((visit) => visit.userId),
      visits.map((visit) => visit.at),
    ];
    // Users first and by id, so that this can't deadlock with others that lock them: new rows refer to them, too.
    takesLocks(tx, 'users', columns[1] ?? []);
    await tx.run(
      `UPDATE users SET last_active_at = latest.at
       FROM (
         SELECT locked.id, visit.at
         FROM (
           SELECT user_id, max(at) AS at FROM unnest($1::bigint[], $2::float8[]) AS visit (user_id, at)
           GROUP BY user_id ORDER BY user_id
         ) AS visit
         JOIN LATERAL (SELECT id FROM users WHERE id = visit.user_id FOR NO KEY UPDATE) AS locked ON true
         ORDER BY locked.id
       ) AS latest
       WHERE users.id = latest.id AND users.last_active_at < latest.at`,
      columns.slice(1),
    );
    await tx.run(
      `INSERT INTO room_users (room_id, user_id, last_active_at)
       SELECT visit.room_id, visit.user_id, visit.at
       FROM unnest($1::bigint[], $2::bigint[], $3::float8[]) AS visit (room_id, user_id, at)
         JOIN rooms ON rooms.id = visit.room_id
       ORDER BY visit.room_id, visit.user_id
       ON CONFLICT (room_id, user_id) DO UPDATE
         SET last_active_at = greatest(room_users.last_active_at, excluded.last_active_at)`,
      columns,
    );
  }

  /** Whether a user has visited or posted to a room that is none of these. */
  async hasUsedOtherRooms(
    reader: DatabaseReader,
    userId: number,
    roomIds: readonly number[],
  ): Promise<boolean> {
    return reader.exists(
      `SELECT FROM rooms r
       WHERE r.id <> ALL ($2::bigint[]) AND (
         EXISTS (SELECT 1 FROM room_users v WHERE v.room_id = r.id AND v.user_id = $1)
         OR EXISTS (SELECT 1 FROM messages m WHERE m.room_id = r.id AND m.user_id = $1)
       )
       LIMIT 1`,
      [userId, roomIds],
    );
  }

  /** Whether a user has visited or posted to a room, as far as it is remembered. */
  async hasUsed(roomId: number, userId: number): Promise<boolean> {
    return this.database.exists(
      `SELECT WHERE EXISTS (SELECT 1 FROM room_users WHERE room_id = $1 AND user_id = $2)
         OR EXISTS (SELECT 1 FROM messages WHERE room_id = $1 AND user_id = $2)`,
      [roomId, userId],
    );
  }

  /**
   * Counts who was active within the last seconds and is neither banned from the room nor from the server.
   * The moment is a subquery because it would be worked out for every visit otherwise, which takes longer than the rest.
   * @returns the rooms that are recorded with another count
   */
  async changedCounts(seconds: number): Promise<ActiveUsers[]> {
    return this.database.rows(
      ACTIVE_USERS_COLUMNS,
      `SELECT rooms.id AS "roomId", coalesce(active.count, 0) AS count
       FROM rooms LEFT JOIN (
         SELECT v.room_id, count(*) AS count FROM room_users v
         WHERE v.last_active_at >= (SELECT ${NOW} - $1)
           AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = v.user_id AND u.banned)
           AND NOT EXISTS (
             SELECT 1 FROM permission_overrides o
             WHERE o.room_id = v.room_id AND o.user_id = v.user_id AND o.banned
           )
         GROUP BY v.room_id
       ) AS active ON active.room_id = rooms.id
       WHERE rooms.active_users <> coalesce(active.count, 0)`,
      [seconds],
    );
  }

  /** Removes up to `limit` visits that were longer ago than this many seconds; returns how many. */
  async removeOlder(tx: Transaction, seconds: number, limit: number): Promise<number> {
    return tx.run(
      `DELETE FROM room_users WHERE (room_id, user_id) IN (
         SELECT room_id, user_id FROM room_users
         WHERE last_active_at < ${NOW} - $1
         LIMIT $2 FOR UPDATE SKIP LOCKED
       )`,
      [seconds, limit],
    );
  }
}
