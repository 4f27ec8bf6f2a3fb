import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { takesLocks } from '../locks/lock-order.js';
import { NOW } from '../../foundation/database/now.js';

/** People who were first seen lately, where that is asked. */
export interface FirstSeenPeople {
  /** Unix seconds: not seen before. */
  since: number;
  /** The room that they were seen in; null for the whole server. */
  roomId: number | null;
}

/** The things that people have left in a room or on the whole server. */
export interface Leavings {
  messages: number;
  reactions: number;
  files: number;
}

/** Nobody of the staff, of whichever room. */
const NO_STAFF = `NOT u.moderator AND NOT EXISTS (
  SELECT 1 FROM permission_overrides staff WHERE staff.user_id = u.id AND staff.moderator)`;

const MESSAGES = `SELECT m.id FROM messages m
  WHERE m.user_id = ANY ($1) AND m.data IS NOT NULL AND ($2::bigint IS NULL OR m.room_id = $2)`;
const REACTIONS = `SELECT ur.reaction_id FROM user_reactions ur
    JOIN reactions r ON r.id = ur.reaction_id JOIN messages m ON m.id = r.message_id
  WHERE ur.user_id = ANY ($1) AND ($2::bigint IS NULL OR m.room_id = $2)`;
const FILES = `SELECT f.id FROM files f
  WHERE f.uploader_id = ANY ($1) AND ($2::bigint IS NULL OR f.room_id = $2)
    AND (f.expires_at IS NULL OR f.expires_at > ${NOW})`;

const LEAVINGS_COLUMNS: Columns<Leavings> = {
  messages: column.number,
  reactions: column.number,
  files: column.number,
};

/** Finds and bans many people at once, in statements that each take hundreds of them. */
@Injectable()
export class CleanUpRepository {
  constructor(private readonly database: Database) {}

  /**
   * People who were first seen at or after a moment, staff never among them: in a room those who visited it, posted,
   * reacted or uploaded there. Those who are banned already and have nothing left are passed over.
   * @returns ids of users, in order
   */
  async newcomers({ since, roomId }: FirstSeenPeople): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT u.id FROM users u
       WHERE u.created_at >= $1 AND ${NO_STAFF}
         AND ($2::bigint IS NULL
           OR EXISTS (SELECT 1 FROM room_users v WHERE v.room_id = $2 AND v.user_id = u.id)
           OR EXISTS (SELECT 1 FROM messages m WHERE m.room_id = $2 AND m.user_id = u.id)
           OR EXISTS (SELECT 1 FROM files f WHERE f.room_id = $2 AND f.uploader_id = u.id)
           OR EXISTS (SELECT 1 FROM user_reactions ur JOIN reactions r ON r.id = ur.reaction_id
                JOIN messages m ON m.id = r.message_id WHERE ur.user_id = u.id AND m.room_id = $2))
         AND (NOT (u.banned OR EXISTS (
             SELECT 1 FROM permission_overrides o WHERE o.user_id = u.id AND o.room_id = $2 AND o.banned))
           OR EXISTS (SELECT 1 FROM messages m
                WHERE m.user_id = u.id AND m.data IS NOT NULL AND ($2::bigint IS NULL OR m.room_id = $2))
           OR EXISTS (SELECT 1 FROM user_reactions ur JOIN reactions r ON r.id = ur.reaction_id
                JOIN messages m ON m.id = r.message_id
                WHERE ur.user_id = u.id AND ($2::bigint IS NULL OR m.room_id = $2)))
       ORDER BY u.id`,
      [since, roomId],
    );
    return rows.map(({ id }) => id);
  }

  /** Counts the things that people have left, in a room or everywhere (null). */
  async leavingsOf(
    reader: DatabaseReader,
    userIds: readonly number[],
    roomId: number | null,
  ): Promise<Leavings> {
    const row = await reader.row(
      LEAVINGS_COLUMNS,
      `SELECT (SELECT count(*) FROM (${MESSAGES}) AS m) AS messages,
         (SELECT count(*) FROM (${REACTIONS}) AS r) AS reactions,
         (SELECT count(*) FROM (${FILES}) AS f) AS files`,
      [userIds, roomId],
    );
    return row ?? { messages: 0, reactions: 0, files: 0 };
  }

  /**
   * Locks people whose standing is about to change, in order of id, and leaves out those who have become staff.
   * @returns their ids and Session IDs
   */
  async lock(tx: Transaction, userIds: readonly number[]): Promise<{ id: number; sessionId: string }[]> {
    takesLocks(tx, 'users', userIds);
    await tx.run('SELECT 1 FROM users WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [userIds]);
    return tx.rows(
      { id: column.number, sessionId: column.text },
      `SELECT u.id, u.session_id AS "sessionId" FROM users u WHERE u.id = ANY ($1) AND ${NO_STAFF} ORDER BY u.id`,
      [userIds],
    );
  }

  /** Bans people whom the transaction has locked, from a room or from the whole server (null), without an end. */
  async ban(tx: Transaction, userIds: readonly number[], roomId: number | null): Promise<void> {
    await tx.run('DELETE FROM scheduled_bans WHERE user_id = ANY ($1) AND room_id IS NOT DISTINCT FROM $2', [
      userIds,
      roomId,
    ]);
    if (roomId === null) {
      await tx.run('UPDATE users SET banned = true WHERE id = ANY ($1) AND NOT banned', [userIds]);
      return;
    }
    await tx.run(
      `INSERT INTO permission_overrides AS o (room_id, user_id, banned)
       SELECT $2, id, true FROM unnest($1::bigint[]) AS banned (id)
       ON CONFLICT (room_id, user_id) DO UPDATE SET banned = true WHERE NOT o.banned`,
      [userIds, roomId],
    );
  }

  /**
   * Lifts bans of people whom the transaction has locked, from a room or from the whole server (null).
   * @returns ids of those who were banned
   */
  async unban(tx: Transaction, userIds: readonly number[], roomId: number | null): Promise<number[]> {
    await tx.run('DELETE FROM scheduled_bans WHERE user_id = ANY ($1) AND room_id IS NOT DISTINCT FROM $2', [
      userIds,
      roomId,
    ]);
    const rows =
      roomId === null
        ? await tx.rows(
            { id: column.number },
            'UPDATE users SET banned = false WHERE id = ANY ($1) AND banned RETURNING id',
            [userIds],
          )
        : await tx.rows(
            { id: column.number },
            `UPDATE permission_overrides SET banned = false
             WHERE user_id = ANY ($1) AND room_id = $2 AND banned RETURNING user_id AS id`,
            [userIds, roomId],
          );
    return rows.map(({ id }) => id);
  }

  /** Ids of those of these Session IDs that are known. */
  async idsOf(tx: Transaction, sessionIds: readonly string[]): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      'SELECT id FROM users WHERE session_id = ANY ($1) ORDER BY id',
      [sessionIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Rooms in which any of these people have left something. */
  async roomsOf(userIds: readonly number[]): Promise<string[]> {
    const rows = await this.database.rows(
      { token: column.text },
      `SELECT token FROM rooms r
       WHERE EXISTS (SELECT 1 FROM messages m
            WHERE m.room_id = r.id AND m.user_id = ANY ($1) AND m.data IS NOT NULL)
         OR EXISTS (SELECT 1 FROM files f WHERE f.room_id = r.id AND f.uploader_id = ANY ($1))
         OR EXISTS (SELECT 1 FROM user_reactions ur JOIN reactions x ON x.id = ur.reaction_id
            JOIN messages m ON m.id = x.message_id WHERE m.room_id = r.id AND ur.user_id = ANY ($1))
       ORDER BY r.id`,
      [userIds],
    );
    return rows.map(({ token }) => token);
  }
}
