import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** A message that somebody has posted to a room lately. */
export interface OwnText {
  userId: number;
  /** Unix seconds. */
  postedAt: number;
  /** Without its padding. */
  data: Buffer;
}

/** Messages of one person that are looked at. */
const MOST = 50;

const OWN_TEXT_COLUMNS: Columns<OwnText> = {
  userId: column.number,
  postedAt: column.number,
  data: column.bytes,
};

/** Reads the own posts of people, for rules about repetition. */
@Injectable()
export class OwnTextsRepository {
  /**
   * The latest messages of people in a room, whatever became of them; deleted ones say nothing.
   * @param token in whatever case; the room need not exist
   */
  async recent(
    tx: Transaction,
    token: string,
    userIds: readonly number[],
    seconds: number,
  ): Promise<OwnText[]> {
    if (userIds.length === 0) return [];
    return tx.rows(
      OWN_TEXT_COLUMNS,
      `SELECT person.id AS "userId", m.posted_at AS "postedAt", m.data
       FROM rooms r CROSS JOIN unnest($2::bigint[]) AS person (id) CROSS JOIN LATERAL (
         SELECT posted_at, data FROM messages
         WHERE room_id = r.id AND user_id = person.id AND posted_at > ${NOW} - $3::float8 AND data IS NOT NULL
         ORDER BY posted_at DESC LIMIT ${MOST}
       ) AS m
       WHERE lower(r.token) = lower($1)`,
      [token, [...new Set(userIds)], seconds],
    );
  }
}
