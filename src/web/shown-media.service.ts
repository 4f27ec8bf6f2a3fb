import { Injectable } from '@nestjs/common';
import { FilesService } from '../files/files.service.js';
import { Settings } from '../foundation/config/settings.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { type StoredBytes } from '../protocol/requests/reply.js';
import { EstablishedRepository } from '../records/defence/established.repository.js';
import { settingsOf } from '../records/rooms/room-settings.js';
import { type Room } from '../records/rooms/room.js';

/**
 * The pictures and recordings that pages show. Where the defence is on, these are of people who are established in the room:
 * a page is seen by strangers, search engines and previews, and nobody reports what they see there.
 */
@Injectable()
export class ShownMedia {
  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly established: EstablishedRepository,
    private readonly files: FilesService,
  ) {}

  /**
   * Those of some authors whose files pages name without showing them.
   * @returns Session IDs
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async withheld(token: string, sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { room } = await this.access.visit(token, null, 'read');
    if (!this.isGuarded(room)) return new Set();
    const shown = await this.established.among(room.id, sessionIds);
    return new Set(sessionIds.filter((sessionId) => !shown.has(sessionId)));
  }

  /**
   * Opens a file of a room for somebody with a browser. The room's image is for everyone who may access the room.
   * @throws ProtocolError `room_not_found`, `permission_denied`, or `file_not_found`, also for a file that pages do not show
   */
  async open(token: string, id: number): Promise<StoredBytes> {
    const { bytes } = await this.files.download(token, null, id);
    const { room } = await this.access.visit(token, null, 'visible');
    const isShown =
      room.imageId === id || !this.isGuarded(room) || (await this.established.hasUploaded(room.id, id));
    if (isShown) return bytes;
    bytes.close();
    throw new ProtocolError('file_not_found', 'pages show what established members have uploaded');
  }

  private isGuarded(room: Room): boolean {
    return settingsOf(room, this.settings).defence === 'on';
  }
}
