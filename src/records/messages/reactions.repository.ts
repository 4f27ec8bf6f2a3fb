import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type ReactionViews } from './message.js';

interface ReactionRow {
  message_id: number;
  reaction: string;
  count: number;
  you: boolean;
  reactors: string[] | null;
}

/** How many reactions a message has, and what one user and one reaction have to do with them. */
export interface ReactionStanding {
  /** Different reactions of the message. */
  kinds: number;
  /** How many of them the user gave. */
  own: number;
  /** Whether somebody gave the message this reaction. */
  isKnown: boolean;
  /** Whether the user did. */
  isThere: boolean;
}

const REACTORS_COLUMNS = { reactions: column.number, users: column.list(column.number) };

const REACTION_STANDING_COLUMNS: Columns<ReactionStanding> = {
  kinds: column.number,
  own: column.number,
  isKnown: column.boolean,
  isThere: column.boolean,
};

const REACTION_COLUMNS: Columns<ReactionRow> = {
  message_id: column.number,
  reaction: column.text,
  count: column.number,
  you: column.boolean,
  reactors: column.list(column.text).orNull,
};

/** The tables of reactions: beside the messages that are read and deleted with them. */
@Injectable()
export class ReactionsRepository {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /**
   * The reactions of messages, in first-use order, as many kinds of each message as it may have by the settings: an
   * imported message can have more. Costs by the kinds and the reactors shown, not by how many people reacted.
   * @param readerId  whose own reactions are marked `you`; null for nobody's
   * @param reactors  how many of the first who reacted to name; 0 leaves the list out
   * @returns by message id; messages without reactions are missing
   */
  async of(
    messageIds: readonly number[],
    readerId: number | null,
    reactors: number,
  ): Promise<Map<number, ReactionViews>> {
    const views = new Map<number, ReactionViews>();
    if (messageIds.length === 0) return views;
    for (const row of await this.rows(messageIds, readerId, reactors)) {
      const ofMessage = views.get(row.message_id) ?? (Object.create(null) as ReactionViews);
      views.set(row.message_id, ofMessage);
      ofMessage[row.reaction] = {
        index: Object.keys(ofMessage).length,
        count: row.count,
        ...(reactors > 0 && { reactors: row.reactors ?? [] }),
        ...(row.you && { you: true }),
      };
    }
    return views;
  }

  /** The people who reacted so to a message, and when, oldest first. */
  async reactors(messageId: number, reaction: string, limit: number): Promise<[string, number][]> {
    const rows = await this.database.rows(
      { session_id: column.text, reacted_at: column.number },
      `SELECT u.session_id, ur.reacted_at
       FROM reactions r JOIN user_reactions ur ON ur.reaction_id = r.id JOIN users u ON u.id = ur.user_id
       WHERE r.message_id = $1 AND r.reaction = $2
       ORDER BY ur.reacted_at, ur.user_id LIMIT $3`,
      [messageId, reaction, limit],
    );
    return rows.map((row) => [row.session_id, row.reacted_at]);
  }

  /**
   * Ids of everyone who reacted to any of these messages.
   * @returns undefined when that takes reading more than `most` reactions
   */
  async reactedTo(messageIds: readonly number[], most: number): Promise<number[] | undefined> {
    const row = await this.database.row(
      REACTORS_COLUMNS,
      `SELECT count(*) AS reactions, coalesce(array_agg(DISTINCT first.user_id), '{}') AS users
       FROM (
         SELECT ur.user_id FROM reactions r JOIN user_reactions ur ON ur.reaction_id = r.id
         WHERE r.message_id = ANY ($1) LIMIT $2
       ) AS first`,
      [messageIds, most + 1],
    );
    return row && row.reactions <= most ? row.users : undefined;
  }

  /**
   * The counts of a message's reactions and one user's part in them before the user reacts; read under the room's lock.
   * @param userId null for somebody who has no row yet
   */
  async standing(
    tx: Transaction,
    messageId: number,
    reaction: string,
    userId: number | null,
  ): Promise<ReactionStanding> {
    const row = await tx.row(
      REACTION_STANDING_COLUMNS,
      `SELECT count(*) AS kinds, count(ur.user_id) AS own, count(*) FILTER (WHERE r.reaction = $2) > 0 AS "isKnown",
         count(ur.user_id) FILTER (WHERE r.reaction = $2) > 0 AS "isThere"
       FROM reactions r LEFT JOIN user_reactions ur ON ur.reaction_id = r.id AND ur.user_id = $3
       WHERE r.message_id = $1`,
      [messageId, reaction, userId],
    );
    if (!row) throw new Error('An aggregate returned nothing');
    return row;
  }

  /** Adds a user's reaction; false when it was there already. */
  async add(tx: Transaction, messageId: number, reaction: string, userId: number): Promise<boolean> {
    await tx.run('INSERT INTO reactions (message_id, reaction) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      messageId,
      reaction,
    ]);
    const added = await tx.run(
      `INSERT INTO user_reactions (reaction_id, user_id, reacted_at)
       SELECT id, $3, ${NOW} FROM reactions
       WHERE message_id = $1 AND reaction = $2
       ON CONFLICT DO NOTHING`,
      [messageId, reaction, userId],
    );
    return added === 1;
  }

  /** Adds one user's reactions, each different, to messages that this transaction has just written, in this order. */
  async addToNew(
    tx: Transaction,
    userId: number,
    reactions: readonly { messageId: number; reaction: string }[],
  ): Promise<void> {
    await tx.run(
      `WITH added AS (
         INSERT INTO reactions (message_id, reaction)
         SELECT message_id, reaction
         FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS new (message_id, reaction, place)
         ORDER BY place RETURNING id
       )
       INSERT INTO user_reactions (reaction_id, user_id, reacted_at) SELECT id, $3, ${NOW} FROM added`,
      [reactions.map(({ messageId }) => messageId), reactions.map(({ reaction }) => reaction), userId],
    );
  }

  /** Removes a user's reaction, and with the last one its place in the order; false when there was none. */
  async remove(tx: Transaction, messageId: number, reaction: string, userId: number): Promise<boolean> {
    const removed = await tx.run(
      `DELETE FROM user_reactions ur USING reactions r
       WHERE r.id = ur.reaction_id AND r.message_id = $1 AND r.reaction = $2 AND ur.user_id = $3`,
      [messageId, reaction, userId],
    );
    await tx.run(
      `DELETE FROM reactions r WHERE r.message_id = $1 AND r.reaction = $2
         AND NOT EXISTS (SELECT 1 FROM user_reactions ur WHERE ur.reaction_id = r.id)`,
      [messageId, reaction],
    );
    return removed === 1;
  }

  /** Removes everyone's reactions from a message, or those of one kind; returns how many that were. */
  async removeAll(tx: Transaction, messageId: number, reaction?: string): Promise<number> {
    const removed = await tx.run(
      `DELETE FROM user_reactions ur USING reactions r
       WHERE r.id = ur.reaction_id AND r.message_id = $1 AND ($2::text IS NULL OR r.reaction = $2)`,
      [messageId, reaction],
    );
    await tx.run('DELETE FROM reactions WHERE message_id = $1 AND ($2::text IS NULL OR reaction = $2)', [
      messageId,
      reaction,
    ]);
    return removed;
  }

  /** Removes all reactions of messages; returns how many each had that had any, by message id. */
  async removeOfMessages(tx: Transaction, messageIds: readonly number[]): Promise<Map<number, number>> {
    const rows = await tx.rows(
      { message_id: column.number, count: column.number },
      `WITH removed AS (
         DELETE FROM user_reactions ur USING reactions r
         WHERE r.id = ur.reaction_id AND r.message_id = ANY ($1) RETURNING r.message_id
       )
       SELECT message_id, count(*) AS count FROM removed GROUP BY message_id`,
      [messageIds],
    );
    if (rows.length > 0) await tx.run('DELETE FROM reactions WHERE message_id = ANY ($1)', [messageIds]);
    return new Map(rows.map(({ message_id, count }) => [message_id, count]));
  }

  /**
   * Removes people's reactions from all messages of a room.
   * @returns how many each message lost that lost any, by message id
   */
  async removeOfUsers(
    tx: Transaction,
    roomId: number,
    userIds: readonly number[],
  ): Promise<{ messageId: number; count: number }[]> {
    const removed = await tx.rows(
      { messageId: column.number, count: column.number },
      `WITH removed AS (
         DELETE FROM user_reactions ur USING reactions r, messages m
         WHERE ur.user_id = ANY ($2) AND r.id = ur.reaction_id AND m.id = r.message_id AND m.room_id = $1
         RETURNING r.message_id
       )
       SELECT message_id AS "messageId", count(*) AS count FROM removed GROUP BY message_id ORDER BY message_id`,
      [roomId, userIds],
    );
    if (removed.length > 0) {
      await tx.run(
        `DELETE FROM reactions r WHERE r.message_id = ANY ($1)
           AND NOT EXISTS (SELECT 1 FROM user_reactions ur WHERE ur.reaction_id = r.id)`,
        [removed.map(({ messageId }) => messageId)],
      );
    }
    return removed;
  }

  private rows(
    messageIds: readonly number[],
    readerId: number | null,
    reactors: number,
  ): Promise<ReactionRow[]> {
    return this.database.rows(
      REACTION_COLUMNS,
      `SELECT r.message_id, r.reaction, r.reactors AS count,
         EXISTS (SELECT 1 FROM user_reactions ur WHERE ur.reaction_id = r.id AND ur.user_id = $2) AS you,
         (SELECT array_agg(first.session_id ORDER BY first.reacted_at, first.user_id)
          FROM (
            SELECT u.session_id, ur.reacted_at, ur.user_id
            FROM user_reactions ur JOIN users u ON u.id = ur.user_id
            WHERE ur.reaction_id = r.id ORDER BY ur.reacted_at, ur.user_id LIMIT $3
          ) AS first) AS reactors
       FROM unnest($1::bigint[]) AS asked (id) CROSS JOIN LATERAL (
         SELECT * FROM reactions WHERE message_id = asked.id ORDER BY id LIMIT $4
       ) AS r
       ORDER BY r.id`,
      [messageIds, readerId, reactors, this.settings.maxReactionKinds],
    );
  }
}
