import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { type ReactionViews } from '../messages/message.js';

interface ReactionRow {
  message_id: number;
  reaction: string;
  count: number;
  you: boolean;
  reactors: string[] | null;
}

/** The tables of reactions. */
@Injectable()
export class ReactionsRepository {
  constructor(private readonly database: Database) {}

  /**
   * The reactions of messages, in first-use order.
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

  private rows(
    messageIds: readonly number[],
    readerId: number | null,
    reactors: number,
  ): Promise<ReactionRow[]> {
    return this.database.rows<ReactionRow>(
      `SELECT r.message_id, r.reaction,
         (SELECT count(*) FROM user_reactions ur WHERE ur.reaction_id = r.id) AS count,
         EXISTS (SELECT 1 FROM user_reactions ur WHERE ur.reaction_id = r.id AND ur.user_id = $2) AS you,
         (SELECT array_agg(first.session_id ORDER BY first.reacted_at, first.user_id)
          FROM (
            SELECT u.session_id, ur.reacted_at, ur.user_id
            FROM user_reactions ur JOIN users u ON u.id = ur.user_id
            WHERE ur.reaction_id = r.id ORDER BY ur.reacted_at, ur.user_id LIMIT $3
          ) AS first) AS reactors
       FROM reactions r WHERE r.message_id = ANY ($1) ORDER BY r.id`,
      [messageIds, readerId, reactors],
    );
  }
}
