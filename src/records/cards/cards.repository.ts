import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { takesLocks } from '../locks/lock-order.js';
import {
  buttonSchema,
  type Card,
  CARD_STATES,
  type CardQuestion,
  type CardState,
  UNANSWERED,
} from './card.js';

const CARD = `c.id, c.kind, c.subject, c.argument, c.text, c.buttons, c.is_minor AS "isMinor", c.for_user_id AS "forUserId", c.state,
  c.message_id AS "messageId", c.answer, c.answered_by AS "answeredBy", c.attempts, c.result`;

/** A card with the room that it belongs to. */
export interface PlacedCard extends Card {
  /** Room token. */
  room: string;
}

const CARD_COLUMNS: Columns<Card> = {
  id: column.number,
  state: column.oneOf(CARD_STATES),
  messageId: column.number.orNull,
  answer: column.text.orNull,
  answeredBy: column.number.orNull,
  attempts: column.number,
  result: column.text.orNull,
  kind: column.text,
  subject: column.text.orNull,
  argument: column.anyObject,
  text: column.text,
  buttons: column.json(z.array(buttonSchema)),
  isMinor: column.boolean,
  forUserId: column.number.orNull,
};

const PLACED_CARD_COLUMNS: Columns<PlacedCard> = { ...CARD_COLUMNS, room: column.text };

/** The table of cards. Their rows are written under the room's lock, and an answered one under its own. */
@Injectable()
export class CardsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Adds a card that moderators do not know of yet; it is due at once.
   * @returns its id
   */
  async add(tx: Transaction, roomId: number, question: CardQuestion): Promise<number> {
    const { kind, subject, argument, text, buttons, isMinor, forUserId } = question;
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO cards (room_id, kind, subject, argument, text, buttons, is_minor, for_user_id, state, made_at, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', ${NOW}, ${NOW}) RETURNING id`,
      [roomId, kind, subject, JSON.stringify(argument), text, JSON.stringify(buttons), isMinor, forUserId],
    );
    if (!row) throw new Error('A card was not written');
    return row.id;
  }

  /** Notes that messages show cards, and when something is to be done about those next, in seconds. */
  async show(
    tx: Transaction,
    shown: readonly { id: number; messageId: number }[],
    dueIn: number,
  ): Promise<void> {
    await tx.run(
      `UPDATE cards c SET state = 'open', message_id = s.message_id, shown_at = ${NOW}, due_at = ${NOW} + $3::float8
       FROM unnest($1::bigint[], $2::bigint[]) AS s (id, message_id) WHERE c.id = s.id`,
      [shown.map(({ id }) => id), shown.map(({ messageId }) => messageId), dueIn],
    );
  }

  /** The unanswered cards of a room that are about these things. */
  async about(tx: Transaction, roomId: number, kind: string, subjects: readonly string[]): Promise<Card[]> {
    return tx.rows(
      CARD_COLUMNS,
      `SELECT ${CARD} FROM cards c
       WHERE c.room_id = $1 AND c.kind = $2 AND c.subject = ANY ($3) AND c.state = ANY ($4)`,
      [roomId, kind, subjects, UNANSWERED],
    );
  }

  /** The card that a message shows. The transaction holds the room's lock. */
  async shownBy(tx: Transaction, messageId: number): Promise<Card | undefined> {
    return tx.row(CARD_COLUMNS, `SELECT ${CARD} FROM cards c WHERE c.message_id = $1 AND c.state = 'open'`, [
      messageId,
    ]);
  }

  /**
   * The card of a room whose message was posted by somebody at a time, answered ones included.
   * @param author Session ID
   * @param at unix milliseconds, rounded down, and up to `off` beside that
   * @returns with `isShown`, whether that message is still there
   */
  async postedAt(
    reader: DatabaseReader,
    roomId: number,
    { author, at, off }: { author: string; at: number; off: number },
  ): Promise<(Card & { isShown: boolean }) | undefined> {
    return reader.row(
      { ...CARD_COLUMNS, isShown: column.boolean },
      `SELECT ${CARD}, c.state = 'open' AND m.data IS NOT NULL AS "isShown"
       FROM messages m JOIN cards c ON c.message_id = m.id
       WHERE m.room_id = $1 AND m.user_id = (SELECT id FROM users WHERE session_id = $2)
         AND m.posted_at >= ($3::float8 - $4::float8) / 1000 AND m.posted_at < ($3::float8 + $4::float8 + 1) / 1000
       ORDER BY abs(floor(m.posted_at * 1000) - $3::float8) LIMIT 1`,
      [roomId, author, at, off],
    );
  }

  /**
   * Takes an answer, if it is the first one. Answers come under the lock of the room, one after the other, so each of them
   * finds what the one before has written here.
   * @param leaseFor seconds for which the process of the answer carries out the effect alone
   * @returns whether it was the first
   */
  async answer(
    tx: Transaction,
    id: number,
    { reaction, userId, leaseFor }: { reaction: string; userId: number; leaseFor: number },
  ): Promise<boolean> {
    const changed = await tx.run(
      `UPDATE cards SET state = 'answered', answer = $2, answered_by = $3, attempts = 1, due_at = ${NOW} + $4::float8
       WHERE id = $1 AND state = 'open'`,
      [id, reaction, userId, leaseFor],
    );
    return changed === 1;
  }

  /**
   * Takes over an effect that its process has not carried out in time, for some seconds.
   * @returns undefined when another process has, or it is done
   */
  async takeOver(id: number, leaseFor: number): Promise<PlacedCard | undefined> {
    const [row] = await this.database.transactStatement(
      PLACED_CARD_COLUMNS,
      `UPDATE cards c SET attempts = c.attempts + 1, due_at = ${NOW} + $2::float8 FROM rooms r
       WHERE c.id = $1 AND r.id = c.room_id AND c.state = 'answered' AND c.due_at <= ${NOW}
       RETURNING ${CARD}, r.token AS room`,
      [id, leaseFor],
    );
    return row;
  }

  /** Locks a card whose effect is to be carried out.
   * @returns false when it has been */
  async lockAnswered(tx: Transaction, id: number): Promise<boolean> {
    takesLocks(tx, 'answered cards', [id]);
    return tx.exists(`SELECT FROM cards WHERE id = $1 AND state = 'answered' FOR NO KEY UPDATE`, [id]);
  }

  /** Notes that an effect has been carried out, unless that is known. */
  async markActed(tx: Transaction, id: number, result: string): Promise<void> {
    await tx.run(
      `UPDATE cards SET state = 'acted', result = $2, due_at = ${NOW} WHERE id = $1 AND state = 'answered'`,
      [id, result],
    );
  }

  /**
   * Settles cards that are in one of these states, and has their rows stay for some seconds.
   * @returns those that were
   */
  async settle(
    tx: Transaction,
    ids: readonly number[],
    { from, keptFor }: { from: readonly CardState[]; keptFor: number },
  ): Promise<Card[]> {
    if (ids.length === 0) return [];
    return tx.rows(
      CARD_COLUMNS,
      `UPDATE cards c SET state = 'settled', due_at = ${NOW} + $2::float8
       WHERE c.id = ANY ($1) AND c.state = ANY ($3) RETURNING ${CARD}`,
      [ids, keptFor, from],
    );
  }

  /** Has cards looked at again in some seconds. */
  async postpone(tx: Transaction, ids: readonly number[], dueIn: number): Promise<void> {
    await tx.run(`UPDATE cards SET due_at = ${NOW} + $2::float8 WHERE id = ANY ($1)`, [ids, dueIn]);
  }

  /** Tokens of rooms where something is due, those first that have waited longest. */
  async roomsWithDue(most: number): Promise<string[]> {
    const rows = await this.database.rows(
      { token: column.text },
      `SELECT r.token FROM (SELECT room_id, due_at FROM cards WHERE due_at <= ${NOW} ORDER BY due_at LIMIT 1000) AS c
         JOIN rooms r ON r.id = c.room_id GROUP BY r.id ORDER BY min(c.due_at) LIMIT $1`,
      [most],
    );
    return rows.map(({ token }) => token);
  }

  /** Cards of a room about which something is due, those first that have waited longest. */
  async due(tx: Transaction, roomId: number, most: number): Promise<Card[]> {
    return tx.rows(
      CARD_COLUMNS,
      `SELECT ${CARD} FROM cards c WHERE c.room_id = $1 AND c.due_at <= ${NOW} ORDER BY c.due_at, c.id LIMIT $2`,
      [roomId, most],
    );
  }

  /** Cards of a room in one of these states, oldest first. */
  async inStates(
    tx: Transaction,
    roomId: number,
    states: readonly CardState[],
    most: number,
  ): Promise<Card[]> {
    return tx.rows(
      CARD_COLUMNS,
      `SELECT ${CARD} FROM cards c WHERE c.room_id = $1 AND c.state = ANY ($2) ORDER BY c.id LIMIT $3`,
      [roomId, states, most],
    );
  }

  /** Notes that a digest counts cards; they go when they are as old as cards get, in seconds. */
  async list(tx: Transaction, ids: readonly number[], openFor: number): Promise<void> {
    await tx.run(`UPDATE cards SET state = 'listed', due_at = made_at + $2::float8 WHERE id = ANY ($1)`, [
      ids,
      openFor,
    ]);
  }

  /** How many cards of each kind are in a state in a room, or how many minor ones. */
  async count(
    tx: Transaction,
    roomId: number,
    state: CardState,
    { onlyMinor = false } = {},
  ): Promise<{ kind: string; count: number }[]> {
    return tx.rows(
      { kind: column.text, count: column.number },
      `SELECT kind, count(*) AS count FROM cards WHERE room_id = $1 AND state = $2 AND (is_minor OR NOT $3)
       GROUP BY kind ORDER BY kind`,
      [roomId, state, onlyMinor],
    );
  }

  /** Seconds since the staff of a room was last shown a card of one of these kinds; Infinity for never. */
  async secondsSinceShown(tx: Transaction, roomId: number, kinds: readonly string[]): Promise<number> {
    const row = await tx.row(
      { seconds: column.number.orNull },
      `SELECT ${NOW} - max(shown_at) AS seconds FROM cards WHERE room_id = $1 AND kind = ANY ($2)`,
      [roomId, kinds],
    );
    return row?.seconds ?? Infinity;
  }

  async remove(tx: Transaction, ids: readonly number[]): Promise<void> {
    await tx.run('DELETE FROM cards WHERE id = ANY ($1)', [ids]);
  }
}
