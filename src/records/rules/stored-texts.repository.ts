import { Injectable } from '@nestjs/common';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** A message that is stored. */
export interface StoredText {
  id: number;
  userId: number;
  /** Without its padding. */
  data: Buffer;
}

/** The messages that are wanted. */
export interface StoredTextsFilter {
  /** Of one room, or of all when left out. */
  roomId?: number | undefined;
  /** Posted in so many last seconds; all when left out. */
  seconds?: number | undefined;
}

/** Stored messages, for dry runs of rules. */
@Injectable()
export class StoredTextsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Messages of people before an id, the newest first. Those of the server and of staff are left out, and so are commands, as
   * no rule is asked about them.
   * @param before Infinity for the first page
   */
  async before(before: number, { roomId, seconds }: StoredTextsFilter, limit: number): Promise<StoredText[]> {
    // As in `MessagesRepository`: the index of rooms and ids, and no other.
    const [within, order] =
      roomId === undefined
        ? ['m.id < $1', 'm.id DESC']
        : ['(m.room_id, m.id) < ($4, $1) AND m.room_id >= $4', 'm.room_id DESC, m.id DESC'];
    const parameters = [Number.isFinite(before) ? before : Number.MAX_SAFE_INTEGER, limit, seconds ?? null];
    return this.database.rows<StoredText>(
      `SELECT m.id, m.user_id AS "userId", m.data FROM messages m
       WHERE ${within} AND m.data IS NOT NULL AND ($3::float8 IS NULL OR m.posted_at >= ${NOW} - $3::float8)
         AND m.state <> 'unseen' AND NOT EXISTS (
           SELECT 1 FROM users u LEFT JOIN permission_overrides o ON o.user_id = u.id AND o.room_id = m.room_id
           WHERE u.id = m.user_id AND (u.is_server OR u.moderator OR o.moderator)
         )
       ORDER BY ${order} LIMIT $2`,
      roomId === undefined ? parameters : [...parameters, roomId],
    );
  }
}
