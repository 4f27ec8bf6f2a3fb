import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** The table of pins as it is changed: by transactions that hold the room's lock. */
@Injectable()
export class PinsRepository {
  /** Pins a message, or pins it anew: the latest pin comes last. */
  async pin(tx: Transaction, roomId: number, messageId: number, userId: number): Promise<void> {
    await tx.run(
      `INSERT INTO pinned_messages (room_id, message_id, pinned_by, pinned_at)
       VALUES ($1, $2, $3, ${NOW})
       ON CONFLICT (room_id, message_id)
         DO UPDATE SET pinned_by = excluded.pinned_by, pinned_at = excluded.pinned_at`,
      [roomId, messageId, userId],
    );
  }

  /** How many other messages of a room are pinned. */
  async countOthers(tx: Transaction, roomId: number, messageId: number): Promise<number> {
    const row = await tx.row(
      { count: column.number },
      'SELECT count(*) AS count FROM pinned_messages WHERE room_id = $1 AND message_id <> $2',
      [roomId, messageId],
    );
    return row?.count ?? 0;
  }

  /** Removes the pins of these messages; returns how many of them were pinned. */
  async unpin(tx: Transaction, roomId: number, messageIds: readonly number[]): Promise<number> {
    return tx.run('DELETE FROM pinned_messages WHERE room_id = $1 AND message_id = ANY ($2)', [
      roomId,
      messageIds,
    ]);
  }

  /** Removes every pin of a room; returns the ids of the messages that were pinned. */
  async unpinAll(tx: Transaction, roomId: number): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      'DELETE FROM pinned_messages WHERE room_id = $1 RETURNING message_id AS id',
      [roomId],
    );
    return rows.map(({ id }) => id);
  }
}
