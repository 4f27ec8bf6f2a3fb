import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** The table of moderators who are on duty. */
@Injectable()
export class DutiesRepository {
  /** Puts somebody on duty in a room; false when they were. */
  async add(tx: Transaction, roomId: number, userId: number): Promise<boolean> {
    const added = await tx.run(
      `INSERT INTO duties (room_id, user_id, since) VALUES ($1, $2, ${NOW}) ON CONFLICT DO NOTHING`,
      [roomId, userId],
    );
    return added === 1;
  }

  /** Takes somebody off duty in a room; false when they were not on duty. */
  async remove(tx: Transaction, roomId: number, userId: number): Promise<boolean> {
    return (await tx.run('DELETE FROM duties WHERE room_id = $1 AND user_id = $2', [roomId, userId])) === 1;
  }

  /**
   * Session IDs of those on duty in a room, the first ones first. Somebody who moderates the room no longer is left out.
   */
  async of(reader: DatabaseReader, roomId: number): Promise<string[]> {
    const rows = await reader.rows(
      { sessionId: column.text },
      `SELECT u.session_id AS "sessionId" FROM duties d JOIN users u ON u.id = d.user_id
         LEFT JOIN permission_overrides o ON o.user_id = d.user_id AND o.room_id = d.room_id
       WHERE d.room_id = $1 AND NOT u.banned AND (u.moderator OR coalesce(o.moderator, false))
       ORDER BY d.since, d.user_id`,
      [roomId],
    );
    return rows.map(({ sessionId }) => sessionId);
  }
}
