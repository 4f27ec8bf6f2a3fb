import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { PART_OF_MILLISECOND } from './message-changes.repository.js';
import { type HideReason } from '../defence/held.js';
import { IS_HIDDEN, LATEST_TEXT } from './hidden.js';
import { FOR_EVERYONE } from './visible-to.js';

/** A message that is not published, and may become so. */
export interface UnpublishedMessage {
  id: number;
  userId: number;
  /** Unix seconds. */
  postedAt: number;
  /** Without its padding; null when it may be published where it stands. */
  data: Buffer | null;
}

/** A message that was published just now. */
export interface PublishedMessage {
  id: number;
  /** The id that it had before; the same when it was published where it stood. */
  was: number;
  userId: number;
  /** Unix seconds. */
  postedAt: number;
}

/** A room with messages that have been held for too long. */
export interface RoomWithHeld {
  token: string;
  ids: number[];
}

/** As `INSERT_MESSAGES` does, for messages that have a row already: in the order of their ids. */
const PUBLISH_ANEW = `WITH source AS (
   SELECT m.*, coalesce(m.data, h.data) AS text, coalesce(m.padded_size, h.padded_size) AS size,
     coalesce(m.signature, h.signature) AS signed, row_number() OVER (ORDER BY m.id) AS place
   FROM messages m LEFT JOIN LATERAL (${LATEST_TEXT}) AS h ON m.data IS NULL
   WHERE m.id = ANY ($2)
 ), room AS (
   UPDATE rooms SET message_sequence = message_sequence + $3,
     latest_posted_ms = greatest(latest_posted_ms + 1, floor(${NOW} * 1000)::bigint) + $3 - 1
   WHERE id = $1
   RETURNING message_sequence - $3 AS before, latest_posted_ms - $3 AS before_ms
 ), inserted AS (
   INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature,
     whisper_to, whisper_mods, held_for, likeness, incident_id, rule_id)
   SELECT $1, user_id, (before_ms + place + ${PART_OF_MILLISECOND}::float8) / 1000, before + place, before + place,
     before + place, text, size, signed, whisper_to, whisper_mods, held_for, likeness, incident_id,
     rule_id
   FROM room, source ORDER BY place
   RETURNING id, seqno, user_id, posted_at
 )
 SELECT inserted.id, source.id AS was, inserted.user_id AS "userId", inserted.posted_at AS "postedAt"
 FROM room CROSS JOIN source JOIN inserted ON inserted.seqno = before + place ORDER BY place`;

const UNPUBLISHED_COLUMNS: Columns<UnpublishedMessage> = {
  id: column.number,
  userId: column.number,
  postedAt: column.number,
  data: column.bytes.orNull,
};

const PUBLISHED_COLUMNS: Columns<PublishedMessage> = {
  id: column.number,
  was: column.number,
  userId: column.number,
  postedAt: column.number,
};

const ROOM_WITH_HELD_COLUMNS: Columns<RoomWithHeld> = { token: column.text, ids: column.list(column.number) };

/** The table of messages as they go from one state to another, under the room's lock. */
@Injectable()
export class PublicationRepository {
  constructor(private readonly database: Database) {}

  /**
   * Those of these messages of a room that are held, oldest first.
   * @param inPlace bounds within which one is published where it stands: seconds since it was posted, and how many newer
   *   messages for everyone there may be
   */
  async held(
    tx: Transaction,
    roomId: number,
    ids: readonly number[],
    inPlace: { seconds: number; newer: number },
  ): Promise<UnpublishedMessage[]> {
    return tx.rows(
      UNPUBLISHED_COLUMNS,
      `SELECT held.id, held.user_id AS "userId", held.posted_at AS "postedAt",
         CASE WHEN held.posted_at < ${NOW} - $3::float8 OR EXISTS (
           SELECT 1 FROM messages m
           WHERE m.room_id = $1 AND m.id > held.id AND m.data IS NOT NULL AND ${FOR_EVERYONE}
           ORDER BY m.id OFFSET $4 LIMIT 1
         ) THEN held.data END AS data
       FROM messages held
       WHERE held.id = ANY ($2) AND held.room_id = $1 AND held.state = 'held' AND held.data IS NOT NULL
       ORDER BY held.id`,
      [roomId, ids, inPlace.seconds, inPlace.newer],
    );
  }

  /**
   * Those of these messages of a room that were withdrawn or rejected and whose text is still known, with it, oldest first.
   * @param deleted whether deleted ones are wanted, too
   */
  async gone(
    tx: Transaction,
    roomId: number,
    ids: readonly number[],
    deleted: boolean,
  ): Promise<UnpublishedMessage[]> {
    return tx.rows(
      UNPUBLISHED_COLUMNS,
      `SELECT m.id, m.user_id AS "userId", m.posted_at AS "postedAt", h.data
       FROM messages m CROSS JOIN LATERAL (${LATEST_TEXT}) AS h
       WHERE m.id = ANY ($2) AND m.room_id = $1 AND m.data IS NULL
         AND (m.state = 'withdrawn' OR m.rejected_at IS NOT NULL OR ($3 AND m.state = 'published'))
       ORDER BY m.id`,
      [roomId, ids, deleted],
    );
  }

  /** Those of these messages of a room that are published and there, oldest first. */
  async published(
    tx: Transaction,
    roomId: number,
    ids: readonly number[],
  ): Promise<{ id: number; userId: number }[]> {
    return tx.rows(
      { id: column.number, userId: column.number },
      `SELECT id, user_id AS "userId" FROM messages
       WHERE id = ANY ($2) AND room_id = $1 AND state = 'published' AND data IS NOT NULL ORDER BY id`,
      [roomId, ids],
    );
  }

  /**
   * Publishes held messages where they stand.
   * @param seqno of the first; the others follow
   */
  async publishInPlace(tx: Transaction, ids: readonly number[], seqno: number): Promise<PublishedMessage[]> {
    return tx.rows(
      PUBLISHED_COLUMNS,
      `UPDATE messages m SET state = 'published', seqno = $2 + p.place - 1, seqno_data = $2 + p.place - 1
       FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, place) WHERE m.id = p.id
       RETURNING m.id, m.id AS was, m.user_id AS "userId", m.posted_at AS "postedAt"`,
      [ids, seqno],
    );
  }

  /**
   * Publishes messages of a room under new ids and at new times: held ones, or gone ones with their latest text. Their
   * files and former texts go over to the new rows.
   */
  async publishAnew(tx: Transaction, roomId: number, ids: readonly number[]): Promise<PublishedMessage[]> {
    const published = await tx.rows(PUBLISHED_COLUMNS, PUBLISH_ANEW, [roomId, ids, ids.length]);
    const moved = [published.map(({ was }) => was), published.map(({ id }) => id)];
    await tx.run(
      `DELETE FROM message_history WHERE id IN (
         SELECT h.id FROM messages m CROSS JOIN LATERAL (${LATEST_TEXT}) AS h WHERE m.id = ANY ($1) AND m.data IS NULL)`,
      [ids],
    );
    for (const table of ['message_history', 'files']) {
      await tx.run(
        `UPDATE ${table} t SET message_id = moved.id FROM unnest($1::bigint[], $2::bigint[]) AS moved (was, id)
         WHERE t.message_id = moved.was`,
        moved,
      );
    }
    return published;
  }

  /** Notes that messages which are gone have been published again under new ids: they are deleted ones now. */
  async settleGone(tx: Transaction, ids: readonly number[]): Promise<void> {
    await tx.run(
      `UPDATE messages SET rejected_at = NULL, state = CASE WHEN state = 'withdrawn' THEN 'published' ELSE state END
       WHERE id = ANY ($1)`,
      [ids],
    );
  }

  /** Marks messages that have just been deleted as withdrawn, as part of an incident if there is one. */
  async markWithdrawn(tx: Transaction, ids: readonly number[], incidentId: number | null): Promise<void> {
    await tx.run(
      `UPDATE messages SET state = 'withdrawn', incident_id = coalesce($2, incident_id) WHERE id = ANY ($1)`,
      [ids, incidentId],
    );
  }

  /** Marks messages that were held and have just been deleted, or are hidden, as rejected. */
  async markRejected(tx: Transaction, ids: readonly number[]): Promise<void> {
    await tx.run(`UPDATE messages SET rejected_at = ${NOW} WHERE id = ANY ($1)`, [ids]);
  }

  /** Marks messages that have just been taken back as hidden until a moderator has looked at them. */
  async markHidden(tx: Transaction, ids: readonly number[], reason: HideReason): Promise<void> {
    await tx.run('UPDATE messages SET held_for = $2 WHERE id = ANY ($1)', [ids, reason]);
  }

  /** Those of these messages of a room that are hidden, oldest first. */
  async hidden(tx: Transaction, roomId: number, ids: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      `SELECT m.id FROM messages m WHERE m.id = ANY ($2) AND m.room_id = $1 AND ${IS_HIDDEN} ORDER BY m.id`,
      [roomId, ids],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes messages out of the incident that they belonged to: staff has vouched for them. */
  async leaveIncident(tx: Transaction, ids: readonly number[]): Promise<void> {
    await tx.run('UPDATE messages SET incident_id = NULL WHERE id = ANY ($1)', [ids]);
  }

  /**
   * The messages that have been held for so many seconds, by room: `limit` of them at most, oldest first.
   */
  async heldFor(seconds: number, limit: number): Promise<RoomWithHeld[]> {
    return this.database.rows(
      ROOM_WITH_HELD_COLUMNS,
      `SELECT r.token, array_agg(held.id ORDER BY held.id) AS ids
       FROM (
         SELECT id, room_id FROM messages
         WHERE state = 'held' AND data IS NOT NULL AND posted_at < ${NOW} - $1 ORDER BY id LIMIT $2
       ) AS held JOIN rooms r ON r.id = held.room_id
       GROUP BY r.token ORDER BY r.token`,
      [seconds, limit],
    );
  }
}
