import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { TRUST_LEVELS, type TrustLevel } from '../defence/trust.js';
import { IS_HIDDEN } from '../messages/hidden.js';

/** The things that somebody can appeal against: decisions of staff, and a message that is held or hidden. */
export const APPEALABLE = ['mute', 'warn', 'ban', 'hold'] as const;

export type Appealable = (typeof APPEALABLE)[number];

export type AppealOutcome = 'accepted' | 'declined';

/** Something that was decided about somebody. */
export interface Decision {
  about: Appealable;
  /** Null for a message. */
  eventId: number | null;
  /** Null for an event. */
  messageId: number | null;
  isAppealed: boolean;
}

/** An appeal that is to be. */
export interface NewAppeal extends Omit<Decision, 'isAppealed'> {
  roomId: number;
  userId: number;
  trust: TrustLevel;
  text: string;
}

/** An appeal that nobody has settled. */
export interface Appeal extends Omit<NewAppeal, 'roomId'> {
  id: number;
  /** Token. */
  room: string;
  sessionId: string;
  /** Unix seconds. */
  appealedAt: number;
}

const SELECT = `SELECT a.id, r.token AS room, a.user_id AS "userId", u.session_id AS "sessionId",
    a.appealed_at AS "appealedAt", a.trust, a.about, a.event_id AS "eventId", a.message_id AS "messageId", a.text
  FROM appeals a JOIN rooms r ON r.id = a.room_id JOIN users u ON u.id = a.user_id
  WHERE a.settled_at IS NULL`;

const DECISION_COLUMNS: Columns<Decision> = {
  about: column.oneOf(APPEALABLE),
  eventId: column.number.orNull,
  messageId: column.number.orNull,
  isAppealed: column.boolean,
};

const APPEAL_COLUMNS: Columns<Appeal> = {
  id: column.number,
  room: column.text,
  sessionId: column.text,
  appealedAt: column.number,
  text: column.text,
  trust: column.oneOf(TRUST_LEVELS),
  messageId: column.number.orNull,
  userId: column.number,
  about: column.oneOf(APPEALABLE),
  eventId: column.number.orNull,
};

/** The table of appeals. It is written under the room's lock. */
@Injectable()
export class AppealsRepository {
  constructor(private readonly database: Database) {}

  /**
   * The latest decision about somebody that holds in a room and that they can appeal against: a mute, warning or ban by the
   * log, unless it was taken back, or their newest message there that is held or hidden.
   * @param sessionIds all IDs of the person
   */
  async latestDecision(
    tx: Transaction,
    room: { id: number; token: string },
    userId: number,
    sessionIds: readonly string[],
  ): Promise<Decision | undefined> {
    return tx.row(
      DECISION_COLUMNS,
      `SELECT d.about, d.event_id AS "eventId", d.message_id AS "messageId", EXISTS (
         SELECT 1 FROM appeals a
         WHERE a.user_id = $3 AND (a.event_id = d.event_id OR a.message_id = d.message_id)
       ) AS "isAppealed"
       FROM (
         (SELECT e.kind AS about, e.id AS event_id, NULL::bigint AS message_id, e.at FROM events e
          WHERE e.target = ANY ($4) AND e.kind IN ('mute', 'warn', 'ban')
            AND (e.room IS NULL OR lower(e.room) = lower($2))
            AND NOT EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.id)
            AND NOT EXISTS (
              SELECT 1 FROM events l WHERE l.target = e.target AND l.id > e.id
                AND l.kind = CASE e.kind WHEN 'mute' THEN 'unmute' WHEN 'ban' THEN 'unban' END)
          ORDER BY e.id DESC LIMIT 1)
         UNION ALL
         (SELECT 'hold', NULL, m.id, m.posted_at FROM messages m
          WHERE m.room_id = $1 AND m.user_id = $3
            AND (m.state = 'held' AND m.data IS NOT NULL AND m.held_for IS DISTINCT FROM 'muted' OR ${IS_HIDDEN})
          ORDER BY m.id DESC LIMIT 1)
       ) AS d ORDER BY d.at DESC LIMIT 1`,
      [room.id, room.token, userId, sessionIds],
    );
  }

  /** How many appeals people of these levels have made in a room within so many seconds. */
  async countIn(
    tx: Transaction,
    roomId: number,
    levels: readonly TrustLevel[],
    seconds: number,
  ): Promise<number> {
    const row = await tx.row(
      { count: column.number },
      `SELECT count(*) AS count FROM appeals
       WHERE room_id = $1 AND appealed_at > ${NOW} - $3 AND trust = ANY ($2)`,
      [roomId, levels, seconds],
    );
    return row?.count ?? 0;
  }

  /** Adds an appeal; returns its id. */
  async add(tx: Transaction, appeal: NewAppeal): Promise<number> {
    const { roomId, userId, trust, about, eventId, messageId, text } = appeal;
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO appeals (room_id, user_id, appealed_at, trust, about, event_id, message_id, text)
       VALUES ($1, $2, ${NOW}, $3, $4, $5, $6, $7) RETURNING id`,
      [roomId, userId, trust, about, eventId, messageId, text],
    );
    if (!row) throw new Error('An appeal was not written');
    return row.id;
  }

  /** An appeal that nobody has settled. */
  async find(tx: Transaction, id: number): Promise<Appeal | undefined> {
    return tx.row(APPEAL_COLUMNS, `${SELECT} AND a.id = $1`, [id]);
  }

  /** Those that nobody has settled, in a room or (null) in all, oldest first. */
  async open(roomId: number | null, reader: DatabaseReader = this.database): Promise<Appeal[]> {
    return reader.rows(APPEAL_COLUMNS, `${SELECT} AND ($1::bigint IS NULL OR a.room_id = $1) ORDER BY a.id`, [
      roomId,
    ]);
  }

  /** How many appeals of a room nobody has settled. */
  async countOpen(reader: DatabaseReader, roomId: number): Promise<number> {
    const row = await reader.row(
      { count: column.number },
      'SELECT count(*) AS count FROM appeals WHERE room_id = $1 AND settled_at IS NULL',
      [roomId],
    );
    return row?.count ?? 0;
  }

  /** Settles an appeal. @returns false when somebody has settled it already */
  async settle(tx: Transaction, id: number, outcome: AppealOutcome): Promise<boolean> {
    const changed = await tx.run(
      `UPDATE appeals SET settled_at = ${NOW}, outcome = $2 WHERE id = $1 AND settled_at IS NULL`,
      [id, outcome],
    );
    return changed === 1;
  }
}
