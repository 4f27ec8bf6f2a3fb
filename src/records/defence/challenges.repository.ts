import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { challengeQuestionSchema, type Challenge, CHALLENGE_STATES } from './challenge.js';
import { CHALLENGED } from './held.js';

const CHALLENGE = `c.user_id AS "userId", u.session_id AS "sessionId", c.state, c.level, c.question, c.card_id AS "cardId",
  c.made_at AS "madeAt", c.read_at AS "readAt", c.wrong_tries AS "wrongTries", c.due_at AS "dueAt",
  c.is_explained AS "isExplained"`;

/** Whether staff has muted or shadowed the person of the row `u` in the room `$1`: a challenge publishes nothing of theirs. */
const SILENCED = `(u.shadowed OR coalesce(u.muted_until > ${NOW}, false) OR EXISTS (
  SELECT 1 FROM permission_overrides o
  WHERE o.user_id = u.id AND o.room_id = $1 AND (o.shadowed OR o.muted_until > ${NOW})))`;

/** A message that its author alone sees. */
export interface HeldMessage {
  id: number;
  userId: number;
  sessionId: string;
  heldFor: string | null;
  /** Whether staff has muted or shadowed its author. */
  isSilenced: boolean;
}

/** A challenge whose card is there, and that card as its reader knows it. */
export interface OpenChallenge extends Challenge {
  /** Unix seconds. */
  cardPostedAt: number;
  /** Session ID of the card's author. */
  cardAuthor: string;
}

const CHALLENGE_COLUMNS: Columns<Challenge> = {
  userId: column.number,
  sessionId: column.text,
  state: column.oneOf(CHALLENGE_STATES),
  level: column.oneOf([1, 2]),
  question: column.json(challengeQuestionSchema).orNull,
  cardId: column.number.orNull,
  madeAt: column.number,
  readAt: column.number.orNull,
  wrongTries: column.number,
  dueAt: column.number,
  isExplained: column.boolean,
};

const WAITING_COLUMNS = { ...CHALLENGE_COLUMNS, messageIds: column.list(column.number) };

const OPEN_CHALLENGE_COLUMNS: Columns<OpenChallenge> = {
  cardPostedAt: column.number,
  cardAuthor: column.text,
  ...CHALLENGE_COLUMNS,
};

const HELD_MESSAGE_COLUMNS: Columns<HeldMessage> = {
  id: column.number,
  userId: column.number,
  sessionId: column.text,
  heldFor: column.text.orNull,
  isSilenced: column.boolean,
};

/** The table of challenges. All of a room's are written under its lock, but for when they were read. */
@Injectable()
export class ChallengesRepository {
  constructor(private readonly database: Database) {}

  /** The challenges of people in a room. */
  async of(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<Challenge[]> {
    return tx.rows(
      CHALLENGE_COLUMNS,
      `SELECT ${CHALLENGE} FROM challenges c JOIN users u ON u.id = c.user_id
       WHERE c.room_id = $1 AND c.user_id = ANY ($2)`,
      [roomId, userIds],
    );
  }

  /** Whether anybody has a question to answer in a room. */
  async isAnyAsked(token: string): Promise<boolean> {
    return this.database.exists(
      `SELECT FROM challenges c JOIN rooms r ON r.id = c.room_id
       WHERE lower(r.token) = lower($1) AND c.state = 'asked' LIMIT 1`,
      [token],
    );
  }

  /** Somebody's question in a room, if there is one to answer. */
  async open(reader: DatabaseReader, token: string, userId: number): Promise<OpenChallenge | undefined> {
    return reader.row(
      OPEN_CHALLENGE_COLUMNS,
      `SELECT ${CHALLENGE}, m.posted_at AS "cardPostedAt", author.session_id AS "cardAuthor"
       FROM challenges c JOIN rooms r ON r.id = c.room_id JOIN users u ON u.id = c.user_id
         JOIN messages m ON m.id = c.card_id JOIN users author ON author.id = m.user_id
       WHERE lower(r.token) = lower($1) AND c.user_id = $2 AND c.state = 'asked'`,
      [token, userId],
    );
  }

  /** Puts challenges in place of what these people had in the room. */
  async save(tx: Transaction, roomId: number, challenges: readonly Challenge[]): Promise<void> {
    if (challenges.length === 0) return;
    await tx.run(
      `INSERT INTO challenges (room_id, user_id, state, level, question, card_id, made_at, read_at, wrong_tries, due_at,
         is_explained)
       SELECT $1, n.* FROM unnest($2::bigint[], $3::text[], $4::int[], $5::jsonb[], $6::bigint[], $7::float8[],
         $8::float8[], $9::int[], $10::float8[], $11::bool[]) AS n
       ON CONFLICT (room_id, user_id) DO UPDATE SET state = excluded.state, level = excluded.level,
         question = excluded.question, card_id = excluded.card_id, made_at = excluded.made_at,
         read_at = excluded.read_at, wrong_tries = excluded.wrong_tries, due_at = excluded.due_at,
         is_explained = excluded.is_explained`,
      [
        roomId,
        challenges.map(({ userId }) => userId),
        challenges.map(({ state }) => state),
        challenges.map(({ level }) => level),
        challenges.map(({ question }) => question && JSON.stringify(question)),
        challenges.map(({ cardId }) => cardId),
        challenges.map(({ madeAt }) => madeAt),
        challenges.map(({ readAt }) => readAt),
        challenges.map(({ wrongTries }) => wrongTries),
        challenges.map(({ dueAt }) => dueAt),
        challenges.map(({ isExplained }) => isExplained),
      ],
    );
  }

  /** Notes that somebody has got cards of theirs, unless that is known. */
  async markRead(userId: number, cardIds: readonly number[]): Promise<void> {
    await this.database.run(
      `UPDATE challenges SET read_at = ${NOW} WHERE card_id = ANY ($2) AND user_id = $1 AND read_at IS NULL`,
      [userId, cardIds],
    );
  }

  /** The held messages of people in a room, oldest first. */
  async heldOf(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<HeldMessage[]> {
    return tx.rows(
      HELD_MESSAGE_COLUMNS,
      `SELECT m.id, m.user_id AS "userId", u.session_id AS "sessionId", m.held_for AS "heldFor",
         ${SILENCED} AS "isSilenced"
       FROM messages m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = $1 AND m.user_id = ANY ($2) AND m.state = 'held' AND m.data IS NOT NULL ORDER BY m.id`,
      [roomId, userIds],
    );
  }

  /** People who have solved their challenge in a room and wait, in random order, with the held posts that this is about. */
  async waiting(
    tx: Transaction,
    roomId: number,
    most: number,
  ): Promise<(Challenge & { messageIds: number[] })[]> {
    return tx.rows(
      WAITING_COLUMNS,
      `SELECT ${CHALLENGE}, coalesce(
         (SELECT array_agg(m.id ORDER BY m.id) FROM messages m
          WHERE m.room_id = $1 AND m.user_id = c.user_id AND m.state = 'held' AND m.held_for = ANY ($3)
            AND m.data IS NOT NULL AND NOT ${SILENCED}), '{}') AS "messageIds"
       FROM challenges c JOIN users u ON u.id = c.user_id
       WHERE c.room_id = $1 AND c.state = 'solved' ORDER BY random() LIMIT $2`,
      [roomId, most, CHALLENGED],
    );
  }

  /** Has all who wait in a room looked at again at a time. */
  async postponeWaiting(tx: Transaction, roomId: number, dueAt: number): Promise<void> {
    await tx.run(`UPDATE challenges SET due_at = $2 WHERE room_id = $1 AND state = 'solved'`, [
      roomId,
      dueAt,
    ]);
  }

  /** Tokens of rooms where something is to be done about a challenge, those first that have waited longest. */
  async roomsWithDue(most: number): Promise<string[]> {
    const rows = await this.database.rows(
      { token: column.text },
      `SELECT r.token FROM (
         SELECT room_id, due_at FROM challenges WHERE due_at <= ${NOW} ORDER BY due_at LIMIT 1000
       ) AS c JOIN rooms r ON r.id = c.room_id GROUP BY r.id ORDER BY min(c.due_at) LIMIT $1`,
      [most],
    );
    return rows.map(({ token }) => token);
  }

  /** Challenges of a room about which something is to be done, those first that have waited longest. */
  async due(tx: Transaction, roomId: number, most: number): Promise<Challenge[]> {
    return tx.rows(
      CHALLENGE_COLUMNS,
      `SELECT ${CHALLENGE} FROM challenges c JOIN users u ON u.id = c.user_id
       WHERE c.room_id = $1 AND c.due_at <= ${NOW} ORDER BY c.due_at LIMIT $2`,
      [roomId, most],
    );
  }

  async remove(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<void> {
    await tx.run('DELETE FROM challenges WHERE room_id = $1 AND user_id = ANY ($2)', [roomId, userIds]);
  }
}
