import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { type Transaction } from '../foundation/database/database.js';
import { FilesRepository } from '../records/files/files.repository.js';
import { type HeldEdit, HeldEditsRepository } from '../records/messages/held-edits.repository.js';
import { MessageChangesRepository } from '../records/messages/message-changes.repository.js';
import { MessageHistoryRepository } from '../records/messages/message-history.repository.js';
import { type Room } from '../records/rooms/room.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';

/** The one way in which a message comes to say something else. It asks nobody for permission. */
@Injectable()
export class EditWriter {
  constructor(
    private readonly settings: Settings,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly history: MessageHistoryRepository,
    private readonly heldEdits: HeldEditsRepository,
    private readonly files: FilesRepository,
  ) {}

  /**
   * Replaces what a message of a room says, and keeps the former text. An edit that waits is forgotten. The transaction has locked the room.
   * @param fileIds of the files that the message claims now
   */
  async replace(
    tx: Transaction,
    room: Room,
    { messageId, userId, ...content }: HeldEdit,
    fileIds: readonly number[],
  ): Promise<void> {
    await this.heldEdits.forget(tx, [messageId]);
    await this.history.keep(tx, [messageId]);
    await this.history.thin(tx, messageId, this.settings.maxEditsKept);
    const seqno = await this.rooms.takeSeqnos(tx, room.id);
    await this.messages.edit(tx, messageId, seqno, content);
    await this.files.claim(
      tx,
      room.id,
      fileIds.map((fileId) => ({ fileId, uploaderId: userId, messageId })),
    );
  }
}
