import { Injectable } from '@nestjs/common';
import { CHALLENGED, type HoldReason } from './held.js';
import { type Incident } from './incidents.repository.js';
import { UNTRUSTED } from './untrusted.js';
import * as z from 'zod';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { STANDS } from './trust.js';

/** People whom a ban of an incident has banned, in one of its transactions. */
export interface BannedTogether {
  /** The id of the event that records the bans. */
  eventId: number;
  sessionIds: readonly string[];
}

/** The reasons for which posts are held before their room is guarded because many come. */
const HELD_AT_FIRST: readonly HoldReason[] = ['first_post', 'newcomer', 'likeness'];
/** Those for which a stranger's post is held whether others come or not; it is an attempt all the same. */
const HELD_ANYWAY: readonly HoldReason[] = ['media', 'name', 'server_words', 'rule', 'told', 'similar'];

/** Seconds by which the `posted` of messages that come at once may lie ahead: each has a millisecond of its own. */
const POSTED_AHEAD = 1;

const BANNED_TOGETHER_COLUMNS: Columns<BannedTogether> = {
  eventId: column.number,
  sessionIds: column.json(z.array(z.string())),
};

/** The messages of incidents and their authors. */
@Injectable()
export class RaidsRepository {
  constructor(private readonly database: Database) {}

  /**
   * The authors of an incident's messages whom nobody trusts: members of any room are left out, and so are people whom
   * staff vouches for or lets write. So are people who have solved a challenge and whose post stands, and people who are
   * banned from the room already and have nothing left there.
   * @returns ids of users, in order
   */
  async raiders(incidentId: number, roomId: number): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT u.id FROM users u LEFT JOIN permission_overrides o ON o.user_id = u.id AND o.room_id = $2
       WHERE u.id IN (SELECT user_id FROM messages WHERE incident_id = $1)
         AND ${UNTRUSTED}
         AND NOT EXISTS (SELECT 1 FROM challenges c JOIN messages m ON m.room_id = c.room_id AND m.user_id = c.user_id
           WHERE c.room_id = $2 AND c.user_id = u.id AND c.state = 'published' AND m.incident_id = $1
             AND m.held_for IS NOT NULL AND ${STANDS})
         AND NOT (coalesce(o.banned, false) AND NOT EXISTS (
           SELECT 1 FROM messages m WHERE m.room_id = $2 AND m.user_id = u.id AND m.data IS NOT NULL))
       ORDER BY u.id`,
      [incidentId, roomId],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of these people who are banned from a room. */
  async bannedAmong(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<Set<number>> {
    const rows = await tx.rows(
      { id: column.number },
      'SELECT user_id AS id FROM permission_overrides WHERE room_id = $1 AND user_id = ANY ($2) AND banned',
      [roomId, userIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Ids of the messages that people have in a room, deleted ones left out; oldest first. */
  async messagesOf(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      'SELECT id FROM messages WHERE room_id = $1 AND user_id = ANY ($2) AND data IS NOT NULL ORDER BY id',
      [roomId, userIds],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Makes those messages part of an incident that were held while it began: the posts between the last one that the budget
   * let strangers publish and the one that made the room guarded, and what strangers wrote meanwhile that waits anyway.
   */
  async gather(tx: Transaction, { id, roomId, beganAt, startedAt }: Incident): Promise<void> {
    await tx.run(
      `UPDATE messages m SET incident_id = $2
       WHERE m.room_id = $1 AND m.state = 'held' AND m.data IS NOT NULL AND m.incident_id IS NULL
         AND m.posted_at BETWEEN $3 AND $4::float8 + ${POSTED_AHEAD}
         AND (m.held_for = ANY ($5) OR m.held_for = ANY ($6) AND NOT EXISTS (
           SELECT 1 FROM trust t WHERE t.room_id = m.room_id AND t.user_id = m.user_id AND t.first_at < $3 - ${POSTED_AHEAD}))`,
      [roomId, id, beganAt, startedAt, HELD_AT_FIRST, HELD_ANYWAY],
    );
  }

  /**
   * Makes those messages part of an incident that were published while it began and went on, without a challenge: by people
   * who are newcomers since then, and, if newcomers wrote too much together, by all newcomers.
   */
  async gatherPublished(tx: Transaction, { id, roomId, beganAt, endedAt }: Incident): Promise<void> {
    await tx.run(
      `UPDATE messages m SET incident_id = $2 FROM trust t
       WHERE m.room_id = $1 AND m.posted_at BETWEEN $3 AND coalesce($4::float8, ${NOW}) + ${POSTED_AHEAD}
         AND ${STANDS} AND m.incident_id IS NULL AND m.held_for IS NULL
         AND t.room_id = m.room_id AND t.user_id = m.user_id AND t.member_since IS NULL AND t.regular_since IS NULL
         AND (t.first_at >= $3 - ${POSTED_AHEAD} OR EXISTS (
           SELECT 1 FROM messages h WHERE h.incident_id = $2 AND h.held_for = 'newcomer'))`,
      [roomId, id, beganAt, endedAt],
    );
  }

  /** Makes messages part of an incident. */
  async join(tx: Transaction, messageIds: readonly number[], incidentId: number): Promise<void> {
    await tx.run('UPDATE messages SET incident_id = $2 WHERE id = ANY ($1)', [messageIds, incidentId]);
  }

  /**
   * Ids of an incident's messages above one that are withdrawn, or are held or rejected and wait for nothing but a challenge;
   * oldest first. A message that a rule holds, or that has files, waits for a moderator whether there was a raid or not.
   */
  async unpublished(incidentId: number, above: number, limit: number): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT id FROM messages
       WHERE incident_id = $1 AND id > $2
         AND ((state = 'held' AND data IS NOT NULL) OR state = 'withdrawn' OR rejected_at IS NOT NULL)
         AND (held_for IS NULL OR held_for = ANY ($4))
       ORDER BY id LIMIT $3`,
      [incidentId, above, limit, CHALLENGED],
    );
    return rows.map(({ id }) => id);
  }

  /** Those whom a ban of an incident has banned, unless that was taken back, in the order in which it was done. */
  async bansOf({ id, startedAt }: Incident): Promise<BannedTogether[]> {
    return this.database.rows(
      BANNED_TOGETHER_COLUMNS,
      `SELECT e.id AS "eventId", e.after->'session_ids' AS "sessionIds" FROM events e
       WHERE e.at >= $2 AND e.kind = 'raid.ban' AND (e.after->>'incident')::bigint = $1
         AND NOT EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.id)
       ORDER BY e.id`,
      [id, startedAt],
    );
  }

  /** How many messages are held in a room. */
  async countHeld(roomId: number): Promise<number> {
    const row = await this.database.row(
      { held: column.number },
      `SELECT count(*) AS held FROM messages WHERE room_id = $1 AND state = 'held' AND data IS NOT NULL`,
      [roomId],
    );
    return row?.held ?? 0;
  }
}
