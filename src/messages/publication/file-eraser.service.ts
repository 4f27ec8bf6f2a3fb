import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { FileStorage } from '../../files/storage/file-storage.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { PublicationRepository } from '../../records/messages/publication.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { Eraser } from './eraser.service.js';

/** The files that were taken from a room. */
export interface ErasedFiles {
  /** Their bytes may go once the transaction has committed. */
  storageKeys: string[];
  /** Messages that showed them. */
  messages: number;
}

/** Removes files from a room for ever, with the messages that show them; asks nobody for permission. */
@Injectable()
export class FileEraser {
  constructor(
    private readonly rooms: RoomsRepository,
    private readonly files: FilesRepository,
    private readonly eraser: Eraser,
    private readonly publications: PublicationRepository,
    private readonly trust: TrustRepository,
    private readonly storage: FileStorage,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Takes files from a room: they can't be read from the commit on. The caller removes their bytes then
   * ({@link removeBytes}); when it is killed before, the job that removes expired files does.
   * @param actor as events name it
   * @param roomId null for files that have lost their room
   */
  async erase(
    tx: Transaction,
    actor: string,
    roomId: number | null,
    ids: readonly number[],
  ): Promise<ErasedFiles> {
    const [room] = roomId === null ? [] : await this.rooms.lockMany(tx, [roomId]);
    if (!room) return { storageKeys: await this.files.disown(tx, ids), messages: 0 };
    const shown = await this.files.shownBy(tx, room.id, ids);
    const messages = shown.map(({ id }) => id);
    const withdrawn = shown.filter(({ isWithdrawn }) => isWithdrawn).map(({ id }) => id);
    await this.eraser.messagesOf(
      tx,
      room,
      messages.filter((id) => !withdrawn.includes(id)),
    );
    // They would wait in the queue for a moderator.
    await this.publications.markRejected(tx, withdrawn);
    await this.trust.startAnew(tx, room.id, [...new Set(shown.map(({ userId }) => userId))]);
    if (room.imageId !== null && ids.includes(room.imageId)) await this.rooms.dropImages(tx, [room.imageId]);
    const storageKeys = await this.files.disown(tx, ids);
    if (storageKeys.length > 0) {
      await this.events.record(tx, {
        actor,
        kind: 'file.remove',
        room: room.token,
        before: { files: storageKeys.length, messages },
      });
    }
    return { storageKeys, messages: messages.length };
  }

  /** Removes the bytes of files that a committed transaction has taken from their room. */
  async removeBytes(storageKeys: readonly string[]): Promise<void> {
    await this.storage.remove(storageKeys);
  }
}
