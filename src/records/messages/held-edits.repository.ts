import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type HoldReason } from '../defence/held.js';
import { type SignedContent } from './message-changes.repository.js';

/** A text that waits, or has waited, to take the place of what a published message says. */
export interface HeldEdit extends SignedContent {
  messageId: number;
  /** Author's user id. */
  userId: number;
}

/** Why an edit is held, and the rule of staff that says so, if one does. */
export interface HeldBecause {
  reason: HoldReason;
  ruleId?: number | null | undefined;
}

const HELD_EDIT_COLUMNS: Columns<HeldEdit> = {
  messageId: column.number,
  userId: column.number,
  data: column.bytes,
  paddedSize: column.number,
  signature: column.bytes,
};

/** The table of edits that are held: one for each message, the newest. It is written under the room's lock. */
@Injectable()
export class HeldEditsRepository {
  /** Holds an edit in place of the one that waited before. */
  async hold(
    tx: Transaction,
    messageId: number,
    { data, paddedSize, signature }: SignedContent,
    { reason, ruleId = null }: HeldBecause,
  ): Promise<void> {
    await tx.run(
      `INSERT INTO held_edits (message_id, held_at, held_for, data, padded_size, signature, rule_id)
       VALUES ($1, ${NOW}, $2, $3, $4, $5, $6)
       ON CONFLICT (message_id) DO UPDATE SET held_at = excluded.held_at, held_for = excluded.held_for,
         rejected_at = NULL, data = excluded.data, padded_size = excluded.padded_size, signature = excluded.signature,
         rule_id = excluded.rule_id`,
      [messageId, reason, data, paddedSize, signature, ruleId],
    );
  }

  /**
   * Takes edits of a room's published messages off the table.
   * @param rejected whether those are wanted that were rejected, instead of those that wait
   */
  async take(
    tx: Transaction,
    roomId: number,
    messageIds: readonly number[],
    rejected: boolean,
  ): Promise<HeldEdit[]> {
    return tx.rows(
      HELD_EDIT_COLUMNS,
      `DELETE FROM held_edits e USING messages m
       WHERE e.message_id = ANY ($2) AND m.id = e.message_id AND m.room_id = $1 AND m.data IS NOT NULL
         AND m.state = 'published' AND (e.rejected_at IS NOT NULL) = $3
       RETURNING e.message_id AS "messageId", m.user_id AS "userId", e.data, e.padded_size AS "paddedSize", e.signature`,
      [roomId, messageIds, rejected],
    );
  }

  /** Rejects edits that wait; returns the ids of their messages. */
  async reject(tx: Transaction, roomId: number, messageIds: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      `UPDATE held_edits e SET rejected_at = ${NOW} FROM messages m
       WHERE e.message_id = ANY ($2) AND m.id = e.message_id AND m.room_id = $1 AND e.rejected_at IS NULL
       RETURNING m.id`,
      [roomId, messageIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Forgets the edits of messages that go. */
  async forget(tx: Transaction, messageIds: readonly number[]): Promise<void> {
    await tx.run('DELETE FROM held_edits WHERE message_id = ANY ($1)', [messageIds]);
  }

  /**
   * Forgets edits that have waited for so many seconds, or were rejected so many seconds ago.
   * @returns how many they were
   */
  async prune(tx: Transaction, waiting: number, rejected: number): Promise<number> {
    return tx.run(
      `DELETE FROM held_edits WHERE CASE WHEN rejected_at IS NULL THEN held_at < ${NOW} - $1
         ELSE rejected_at < ${NOW} - $2 END`,
      [waiting, rejected],
    );
  }
}
