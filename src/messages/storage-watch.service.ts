import { Injectable, Logger } from '@nestjs/common';
import { bytesText } from '../foundation/bytes.js';
import { Settings } from '../foundation/config/settings.js';
import { Database } from '../foundation/database/database.js';
import { PLAZA } from '../moderation/access/actor.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { type FillingRoom, StorageSumsRepository } from '../records/files/storage-sums.repository.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { settingsOf } from '../records/rooms/room-settings.js';
import { MODERATORS, ServerAuthor } from './writing/server-author.service.js';

/** The part of its limit above which a room, or the server, is nearly full. */
const FULL = 0.9;
/** The part below which it is not any more: so a file more or less does not have it told again. */
const EMPTY = 0.8;

/** Tells the moderators of a room that its files come near the limit, before uploads are refused. */
@Injectable()
export class StorageWatch {
  private readonly logger = new Logger('Files');
  private isServerWarned = false;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly rooms: RoomDirectory,
    private readonly sums: StorageSumsRepository,
    private readonly events: EventsRepository,
    private readonly server: ServerAuthor,
  ) {}

  /**
   * Whispers to the moderators of rooms that have become nearly full, once until much of it has gone, and logs it of the whole
   * server. Called by the clock; the room's lock and the row say who does it.
   */
  async run(): Promise<void> {
    for (const room of await this.sums.filling(this.settings.storageBytesPerRoom, FULL, EMPTY)) {
      await this.look(room);
    }
    await this.lookAtServer();
  }

  private async look({ token, roomId }: FillingRoom): Promise<void> {
    await this.database.transact(async (tx) => {
      const room = await this.rooms.lock(tx, token);
      const kept = room && (await this.sums.lockRoom(tx, roomId));
      if (room?.id !== roomId || !kept) return;
      const { storageBytesPerRoom: limit } = settingsOf(room, this.settings);
      const isFull = limit > 0 && kept.bytes >= limit * FULL;
      const isEmpty = limit === 0 || kept.bytes < limit * EMPTY;
      if (kept.isWarned ? !isEmpty : !isFull) return;
      await this.sums.setWarned(tx, roomId, !kept.isWarned);
      if (kept.isWarned) return;
      await this.server.postWhispers(tx, room, [{ to: MODERATORS, text: warning(kept.bytes, limit) }]);
      const after = { files: kept.files, bytes: kept.bytes, limit };
      await this.events.record(tx, { kind: 'storage.filling', actor: PLAZA, room: room.token, after });
    });
  }

  private async lookAtServer(): Promise<void> {
    const { storageBytes: limit } = this.settings;
    if (limit === 0) return;
    const { bytes } = await this.sums.ofServer();
    if (!this.isServerWarned && bytes >= limit * FULL) {
      this.logger.warn(
        `Files take ${bytesText(bytes)} of the ${bytesText(limit)} of STORAGE_BYTES, beyond which uploads are refused`,
      );
      this.isServerWarned = true;
    } else if (bytes < limit * EMPTY) this.isServerWarned = false;
  }
}

function warning(bytes: number, limit: number): string {
  return (
    `The files of this room take ${bytesText(bytes)} of the ${bytesText(limit)} that it may keep. When that is reached, nobody can ` +
    'upload here until files expire or are deleted; messages go on. Delete what is not needed, or ask the operator for more.'
  );
}
