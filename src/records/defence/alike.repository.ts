import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { UNTRUSTED } from './untrusted.js';

/** Seconds for which messages are compared: one day. */
const COMPARED_FOR = 86_400;

/** The things by which messages are like others. */
export interface MessageTraits {
  /** Fingerprints. */
  likeness: readonly number[];
  /** Ids of incidents. */
  incidents: readonly number[];
}

/** A message that is like others. */
export interface AlikeMessage {
  id: number;
  userId: number;
  isHeld: boolean;
  /** Without its padding. */
  data: Buffer;
}

const TRAITS_COLUMNS: Columns<MessageTraits> = {
  likeness: column.json(z.array(z.number())),
  incidents: column.json(z.array(z.number())),
};

const ALIKE_MESSAGE_COLUMNS: Columns<AlikeMessage> = {
  id: column.number,
  userId: column.number,
  isHeld: column.boolean,
  data: column.bytes,
};

/** Messages that are like others, of people whom nobody trusts. */
@Injectable()
export class AlikeRepository {
  /**
   * The traits of a message, or of all that somebody has posted to a room of late, deleted or not.
   * @param what the message's id, or the author's Session ID
   */
  async traitsOf(
    reader: DatabaseReader,
    roomId: number,
    what: { message: number } | { author: string },
  ): Promise<MessageTraits> {
    const [message, author] = 'message' in what ? [what.message, null] : [null, what.author];
    const row = await reader.row(
      TRAITS_COLUMNS,
      `SELECT coalesce(json_agg(DISTINCT value) FILTER (WHERE value IS NOT NULL), '[]') AS likeness,
         coalesce(json_agg(DISTINCT m.incident_id) FILTER (WHERE m.incident_id IS NOT NULL), '[]') AS incidents
       FROM messages m LEFT JOIN LATERAL unnest(m.likeness) AS value ON true
       WHERE m.room_id = $1 AND m.posted_at > ${NOW} - ${COMPARED_FOR}
         AND (m.id = $2 OR m.user_id = (SELECT id FROM users WHERE session_id = $3))`,
      [roomId, message, author],
    );
    return row ?? { likeness: [], incidents: [] };
  }

  /**
   * Messages of a room with any of these traits that are published or held, oldest first, as the holder of the room's lock
   * sees them. Those of members, regulars and staff, of whichever room, are never among them.
   */
  async alike(
    tx: Transaction,
    roomId: number,
    { likeness, incidents }: MessageTraits,
    most: number,
  ): Promise<AlikeMessage[]> {
    return tx.rows(
      ALIKE_MESSAGE_COLUMNS,
      `SELECT m.id, m.user_id AS "userId", m.state = 'held' AS "isHeld", m.data
       FROM messages m JOIN users u ON u.id = m.user_id
         LEFT JOIN permission_overrides o ON o.user_id = u.id AND o.room_id = $1
       WHERE m.room_id = $1 AND m.state IN ('published', 'held') AND m.data IS NOT NULL
         AND m.whisper_to IS NULL AND NOT m.whisper_mods AND m.posted_at > ${NOW} - ${COMPARED_FOR}
         AND (m.likeness && $2::bigint[] OR m.incident_id = ANY ($3::bigint[]))
         AND ${UNTRUSTED}
         AND NOT EXISTS (SELECT 1 FROM permission_overrides s WHERE s.user_id = u.id AND s.moderator)
       ORDER BY m.id LIMIT $4`,
      [roomId, likeness, incidents, most],
    );
  }
}
