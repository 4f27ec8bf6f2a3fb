import type pg from 'pg';
import { analyzeFilledTables } from '../src/foundation/database/analyze.js';
import { type RoomSituation } from './workloads.js';

/** The size of a community before the load begins. */
export interface DataSet {
  name: string;
  users: number;
  /** Messages in the first of the rooms. */
  messages: number;
  /** Rooms without messages, beside those that the load goes to. */
  quietRooms: number;
  /** Users with permissions of their own in the first room. */
  overrides: number;
}

export const DATA_SETS: Record<'small' | 'large', DataSet> = {
  small: { name: 'small', users: 1_000, messages: 1_000, quietRooms: 0, overrides: 0 },
  large: { name: 'large', users: 50_000, messages: 500_000, quietRooms: 500, overrides: 20_000 },
};

/** Rooms that the load goes to; the first has the messages, the others a few. */
export const ROOMS = ['bench-0', 'bench-1', 'bench-2', 'bench-3', 'bench-4'] as const;
const MESSAGES_IN_OTHER_ROOMS = 300;
const MESSAGE_BYTES = 160;

/** Fills an empty community, by SQL: the load itself goes through the protocol. */
export async function fill(sql: pg.Pool, dataSet: DataSet, members: readonly string[]): Promise<void> {
  await sql.query(
    `INSERT INTO users (session_id, created_at, last_active_at)
     SELECT id, extract(epoch FROM now()), extract(epoch FROM now()) FROM unnest($1::text[]) AS id`,
    [members],
  );
  await sql.query(
    `INSERT INTO users (session_id, created_at, last_active_at)
     SELECT '15' || encode(sha256(n::text::bytea), 'hex'), extract(epoch FROM now()), extract(epoch FROM now())
     FROM generate_series(1, $1::int) AS n`,
    [dataSet.users - members.length],
  );
  for (const [index, token] of ROOMS.entries()) {
    await sql.query(
      `INSERT INTO rooms (token, name, created_at) VALUES ($1, $1, extract(epoch FROM now()))`,
      [token],
    );
    await fillRoom(sql, token, index === 0 ? dataSet.messages : MESSAGES_IN_OTHER_ROOMS);
  }
  await sql.query(
    `INSERT INTO rooms (token, name, created_at)
     SELECT 'quiet-' || n, 'Quiet', extract(epoch FROM now()) FROM generate_series(1, $1::int) AS n`,
    [dataSet.quietRooms],
  );
  await sql.query(
    `INSERT INTO permission_overrides (room_id, user_id, upload)
     SELECT rooms.id, users.id, true FROM rooms, users WHERE token = $1 ORDER BY users.id DESC LIMIT $2`,
    [ROOMS[0], dataSet.overrides],
  );
  await sql.query(
    `INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day, member_since, regular_since)
     SELECT rooms.id, users.id, 0, 30, 10, 0, 0, 0 FROM rooms, users
     WHERE rooms.token = ANY ($2) AND users.session_id = ANY ($1)`,
    [members, ROOMS],
  );
  // Members who have been in the rooms for a while: the steady state is being polled, not being joined.
  await sql.query(
    `INSERT INTO room_users (room_id, user_id, last_active_at)
     SELECT rooms.id, users.id, extract(epoch FROM now()) FROM rooms, users
     WHERE rooms.token = ANY ($2) AND users.session_id = ANY ($1)`,
    [members, ROOMS],
  );
  await analyzeFilledTables(sql);
}

/** Adds messages to a room and raises its counter. */
export async function fillRoom(sql: pg.Pool, token: string, messages: number): Promise<void> {
  await sql.query(
    `WITH room AS (SELECT id, message_sequence FROM rooms WHERE token = $1),
       authors AS (SELECT array_agg(id) AS ids FROM (SELECT id FROM users ORDER BY id LIMIT 1000) AS first)
     INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature)
     SELECT room.id, authors.ids[1 + n % cardinality(authors.ids)], extract(epoch FROM now()) - 86400,
       room.message_sequence + n, room.message_sequence + n, room.message_sequence + n,
       decode(repeat(md5(n::text), $3::int / 16), 'hex'), $3::int, decode(repeat(md5(n::text), 4), 'hex')
     FROM room, authors, generate_series(1, $2::int) AS n`,
    [token, messages, MESSAGE_BYTES],
  );
  await sql.query('UPDATE rooms SET message_sequence = message_sequence + $2 WHERE token = $1', [
    token,
    messages,
  ]);
}

/** The latest seqnos and counts of info updates of rooms, in the order of their ids. */
export async function countersOf(sql: pg.Pool, tokens: readonly string[] = ROOMS): Promise<RoomSituation[]> {
  const { rows } = await sql.query<{ token: string; seqno: string; infoUpdates: string }>(
    `SELECT token, message_sequence AS seqno, info_updates AS "infoUpdates" FROM rooms
     WHERE token = ANY ($1) ORDER BY id`,
    [tokens],
  );
  return rows.map(({ token, seqno, infoUpdates }) => ({
    token,
    seqno: Number(seqno),
    infoUpdates: Number(infoUpdates),
  }));
}
