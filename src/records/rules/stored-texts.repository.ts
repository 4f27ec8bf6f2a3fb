import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { TRUST_LEVELS, type TrustLevel } from '../defence/trust.js';
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
  /** Reads the texts of this room; of all rooms when left out. */
  roomId?: number | undefined;
  /** Posted in so many last seconds; all when left out. */
  seconds?: number | undefined;
  /** Reads texts of people whom the room trusts no further than this now; of everybody but staff when left out. */
  trust?: TrustLevel | undefined;
}

/** How far the author `u` of a message `m` is trusted, with the override `o`, as `trustIn` says: as SQL, a place in `TRUST_LEVELS`. */
const LEVEL = `CASE WHEN u.trusted OR o.trusted OR o.write OR o.upload OR t.regular_since IS NOT NULL THEN 3
  WHEN t.member_since IS NOT NULL THEN 2
  WHEN t.user_id IS NOT NULL OR EXISTS (SELECT 1 FROM trust e WHERE e.user_id = u.id AND e.member_since IS NOT NULL) THEN 1
  ELSE 0 END`;

const STORED_TEXT_COLUMNS: Columns<StoredText> = {
  id: column.number,
  userId: column.number,
  data: column.bytes,
};

/** Stored messages, for dry runs of rules. */
@Injectable()
export class StoredTextsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Messages of people before an id, the newest first. Those of the server and of staff are left out, and so are commands, as
   * no rule is asked about them.
   * @param before Infinity for the first page
   */
  async before(
    before: number,
    { roomId, seconds, trust }: StoredTextsFilter,
    limit: number,
  ): Promise<StoredText[]> {
    // As in `MessagesRepository`: the index of rooms and ids, and no other.
    const [within, order] =
      roomId === undefined
        ? ['m.id < $1', 'm.id DESC']
        : ['(m.room_id, m.id) < ($4, $1) AND m.room_id >= $4', 'm.room_id DESC, m.id DESC'];
    const parameters = [Number.isFinite(before) ? before : Number.MAX_SAFE_INTEGER, limit, seconds ?? null];
    return this.database.rows(
      STORED_TEXT_COLUMNS,
      `SELECT m.id, m.user_id AS "userId", m.data FROM messages m
       WHERE ${within} AND m.data IS NOT NULL AND ($3::float8 IS NULL OR m.posted_at >= ${NOW} - $3::float8)
         ${trust === undefined || trust === 'regular' ? '' : `AND (${levelWithin(trust)})`}
         AND m.state <> 'unseen' AND NOT EXISTS (
           SELECT 1 FROM users u LEFT JOIN permission_overrides o ON o.user_id = u.id AND o.room_id = m.room_id
           WHERE u.id = m.user_id AND (u.is_server OR u.moderator OR o.moderator)
         )
       ORDER BY ${order} LIMIT $2`,
      roomId === undefined ? parameters : [...parameters, roomId],
    );
  }
}

/** Whether the author of the message `m` is trusted so far at most, as SQL. */
function levelWithin(trust: TrustLevel): string {
  return `SELECT ${LEVEL} <= ${TRUST_LEVELS.indexOf(trust)} FROM users u
    LEFT JOIN permission_overrides o ON o.user_id = u.id AND o.room_id = m.room_id
    LEFT JOIN trust t ON t.user_id = u.id AND t.room_id = m.room_id
    WHERE u.id = m.user_id`;
}
