import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { YOUNG_FOR } from './trust.js';

/** Seconds for which a text that established members write makes nobody suspicious: 90 days. */
const COMMON_FOR = 7_776_000;
/** Established people who make a text a common one. */
const COMMON_FROM = 3;

/** Fingerprints of messages: who said the same. */
@Injectable()
export class LikenessRepository {
  /**
   * The strangers and newcomers who shared fingerprints in a room of late.
   * @param within seconds
   * @returns Session IDs by fingerprint
   */
  async alike(
    tx: Transaction,
    token: string,
    values: readonly number[],
    within: number,
  ): Promise<Map<number, Set<string>>> {
    const rows = await tx.rows(
      { value: column.number, sessionId: column.text },
      `SELECT DISTINCT value, u.session_id AS "sessionId"
       FROM rooms r JOIN messages m ON m.room_id = r.id CROSS JOIN unnest(m.likeness) AS value
         JOIN users u ON u.id = m.user_id
         LEFT JOIN trust t ON t.room_id = r.id AND t.user_id = m.user_id
       WHERE lower(r.token) = lower($1) AND m.posted_at > ${NOW} - $3::float8 AND m.likeness IS NOT NULL
         AND value = ANY ($2::bigint[]) AND t.member_since IS NULL AND t.regular_since IS NULL`,
      [token, values, within],
    );
    const alike = new Map<number, Set<string>>();
    for (const { value, sessionId } of rows) {
      alike.set(value, (alike.get(value) ?? new Set()).add(sessionId));
    }
    return alike;
  }

  /**
   * Those of these fingerprints that established members of a room have shared. This looks through the room's latest
   * posts, so it is asked only when a fingerprint would have a consequence.
   */
  async common(tx: Transaction, token: string, values: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { value: column.number },
      `SELECT value FROM rooms r JOIN messages m ON m.room_id = r.id CROSS JOIN unnest(m.likeness) AS value
         JOIN trust t ON t.room_id = r.id AND t.user_id = m.user_id
       WHERE lower(r.token) = lower($1) AND m.posted_at > ${NOW} - ${COMMON_FOR} AND m.likeness IS NOT NULL
         AND value = ANY ($2::bigint[])
         AND (t.regular_since IS NOT NULL OR t.member_since < ${NOW} - ${YOUNG_FOR})
       GROUP BY value HAVING count(DISTINCT m.user_id) >= ${COMMON_FROM}`,
      [token, values],
    );
    return rows.map(({ value }) => value);
  }
}
