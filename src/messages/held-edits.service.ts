import { Injectable } from '@nestjs/common';
import { type Transaction } from '../foundation/database/database.js';
import { readContent } from '../protocol/session-protobuf/read-content.js';
import { type HeldBecause, HeldEditsRepository } from '../records/messages/held-edits.repository.js';
import { type SignedContent } from '../records/messages/message-changes.repository.js';
import { type Room } from '../records/rooms/room.js';
import { claimedFiles } from './claimed-files.js';
import { EditWriter } from './edit-writer.service.js';

/**
 * Edits of published messages that wait for a moderator while the old text stays, in rooms that the transaction has locked.
 * It asks nobody for permission.
 */
@Injectable()
export class HeldEdits {
  constructor(
    private readonly edits: HeldEditsRepository,
    private readonly writer: EditWriter,
  ) {}

  /** Holds an edit; the one that waited before is forgotten. It claims no files before it is published. */
  async hold(
    tx: Transaction,
    messageId: number,
    content: SignedContent,
    because: HeldBecause,
  ): Promise<void> {
    await this.edits.hold(tx, messageId, content, because);
  }

  /**
   * Publishes the edits of these messages of a room.
   * @param rejected whether those are meant that were rejected, instead of those that wait
   * @returns the ids of the messages that say something else now
   */
  async publish(
    tx: Transaction,
    room: Room,
    messageIds: readonly number[],
    { rejected = false } = {},
  ): Promise<number[]> {
    const edits = await this.edits.take(tx, room.id, messageIds, rejected);
    for (const edit of edits) {
      await this.writer.replace(tx, room, edit, claimedFiles([], readContent(edit.data)));
    }
    return edits.map(({ messageId }) => messageId);
  }

  /** Rejects edits; their texts are kept for REJECTED_DAYS. Returns the ids of their messages. */
  async reject(tx: Transaction, room: Room, messageIds: readonly number[]): Promise<number[]> {
    return this.edits.reject(tx, room.id, messageIds);
  }
}
