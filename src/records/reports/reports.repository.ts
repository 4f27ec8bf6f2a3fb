import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type TrustLevel } from '../defence/trust.js';
import { IS_HIDDEN, LATEST_TEXT } from '../messages/hidden.js';

/**
 * The outcomes of reports.
 *
 * - `kept`: staff has found nothing wrong with the message.
 * - `removed`: staff has removed it.
 * - `banned`: staff has removed it and banned its author.
 * - `gone`: its author has deleted it.
 */
export const REPORT_OUTCOMES = ['kept', 'removed', 'banned', 'gone'] as const;

export type ReportOutcome = (typeof REPORT_OUTCOMES)[number];

/** A report that is to be. */
export interface NewReport {
  roomId: number;
  messageId: number;
  reporterId: number;
  trust: TrustLevel;
  /** Whether it counts towards hiding the message. */
  counts: boolean;
  reason: string | null;
}

/** A message that was reported and that nobody has decided about. */
export interface ReportedMessage {
  room: string;
  id: number;
  /** Session ID of its author. */
  author: string;
  reports: number;
  /** How many of them count. */
  counting: number;
  /** When it was reported first, unix seconds. */
  reportedAt: number;
  /** Whether its text is there: it was not deleted, taken back or rejected. */
  isThere: boolean;
  isHidden: boolean;
  /** The reasons that were given, the newest first. */
  reasons: string[];
  /** Without its padding; null when the text is gone. */
  data: Buffer | null;
}

/** Reported messages that are gone, in a room. */
export interface GoneInRoom {
  room: string;
  ids: number[];
  isByStaff: boolean;
}

/** A reporter whose report was settled. */
export interface SettledReport {
  messageId: number;
  reporterId: number;
}

/** Most reasons and messages that are read at once. */
const MOST_REASONS = 20;

const REPORTED_MESSAGE_COLUMNS: Columns<ReportedMessage> = {
  room: column.text,
  id: column.number,
  author: column.text,
  reports: column.number,
  counting: column.number,
  reportedAt: column.number,
  isThere: column.boolean,
  isHidden: column.boolean,
  reasons: column.list(column.text),
  data: column.bytes.orNull,
};

const SETTLED_COLUMNS: Columns<SettledReport> = { messageId: column.number, reporterId: column.number };

const GONE_IN_ROOM_COLUMNS: Columns<GoneInRoom> = {
  room: column.text,
  ids: column.list(column.number),
  isByStaff: column.boolean,
};

/** The table of reports. It is written under the room's lock. */
@Injectable()
export class ReportsRepository {
  constructor(private readonly database: Database) {}

  /** How many reports somebody has made within so many seconds, in all rooms. */
  async countBy(tx: Transaction, reporterId: number, seconds: number): Promise<number> {
    const row = await tx.row(
      { count: column.number },
      `SELECT count(*) AS count FROM reports WHERE reporter_id = $1 AND reported_at > ${NOW} - $2`,
      [reporterId, seconds],
    );
    return row?.count ?? 0;
  }

  /** How many reports people of these levels have made in a room within so many seconds. */
  async countIn(
    tx: Transaction,
    roomId: number,
    levels: readonly TrustLevel[],
    seconds: number,
  ): Promise<number> {
    const row = await tx.row(
      { count: column.number },
      `SELECT count(*) AS count FROM reports
       WHERE room_id = $1 AND reported_at > ${NOW} - $3 AND trust = ANY ($2)`,
      [roomId, levels, seconds],
    );
    return row?.count ?? 0;
  }

  /** Adds a report. @returns its id; undefined when its reporter has reported the message before */
  async add(tx: Transaction, report: NewReport): Promise<number | undefined> {
    const { roomId, messageId, reporterId, trust, counts, reason } = report;
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO reports (room_id, message_id, reporter_id, reported_at, trust, counts, reason)
       VALUES ($1, $2, $3, ${NOW}, $4, $5, $6) ON CONFLICT (message_id, reporter_id) DO NOTHING RETURNING id`,
      [roomId, messageId, reporterId, trust, counts, reason],
    );
    return row?.id;
  }

  /** The open reports of a message: how many there are, and how many of them count. */
  async weigh(tx: Transaction, messageId: number): Promise<{ reports: number; counting: number }> {
    const row = await tx.row(
      { reports: column.number, counting: column.number },
      `SELECT count(*) AS reports, count(*) FILTER (WHERE counts) AS counting FROM reports
       WHERE message_id = $1 AND settled_at IS NULL`,
      [messageId],
    );
    return row ?? { reports: 0, counting: 0 };
  }

  /** Messages with open reports, in a room or (null) in all, the one that was reported first at the beginning. */
  async open(roomId: number | null, reader: DatabaseReader = this.database): Promise<ReportedMessage[]> {
    return reader.rows(
      REPORTED_MESSAGE_COLUMNS,
      `SELECT r.token AS room, m.id, u.session_id AS author, p.reports, p.counting, p.first AS "reportedAt",
         m.data IS NOT NULL AS "isThere", ${IS_HIDDEN} AS "isHidden", coalesce(p.reasons, '{}') AS reasons, coalesce(m.data, (SELECT h.data FROM (${LATEST_TEXT}) AS h)) AS data
       FROM (
         SELECT room_id, message_id, count(*) AS reports, count(*) FILTER (WHERE counts) AS counting,
           min(reported_at) AS first,
           (array_agg(reason ORDER BY id DESC) FILTER (WHERE reason IS NOT NULL))[1:${MOST_REASONS}] AS reasons
         FROM reports WHERE settled_at IS NULL AND ($1::bigint IS NULL OR room_id = $1) GROUP BY room_id, message_id
       ) AS p JOIN rooms r ON r.id = p.room_id JOIN messages m ON m.id = p.message_id JOIN users u ON u.id = m.user_id
       ORDER BY p.first, m.id`,
      [roomId],
    );
  }

  /** How many messages of a room have open reports. */
  async countOpen(reader: DatabaseReader, roomId: number): Promise<number> {
    const row = await reader.row(
      { count: column.number },
      'SELECT count(DISTINCT message_id) AS count FROM reports WHERE room_id = $1 AND settled_at IS NULL',
      [roomId],
    );
    return row?.count ?? 0;
  }

  /** Settles the open reports of messages of a room. @returns them, those first that count */
  async settle(
    tx: Transaction,
    roomId: number,
    messageIds: readonly number[],
    outcome: ReportOutcome,
  ): Promise<SettledReport[]> {
    return tx.rows(
      SETTLED_COLUMNS,
      `WITH settled AS (
         UPDATE reports SET settled_at = ${NOW}, outcome = $3
         WHERE room_id = $1 AND message_id = ANY ($2) AND settled_at IS NULL
         RETURNING id, message_id, reporter_id, counts
       )
       SELECT message_id AS "messageId", reporter_id AS "reporterId" FROM settled ORDER BY counts DESC, id`,
      [roomId, messageIds, outcome],
    );
  }

  /**
   * Messages with open reports that are there no more, by room and by whether staff has removed them: they were taken back
   * or rejected, or the log has an act of staff about their author since the report.
   */
  async gone(): Promise<GoneInRoom[]> {
    return this.database.rows(
      GONE_IN_ROOM_COLUMNS,
      `SELECT token AS room, array_agg(DISTINCT id ORDER BY id) AS ids, "isByStaff"
       FROM (
         SELECT r.token, m.id, m.rejected_at IS NOT NULL OR m.state <> 'published' OR EXISTS (
           SELECT 1 FROM events e
           WHERE e.target = u.session_id AND e.at >= p.reported_at AND (e.room IS NULL OR e.room = r.token)
             AND (e.kind IN ('ban', 'messages.delete_all') OR e.kind = 'message.delete' AND (e.before ->> 'message')::bigint = m.id)
         ) AS "isByStaff"
         FROM reports p JOIN rooms r ON r.id = p.room_id JOIN messages m ON m.id = p.message_id
           JOIN users u ON u.id = m.user_id
         WHERE p.settled_at IS NULL AND m.data IS NULL AND NOT (${IS_HIDDEN})
       ) AS gone
       GROUP BY token, "isByStaff" ORDER BY token`,
    );
  }
}
