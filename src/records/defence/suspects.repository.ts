import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type Incident } from './incidents.repository.js';

/** A first post that may have set off an incident. */
export interface Suspect {
  id: number;
  userId: number;
  data: Buffer;
  hasFiles: boolean;
  /** Seconds since it was posted. */
  age: number;
  /** Whether its author has polled the room. */
  hasPolled: boolean;
  /** Whether two others at least share a fingerprint with it, and how old its cluster's oldest message is. */
  cluster: { isOldest: boolean } | null;
}

const SUSPECT_COLUMNS: Columns<Suspect> = {
  id: column.number,
  userId: column.number,
  data: column.bytes,
  hasFiles: column.boolean,
  age: column.number,
  hasPolled: column.boolean,
  cluster: column.json(z.object({ isOldest: z.boolean() })).orNull,
};

/** Published posts of people who were strangers when an incident began. */
@Injectable()
export class SuspectsRepository {
  /**
   * The first posts that set off an incident and are still published: those of people who are newcomers since it began.
   * The transaction holds the room's lock.
   * @param cluster how many people make a fingerprint suspicious
   */
  async of(tx: Transaction, { roomId, beganAt, startedAt }: Incident, cluster: number): Promise<Suspect[]> {
    return tx.rows(
      SUSPECT_COLUMNS,
      `WITH said AS (
         SELECT value, min(m.id) AS oldest
         FROM messages m CROSS JOIN unnest(m.likeness) AS value
           LEFT JOIN trust t ON t.room_id = m.room_id AND t.user_id = m.user_id
         WHERE m.room_id = $1 AND m.posted_at BETWEEN $2 AND $3::float8 + 1 AND m.likeness IS NOT NULL
           AND t.member_since IS NULL AND t.regular_since IS NULL
         GROUP BY value HAVING count(DISTINCT m.user_id) >= $4
       )
       SELECT m.id, m.user_id AS "userId", m.data, ${NOW} - m.posted_at AS age,
         EXISTS (SELECT 1 FROM files f WHERE f.message_id = m.id) AS "hasFiles",
         EXISTS (SELECT 1 FROM room_users v WHERE v.room_id = m.room_id AND v.user_id = m.user_id) AS "hasPolled",
         (SELECT json_build_object('isOldest', bool_and(said.oldest = m.id)) FROM said
          WHERE said.value = ANY (m.likeness) HAVING count(*) > 0) AS cluster
       FROM messages m JOIN trust t ON t.room_id = m.room_id AND t.user_id = m.user_id
         JOIN users u ON u.id = m.user_id
         LEFT JOIN permission_overrides o ON o.room_id = m.room_id AND o.user_id = m.user_id
       WHERE m.room_id = $1 AND m.state = 'published' AND m.data IS NOT NULL AND m.whisper_to IS NULL
         AND m.posted_at BETWEEN $2 AND $3::float8 + 1 AND t.first_at >= $2 - 1
         AND t.member_since IS NULL AND t.regular_since IS NULL AND NOT u.trusted AND NOT u.moderator
         AND NOT coalesce(o.trusted OR o.moderator, false)
       ORDER BY m.id`,
      [roomId, beganAt, startedAt, cluster],
    );
  }
}
