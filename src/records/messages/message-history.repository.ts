import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** Seconds. */
const WITHDRAWN_KEPT_FOR = 24 * 60 * 60;

/** The table of what messages said before they were edited or deleted. */
@Injectable()
export class MessageHistoryRepository {
  /** Keeps what these messages say at the moment. */
  async keep(tx: Transaction, messageIds: readonly number[]): Promise<void> {
    await tx.run(
      `INSERT INTO message_history (message_id, replaced_at, data, padded_size, signature)
       SELECT id, ${NOW}, data, padded_size, signature FROM messages
       WHERE id = ANY ($1) AND data IS NOT NULL`,
      [messageIds],
    );
  }

  /**
   * Forgets all but `most` of what a message said before: the first text, which an author might want to hide under edits,
   * and the latest ones stay.
   */
  async thin(tx: Transaction, messageId: number, most: number): Promise<void> {
    await tx.run(
      `DELETE FROM message_history WHERE message_id = $1
         AND id > (SELECT min(id) FROM message_history WHERE message_id = $1)
         AND id <= (
           SELECT id FROM message_history WHERE message_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1
         )`,
      [messageId, most - 1],
    );
  }

  /**
   * Forgets what was replaced longer ago than this many seconds, but keeps what withdrawn messages said for a day at least:
   * staff can have it published again. Returns how many texts were forgotten.
   */
  async prune(tx: Transaction, seconds: number): Promise<number> {
    return tx.run(
      `DELETE FROM message_history h WHERE h.replaced_at < ${NOW} - $1
         AND (h.replaced_at < ${NOW} - $2
           OR NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = h.message_id AND m.state = 'withdrawn'))`,
      [seconds, WITHDRAWN_KEPT_FOR],
    );
  }
}
