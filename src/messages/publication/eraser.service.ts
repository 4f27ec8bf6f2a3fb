import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { HeldEditsRepository } from '../../records/messages/held-edits.repository.js';
import {
  type MessageToDelete,
  MessageChangesRepository,
} from '../../records/messages/message-changes.repository.js';
import { MessageHistoryRepository } from '../../records/messages/message-history.repository.js';
import { PinsRepository } from '../../records/messages/pins.repository.js';
import { ReactionsRepository } from '../../records/messages/reactions.repository.js';

/** Seconds between the time in a signed message and a new `posted`: clients drop a message beyond that. */
export const SIGNED_FOR = 6 * 60 * 60;

/** Counts of what was deleted. */
export interface ErasedCounts {
  messages: number;
  reactions: number;
  files: number;
  /** Ids of messages that can be given back for some time. */
  recent: number[];
}

/**
 * Deletes messages with what belongs to them, in rooms that the transaction has locked; asks nobody for permission. All
 * statements take many messages at once.
 */
@Injectable()
export class Eraser {
  constructor(
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly history: MessageHistoryRepository,
    private readonly edits: HeldEditsRepository,
    private readonly reactions: ReactionsRepository,
    private readonly pins: PinsRepository,
    private readonly files: FilesRepository,
  ) {}

  /**
   * Deletes all that people have in a room: messages, their reactions to others' messages, and files, those that no
   * message shows included.
   * @param room as the transaction has locked it
   */
  async allOf(tx: Transaction, room: Room, userIds: readonly number[]): Promise<ErasedCounts> {
    const live = await this.messages.liveOf(tx, room.id, userIds, SIGNED_FOR);
    await this.messagesOf(
      tx,
      room,
      live.map(({ id }) => id),
    );
    const reactions = await this.reactionsOf(tx, room, userIds);
    const files = await this.files.expireOfUploaders(tx, room.id, userIds);
    const recent = live.filter(({ isRecent }) => isRecent).map(({ id }) => id);
    return { messages: live.length, reactions, files, recent };
  }

  /** Deletes messages of a room, and their files. Each takes one seqno, and one more for each reaction that goes with it. */
  async messagesOf(tx: Transaction, room: Room, ids: readonly number[]): Promise<void> {
    await this.history.keep(tx, ids);
    await this.rowsOf(tx, room, ids);
    await this.files.expireOfMessages(tx, ids);
  }

  /** As {@link messagesOf}, but their files stay as they are, and their texts are kept nowhere. */
  async rowsOf(tx: Transaction, room: Room, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const removed = await this.reactions.removeOfMessages(tx, ids);
    const unpinned = await this.pins.unpin(tx, room.id, ids);
    await this.edits.forget(tx, ids);
    const total = ids.reduce((sum, id) => sum + 1 + (removed.get(id) ?? 0), 0);
    let seqno = (await this.rooms.takeSeqnos(tx, room.id, total)) - total;
    const deletions: MessageToDelete[] = [];
    for (const id of ids) {
      const reactions = removed.get(id) ?? 0;
      deletions.push({ id, seqno: seqno + 1, reactions });
      seqno += 1 + reactions;
    }
    await this.messages.delete(tx, deletions);
    if (unpinned > 0) await this.rooms.raiseInfoUpdates(tx, [room.id], unpinned);
  }

  /** Removes people's reactions to messages that stay; each takes a seqno. Returns how many they were. */
  private async reactionsOf(tx: Transaction, room: Room, userIds: readonly number[]): Promise<number> {
    const removed = await this.reactions.removeOfUsers(tx, room.id, userIds);
    if (removed.length === 0) return 0;
    const total = removed.reduce((sum, { count }) => sum + count, 0);
    let seqno = (await this.rooms.takeSeqnos(tx, room.id, total)) - total;
    const touched = removed.map(({ messageId, count }) => ({ id: messageId, seqno: (seqno += count) }));
    await this.messages.touchReactionsOfMany(tx, touched);
    return total;
  }
}
