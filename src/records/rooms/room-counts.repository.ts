import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { FOR_EVERYONE } from '../messages/visible-to.js';

const DAY = 24 * 60 * 60;

/** How much is in a room. */
export interface RoomCounts {
  /** Messages that everybody who may read can see. */
  messages: number;
  /** Posts of the last 24 hours, whatever became of them. */
  postsToday: number;
  /** Messages that wait for a moderator or an answer. */
  held: number;
  /** People who were here, as far as it is remembered. */
  members: number;
}

const ROOM_COUNTS_COLUMNS: Columns<RoomCounts> = {
  messages: column.number,
  postsToday: column.number,
  held: column.number,
  members: column.number,
};

/** Counts for the operator: they read all rows of a room. */
@Injectable()
export class RoomCountsRepository {
  constructor(private readonly database: Database) {}

  async of(roomId: number): Promise<RoomCounts> {
    const row = await this.database.row(
      ROOM_COUNTS_COLUMNS,
      `SELECT count(*) FILTER (WHERE m.data IS NOT NULL AND ${FOR_EVERYONE}) AS messages,
         count(*) FILTER (WHERE m.posted_at > clock.yesterday) AS "postsToday",
         count(*) FILTER (WHERE m.data IS NOT NULL AND m.state = 'held') AS held,
         (SELECT count(*) FROM room_users v WHERE v.room_id = $1) AS members
       FROM messages m, (SELECT ${NOW} - ${DAY} AS yesterday) AS clock
       WHERE m.room_id = $1`,
      [roomId],
    );
    if (!row) throw new Error('An aggregate returned nothing');
    return row;
  }
}
