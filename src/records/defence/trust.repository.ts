import { Injectable } from '@nestjs/common';
import { column, type Columns, type OrNulls } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import {
  SECONDS_PER_DAY,
  STANDS,
  type Acquaintance,
  MEMBER,
  PROMOTIONS_A_DAY,
  REGULAR,
  type TrustRecord,
  trustRecordSchema,
} from './trust.js';

/** Somebody with the counts that gates go by, none of which are made for a member or anybody above. */
export interface Newcomer extends Acquaintance {
  /** How many of their messages are held there; those that they deleted while these were held count for ten minutes more. */
  held: number;
  /** Whether somebody below member has had a message held or taken back there within a day, whatever became of it since. */
  hasTried: boolean;
  /** How many messages they have posted there in the last ten minutes, whatever became of them. */
  recent: number;
  /** Seconds since the latest of these; null without any. */
  sinceLatest: number | null;
}

type NewcomerRow = OrNulls<TrustRecord> & Omit<Newcomer, 'record'> & { id: number };

/** Seconds that the rates of newcomers look back. */
const RECENT = 600;
/** Waiting people who are looked at in one run; the others are looked at in a later one. */
const MOST_LOOKED_AT = 500;

const RECORD = `json_build_object('firstAt', t.first_at, 'posts', t.posts, 'days', t.days,
  'memberSince', t.member_since, 'regularSince', t.regular_since)`;
const IS_MEMBER_ELSEWHERE = `EXISTS (SELECT 1 FROM trust e
  WHERE e.user_id = person.id AND e.member_since IS NOT NULL AND e.room_id <> r.id)`;

const TRUST_RECORD = column.json(trustRecordSchema);

const ACQUAINTANCE_COLUMNS = {
  id: column.number,
  record: TRUST_RECORD.orNull,
  isMemberElsewhere: column.boolean,
};

/** Apart from {@link ACQUAINTANCE_COLUMNS}, every post reads these: JSON would take PostgreSQL and a process longer. */
const NEWCOMER_COLUMNS: Columns<NewcomerRow> = {
  id: column.number,
  firstAt: column.number.orNull,
  posts: column.number.orNull,
  days: column.number.orNull,
  memberSince: column.number.orNull,
  regularSince: column.number.orNull,
  isMemberElsewhere: column.boolean,
  held: column.number,
  hasTried: column.boolean,
  recent: column.number,
  sinceLatest: column.number.orNull,
};

/** Copied field by field, because each post has one. */
function toNewcomer(row: NewcomerRow): Newcomer {
  return {
    record: recordIn(row),
    isMemberElsewhere: row.isMemberElsewhere,
    held: row.held,
    hasTried: row.hasTried,
    recent: row.recent,
    sinceLatest: row.sinceLatest,
  };
}

function recordIn({ firstAt, posts, days, memberSince, regularSince }: NewcomerRow): TrustRecord | undefined {
  if (firstAt === null || posts === null || days === null) return undefined;
  return { firstAt, posts, days, memberSince, regularSince };
}

/** The table of how far people are trusted in rooms. All writes are made under the room's lock. */
@Injectable()
export class TrustRepository {
  constructor(private readonly database: Database) {}

  /**
   * The acquaintances of people with a room.
   * @param token in whatever case; the room need not exist
   * @returns by user id
   */
  async of(
    reader: DatabaseReader,
    token: string,
    userIds: readonly number[],
  ): Promise<Map<number, Acquaintance>> {
    if (userIds.length === 0) return new Map();
    const rows = await reader.rows(
      ACQUAINTANCE_COLUMNS,
      `SELECT person.id, CASE WHEN t.user_id IS NOT NULL THEN ${RECORD} END AS record,
         ${IS_MEMBER_ELSEWHERE} AS "isMemberElsewhere"
       FROM rooms r CROSS JOIN unnest($2::bigint[]) AS person (id)
         LEFT JOIN trust t ON t.room_id = r.id AND t.user_id = person.id
       WHERE lower(r.token) = lower($1)`,
      [token, userIds],
    );
    return new Map(
      rows.map(({ id, record, isMemberElsewhere }) => [
        id,
        { record: record ?? undefined, isMemberElsewhere },
      ]),
    );
  }

  /**
   * As {@link of}, with what the rates of newcomers count. Those may be many posts, so nobody counts them for people whom no rate
   * of newcomers concerns: members, regulars, and those whom staff's say makes regulars.
   * @param people by user id, whether staff's say makes them regulars
   * @returns by user id
   */
  async newcomers(
    tx: Transaction,
    token: string,
    people: ReadonlyMap<number, boolean>,
  ): Promise<Map<number, Newcomer>> {
    if (people.size === 0) return new Map();
    const rows = await tx.rows(
      NEWCOMER_COLUMNS,
      `SELECT person.id, t.first_at AS "firstAt", t.posts, t.days, t.member_since AS "memberSince",
         t.regular_since AS "regularSince", is_counted AND ${IS_MEMBER_ELSEWHERE} AS "isMemberElsewhere",
         CASE WHEN is_counted THEN (
           SELECT count(*) FROM messages m
           WHERE m.room_id = r.id AND m.user_id = person.id AND m.state = 'held'
         ) + latest.deleted ELSE 0 END AS held,
         is_counted AND EXISTS (
           SELECT 1 FROM messages m
           WHERE m.room_id = r.id AND m.user_id = person.id AND m.posted_at > ${NOW} - ${SECONDS_PER_DAY}
             AND (m.held_for IS NOT NULL OR m.state = 'withdrawn')
         ) AS "hasTried",
         latest.count AS recent, ${NOW} - latest.at AS "sinceLatest"
       FROM rooms r CROSS JOIN unnest($2::bigint[], $3::bool[]) AS person (id, is_regular_by_say)
         LEFT JOIN trust t ON t.room_id = r.id AND t.user_id = person.id
         CROSS JOIN LATERAL (
           SELECT NOT is_regular_by_say AND t.member_since IS NULL AND t.regular_since IS NULL AS is_counted
         ) AS counts
         CROSS JOIN LATERAL (
           SELECT count(*) AS count, max(m.posted_at) AS at, count(*) FILTER (
             WHERE m.state = 'unseen' AND m.data IS NULL AND m.held_for IS NOT NULL) AS deleted
           FROM messages m
           WHERE is_counted AND m.room_id = r.id AND m.user_id = person.id AND m.posted_at > ${NOW} - ${RECENT}
         ) AS latest
       WHERE lower(r.token) = lower($1)`,
      [token, [...people.keys()], [...people.values()]],
    );
    return new Map(rows.map((row) => [row.id, toNewcomer(row)]));
  }

  /** Everyone's record with a person's other rooms, for those who explain it. @returns by room token */
  async roomsOf(userId: number, reader: DatabaseReader = this.database): Promise<Map<string, TrustRecord>> {
    const rows = await reader.rows(
      { token: column.text, record: TRUST_RECORD },
      `SELECT r.token, ${RECORD} AS record FROM trust t JOIN rooms r ON r.id = t.room_id
       WHERE t.user_id = $1 ORDER BY r.token`,
      [userId],
    );
    return new Map(rows.map(({ token, record }) => [token, record]));
  }

  /**
   * Somebody's records in some rooms, or in all, for the log of what takes them away.
   * @returns by room token
   */
  async earnedBy(
    reader: DatabaseReader,
    userId: number,
    tokens: readonly string[] | null,
  ): Promise<Record<string, TrustRecord>> {
    const records = [...(await this.roomsOf(userId, reader))];
    return Object.fromEntries(records.filter(([token]) => tokens === null || tokens.includes(token)));
  }

  /** Somebody's records in all rooms, by room id. */
  async everywhere(reader: DatabaseReader, userId: number): Promise<Map<number, TrustRecord>> {
    const rows = await reader.rows(
      { roomId: column.number, record: TRUST_RECORD },
      `SELECT t.room_id AS "roomId", ${RECORD} AS record FROM trust t WHERE t.user_id = $1`,
      [userId],
    );
    return new Map(rows.map(({ roomId, record }) => [roomId, record]));
  }

  /**
   * Counts posts that were published. Those of regulars change nothing; who publishes enough becomes one.
   * @param posts in order; `at` in unix seconds
   */
  async recordPublished(
    tx: Transaction,
    roomId: number,
    posts: readonly { userId: number; at: number }[],
  ): Promise<void> {
    if (posts.length === 0) return;
    await tx.run(
      `INSERT INTO trust AS t (room_id, user_id, first_at, posts, days, last_day)
       SELECT $1, user_id, min(at), count(*), count(DISTINCT floor(at / ${SECONDS_PER_DAY})),
         floor(max(at) / ${SECONDS_PER_DAY})
       FROM unnest($2::bigint[], $3::float8[]) AS post (user_id, at)
       GROUP BY user_id ORDER BY user_id
       ON CONFLICT (room_id, user_id) DO UPDATE SET
         first_at = CASE WHEN t.posts = 0 THEN excluded.first_at ELSE t.first_at END,
         posts = t.posts + excluded.posts,
         days = t.days + (excluded.last_day > t.last_day OR t.days = 0)::integer,
         last_day = greatest(t.last_day, excluded.last_day),
         regular_since = CASE WHEN t.member_since IS NOT NULL AND t.posts + excluded.posts >= ${REGULAR.posts}
           AND t.days + (excluded.last_day > t.last_day)::integer >= ${REGULAR.days} THEN ${NOW} END
       WHERE t.regular_since IS NULL`,
      [roomId, posts.map(({ userId }) => userId), posts.map(({ at }) => at)],
    );
  }

  /** Has people who are no regulars begin to count anew, because staff has removed something of theirs. */
  async startAnew(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<void> {
    await tx.run(
      `UPDATE trust SET posts = 0, days = 0 WHERE room_id = $1 AND user_id = ANY ($2) AND regular_since IS NULL`,
      [roomId, userIds],
    );
  }

  /**
   * Makes people strangers in a room.
   * @returns those who were none
   */
  async fallToStranger(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      'DELETE FROM trust WHERE room_id = $1 AND user_id = ANY ($2) RETURNING user_id AS id',
      [roomId, userIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Gives somebody back what they had earned in a room before they were made a stranger, unless they have earned anew. */
  async restore(
    tx: Transaction,
    roomId: number,
    userId: number,
    { firstAt, posts, days, memberSince, regularSince }: TrustRecord,
  ): Promise<void> {
    await tx.run(
      `INSERT INTO trust AS t (room_id, user_id, first_at, posts, days, last_day, member_since, regular_since)
       VALUES ($1, $2, $3::float8, $4, $5, floor($3::float8 / ${SECONDS_PER_DAY}), $6, $7)
       ON CONFLICT (room_id, user_id) DO UPDATE SET first_at = excluded.first_at, posts = t.posts + excluded.posts,
         days = t.days + excluded.days, member_since = coalesce(excluded.member_since, t.member_since),
         regular_since = coalesce(excluded.regular_since, t.regular_since)`,
      [roomId, userId, firstAt, posts, days, memberSince, regularSince],
    );
  }

  /** Makes those people strangers again who are no members and of whose posts none stands any more. */
  async forgetUnpublished(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<void> {
    await tx.run(
      `DELETE FROM trust t WHERE t.room_id = $1 AND t.user_id = ANY ($2) AND t.member_since IS NULL
         AND t.regular_since IS NULL AND NOT EXISTS (
           SELECT 1 FROM messages m WHERE m.room_id = $1 AND m.user_id = t.user_id AND ${STANDS})`,
      [roomId, userIds],
    );
  }

  /** Makes people strangers in all rooms; the transaction has locked their standing, so they publish nothing meanwhile. */
  async fallEverywhere(tx: Transaction, userIds: readonly number[]): Promise<void> {
    await tx.run('DELETE FROM trust WHERE user_id = ANY ($1)', [userIds]);
  }

  /** Rooms in which somebody may have published enough to become a member. */
  async roomsWithWaiting(): Promise<{ id: number; token: string }[]> {
    return this.database.rows(
      { id: column.number, token: column.text },
      `SELECT r.id, r.token FROM rooms r WHERE EXISTS (
         SELECT 1 FROM trust t WHERE t.room_id = r.id AND t.member_since IS NULL AND t.posts >= ${MEMBER.posts}
           AND t.days >= ${MEMBER.days} AND t.first_at <= ${NOW} - ${MEMBER.seconds}
       ) ORDER BY r.id`,
    );
  }

  /**
   * Makes those members of a room who have published enough that still stands, the longest known first, at most twenty on
   * a day (UTC). The transaction holds the room's lock, so processes count together.
   * @returns ids of users
   */
  async promote(tx: Transaction, roomId: number): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      `WITH today AS (
         SELECT count(*) AS promoted FROM trust
         WHERE room_id = $1 AND member_since >= floor(${NOW} / ${SECONDS_PER_DAY}) * ${SECONDS_PER_DAY}
       ), waiting AS (
         SELECT t.user_id, t.first_at FROM trust t
         WHERE t.room_id = $1 AND t.member_since IS NULL AND t.posts >= ${MEMBER.posts} AND t.days >= ${MEMBER.days}
           AND t.first_at <= ${NOW} - ${MEMBER.seconds}
         ORDER BY t.first_at LIMIT ${MOST_LOOKED_AT}
       ), fit AS (
         SELECT w.user_id FROM waiting w CROSS JOIN LATERAL (
           SELECT count(*) AS posts, count(DISTINCT floor(m.posted_at / ${SECONDS_PER_DAY})) AS days,
             min(m.posted_at) AS first_at
           FROM messages m
           WHERE m.room_id = $1 AND m.user_id = w.user_id AND m.posted_at >= w.first_at - 1 AND ${STANDS}
         ) AS standing
         WHERE standing.posts >= ${MEMBER.posts} AND standing.days >= ${MEMBER.days}
           AND standing.first_at <= ${NOW} - ${MEMBER.seconds}
         ORDER BY w.first_at
         LIMIT greatest(0, ${PROMOTIONS_A_DAY} - (SELECT promoted FROM today))
       )
       UPDATE trust SET member_since = ${NOW} WHERE room_id = $1 AND user_id IN (SELECT user_id FROM fit)
       RETURNING user_id AS id`,
      [roomId],
    );
    return rows.map(({ id }) => id);
  }
}
