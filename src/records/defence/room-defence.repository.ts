import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { column, type Columns, type OrNulls, orNulls } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { takesLocks } from '../locks/lock-order.js';
import {
  type BusiestWindows,
  busiestSchema,
  type RoomDefence,
  type RoomDefenceNow,
  type ServerDefence,
  type Times,
  UNTOUCHED,
} from './room-defence.js';
import { ROOM_STATES, type RoomState } from './room-state.js';
import { namesOfStaffAmong } from './staff-names.repository.js';

/** Days that count towards what is usual in a room. The last one ended a day ago, so that nobody can pump it today. */
export const USUAL_DAYS = 14;
const DAY = `floor(${NOW} / 86400)::integer`;

const COLUMNS = `d.state, d.since, d.until, d.is_forced AS "isForced", d.incident_id AS "incidentId", d.expected,
  d.expected_until AS "expectedUntil", d.first_posts AS "firstPosts", d.newcomer_posts AS "newcomerPosts",
  d.young_posts AS "youngPosts", d.attempts,
  d.stranger_reactions AS "strangerReactions", d.solved, d.right_answers AS "rightAnswers",
  d.wrong_answers AS "wrongAnswers", d.day, d.busiest`;

/** In SQL, for the room `r` and its defence `d`: a `RoomDefenceNow`, as `toDefence` makes it of a row. */
const DEFENCE_NOW = `${COLUMNS}, ${NOW} AS now,
  (SELECT json_agg(b.busiest) FROM busy_days b
   WHERE b.room_id = r.id AND b.day BETWEEN ${DAY} - 1 - ${USUAL_DAYS} AND ${DAY} - 2) AS "busyDays"`;

/** A room's defence, and who of those who post there writes under a name of its staff. */
export interface WatchedRoomNow extends RoomDefenceNow {
  /** Fingerprints of names. */
  namesOfStaff: readonly number[];
}

/** A room that is not calm. */
export interface TroubledRoom {
  id: number;
  token: string;
  state: RoomState;
}

const ROOM_DEFENCE_COLUMNS: Columns<RoomDefence> = {
  state: column.oneOf(ROOM_STATES),
  since: column.number,
  until: column.number.orNull,
  isForced: column.boolean,
  incidentId: column.number.orNull,
  expected: column.number,
  expectedUntil: column.number.orNull,
  solved: column.list(column.number),
  rightAnswers: column.list(column.number),
  wrongAnswers: column.list(column.number),
  day: column.number,
  busiest: column.json(busiestSchema),
  firstPosts: column.list(column.number),
  newcomerPosts: column.list(column.number),
  youngPosts: column.list(column.number),
  attempts: column.list(column.number),
  strangerReactions: column.list(column.number),
};

const TROUBLED_ROOM_COLUMNS: Columns<TroubledRoom> = {
  id: column.number,
  token: column.text,
  state: column.oneOf(ROOM_STATES),
};

const JOINED_COLUMNS = {
  ...orNulls(ROOM_DEFENCE_COLUMNS),
  now: column.number,
  busyDays: column.json(z.array(busiestSchema)).orNull,
};

const WATCHED_ROOM_COLUMNS = { ...JOINED_COLUMNS, namesOfStaff: column.list(column.number).orNull };

const STATE_COLUMNS = { state: column.oneOf(ROOM_STATES) };

const SERVER_DEFENCE_COLUMNS: Columns<ServerDefence> = {
  firstPosts: column.list(column.number),
  newcomerPosts: column.list(column.number),
  youngPosts: column.list(column.number),
};

type DefenceRow = OrNulls<RoomDefence> & { now: number; busyDays: readonly BusiestWindows[] | null };

/** The tables of what strangers and newcomers do together. All writes of a room's row are made under the room's lock. */
@Injectable()
export class RoomDefenceRepository {
  constructor(private readonly database: Database) {}

  /**
   * A room's defence. A transaction that holds the room's lock may write what comes of it by {@link save}.
   * @param token in whatever case
   * @returns undefined when there is no such room
   */
  async find(reader: DatabaseReader, token: string): Promise<RoomDefenceNow | undefined> {
    const row = await reader.row(
      JOINED_COLUMNS,
      `SELECT ${DEFENCE_NOW}
       FROM rooms r LEFT JOIN room_defences d ON d.room_id = r.id WHERE lower(r.token) = lower($1)`,
      [token],
    );
    return row && toDefence(row);
  }

  /**
   * As {@link find}, with those of some names that belong to somebody whom the room shows as its staff.
   * @param names fingerprints
   */
  async watch(
    reader: DatabaseReader,
    token: string,
    names: readonly number[],
  ): Promise<WatchedRoomNow | undefined> {
    const row = await reader.row(
      WATCHED_ROOM_COLUMNS,
      `SELECT ${DEFENCE_NOW}, ${namesOfStaffAmong('$2::bigint[]')} AS "namesOfStaff"
       FROM rooms r LEFT JOIN room_defences d ON d.room_id = r.id WHERE lower(r.token) = lower($1)`,
      [token, names],
    );
    if (!row) return undefined;
    const { namesOfStaff, ...defence } = row;
    return { ...toDefence(defence), namesOfStaff: namesOfStaff ?? [] };
  }

  /** The state of a room, given by its token in whatever case. */
  async stateOf(reader: DatabaseReader, token: string): Promise<RoomState> {
    const row = await reader.row(
      STATE_COLUMNS,
      'SELECT d.state FROM room_defences d JOIN rooms r ON r.id = d.room_id WHERE lower(r.token) = lower($1)',
      [token],
    );
    return row?.state ?? 'calm';
  }

  /** Puts a room's defence in place of what was there. */
  async save(tx: Transaction, roomId: number, defence: RoomDefence): Promise<void> {
    await tx.run(
      `INSERT INTO room_defences (room_id, state, since, until, is_forced, incident_id, expected, expected_until,
         first_posts, newcomer_posts, young_posts, attempts, solved, right_answers, wrong_answers, day, busiest,
         stranger_reactions)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
       ON CONFLICT (room_id) DO UPDATE SET state = excluded.state, since = excluded.since, until = excluded.until,
         is_forced = excluded.is_forced, incident_id = excluded.incident_id, expected = excluded.expected,
         expected_until = excluded.expected_until, first_posts = excluded.first_posts,
         newcomer_posts = excluded.newcomer_posts, young_posts = excluded.young_posts, attempts = excluded.attempts,
         solved = excluded.solved, right_answers = excluded.right_answers, wrong_answers = excluded.wrong_answers,
         day = excluded.day, busiest = excluded.busiest, stranger_reactions = excluded.stranger_reactions`,
      [
        roomId,
        defence.state,
        defence.since,
        defence.until,
        defence.isForced,
        defence.incidentId,
        defence.expected,
        defence.expectedUntil,
        arrayOf(defence.firstPosts),
        arrayOf(defence.newcomerPosts),
        arrayOf(defence.youngPosts),
        arrayOf(defence.attempts),
        arrayOf(defence.solved),
        arrayOf(defence.rightAnswers),
        arrayOf(defence.wrongAnswers),
        defence.day,
        JSON.stringify(defence.busiest),
        arrayOf(defence.strangerReactions),
      ],
    );
  }

  /** Keeps the busiest windows of a day that is over. */
  async keepDay(tx: Transaction, roomId: number, day: number, busiest: BusiestWindows): Promise<void> {
    await tx.run(
      `INSERT INTO busy_days (room_id, day, busiest) VALUES ($1, $2, $3)
       ON CONFLICT (room_id, day) DO UPDATE SET busiest = excluded.busiest`,
      [roomId, day, JSON.stringify(busiest)],
    );
  }

  /** Forgets days that are too long ago to count. */
  async forgetOldDays(): Promise<void> {
    await this.database.transact((tx) =>
      tx.run(`DELETE FROM busy_days WHERE day < ${DAY} - ${USUAL_DAYS + 2}`),
    );
  }

  /** The rooms that are not calm. */
  async troubled(): Promise<TroubledRoom[]> {
    return this.database.rows(
      TROUBLED_ROOM_COLUMNS,
      `SELECT r.id, r.token, d.state FROM room_defences d JOIN rooms r ON r.id = d.room_id
       WHERE d.state <> 'calm' ORDER BY r.id`,
    );
  }

  /** Whether any room is guarded. */
  async isAnyGuarded(reader: DatabaseReader): Promise<boolean> {
    return reader.exists(`SELECT FROM room_defences WHERE state = 'guarded' LIMIT 1`);
  }

  /** Takes the lock of what all rooms count together, after all others, and reads it. */
  async lockServer(tx: Transaction): Promise<ServerDefence> {
    takesLocks(tx, 'server defence', [SERVER]);
    const row = await tx.row(
      SERVER_DEFENCE_COLUMNS,
      `SELECT first_posts AS "firstPosts", newcomer_posts AS "newcomerPosts", young_posts AS "youngPosts"
       FROM server_defence FOR UPDATE`,
    );
    if (!row) throw new Error('The row of the server’s defence is missing');
    return row;
  }

  async saveServer(tx: Transaction, { firstPosts, newcomerPosts, youngPosts }: ServerDefence): Promise<void> {
    await tx.run(
      'UPDATE server_defence SET first_posts = $1, newcomer_posts = $2, young_posts = $3',
      [firstPosts, newcomerPosts, youngPosts].map(arrayOf),
    );
  }
}

/** The one key of its lock. */
const SERVER = 'server';

/** Whether a room's row was there to join: no column of one that is there is null where its type says so. */
function isThere(defence: OrNulls<RoomDefence>): defence is RoomDefence {
  return defence.state !== null;
}

function toDefence({ now, busyDays, ...defence }: DefenceRow): RoomDefenceNow {
  return { defence: isThere(defence) ? defence : UNTOUCHED, busyDays: busyDays ?? [], now };
}

/** An array as PostgreSQL writes it: node-postgres looks at each of its elements by itself, and takes ten times as long. */
function arrayOf(times: Times): string {
  return `{${times.join(',')}}`;
}
