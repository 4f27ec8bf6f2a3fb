import { Injectable } from '@nestjs/common';
import { bytesText } from '../foundation/bytes.js';
import { Settings } from '../foundation/config/settings.js';
import { type DatabaseReader } from '../foundation/database/database.js';
import { StorageSumsRepository } from '../records/files/storage-sums.repository.js';
import { type Room } from '../records/rooms/room.js';
import { settingsOf } from '../records/rooms/room-settings.js';

/** A limit of what is kept that an upload would exceed. */
export interface ExceededStorage {
  /** The setting, as meters name it. */
  quota: 'STORAGE_BYTES_PER_USER' | 'STORAGE_BYTES_PER_ROOM' | 'STORAGE_BYTES';
  /** The reason for the uploader. */
  what: string;
}

/**
 * How many bytes of files a person, a room and the server keep. Where none of them has a limit, it asks for nothing. Sums are
 * read as triggers count them; files that have expired and still have a row are only looked for when a limit is reached.
 */
@Injectable()
export class StorageQuotas {
  constructor(
    private readonly settings: Settings,
    private readonly sums: StorageSumsRepository,
  ) {}

  /**
   * The limit that an upload would exceed, if there is one. It is exact for a transaction that holds the locks of the room, of the
   * person and of the totals of uploads, because all uploads that count for one of them hold it, too.
   * @param size in bytes
   */
  async exceededBy(
    reader: DatabaseReader,
    { room, uploaderId, size }: { room: Room; uploaderId: number | null; size: number },
  ): Promise<ExceededStorage | undefined> {
    const { storageBytesPerUser, storageBytes } = this.settings;
    const { storageBytesPerRoom } = settingsOf(room, this.settings);
    const limits = [
      { of: 'user', quota: 'STORAGE_BYTES_PER_USER', limit: storageBytesPerUser, whose: 'of yours' },
      { of: 'room', quota: 'STORAGE_BYTES_PER_ROOM', limit: storageBytesPerRoom, whose: 'of this room' },
      { of: 'server', quota: 'STORAGE_BYTES', limit: storageBytes, whose: 'of all rooms' },
    ] as const;
    const set = limits.filter(({ limit }) => limit > 0);
    if (set.length === 0) return undefined;
    const whom = { roomId: room.id, userId: uploaderId };
    const kept = await this.sums.kept(reader, whom);
    if (set.every(({ of, limit }) => kept[of] + size <= limit)) return undefined;
    const expired = await this.sums.expired(reader, whom);
    const reached = set.find(({ of, limit }) => kept[of] - expired[of] + size > limit);
    return reached && { quota: reached.quota, what: `${bytesText(reached.limit)} ${reached.whose}` };
  }
}
