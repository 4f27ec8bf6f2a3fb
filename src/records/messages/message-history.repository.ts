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

  /** Forgets all that messages said before. */
  async forget(tx: Transaction, messageIds: readonly number[]): Promise<void> {
    await tx.run('DELETE FROM message_history WHERE message_id = ANY ($1)', [messageIds]);
  }

  /**
   * Forgets what was replaced longer ago than this many seconds. Texts of withdrawn messages are kept for a day at least,
   * because staff can have it published again; rejected messages have a time of their own.
   * @returns how many texts were forgotten
   */
  async prune(tx: Transaction, times: { formerTexts: number; rejected: number }): Promise<number> {
    return tx.run(
      `DELETE FROM message_history h WHERE h.replaced_at < ${NOW} - least($1::float8, $2::float8)
         AND h.replaced_at < ${NOW} - coalesce((
           SELECT CASE WHEN m.rejected_at IS NOT NULL THEN $2
             WHEN m.state = 'withdrawn' THEN greatest($1, $3) END
           FROM messages m WHERE m.id = h.message_id
         ), $1::float8)`,
      [times.formerTexts, times.rejected, WITHDRAWN_KEPT_FOR],
    );
  }
}
