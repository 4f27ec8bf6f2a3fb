import { Injectable } from '@nestjs/common';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { RoomExportRepository } from './room-export.repository.js';
import { exportedMessage, exportedRoom } from './room-export.views.js';

const MESSAGES_PER_READ = 200;

/** Rooms as archives keep them; for the command line, which nobody needs to ask. */
@Injectable()
export class RoomExportService {
  constructor(
    private readonly directory: RoomDirectory,
    private readonly messages: RoomExportRepository,
    private readonly identity: ServerIdentity,
  ) {}

  /**
   * A room as objects to be written one a line: the room, then its messages by id, each as of when it is read.
   * @throws ProtocolError `room_not_found`
   */
  async *lines(token: string): AsyncGenerator<object> {
    const room = await this.directory.find(token);
    if (!room) throw new ProtocolError('room_not_found');
    yield exportedRoom(room, await this.directory.extrasOf(room), this.identity.publicKeyHex);
    for (let last = 0; ;) {
      const messages = await this.messages.messagesAfter(room.id, last, MESSAGES_PER_READ);
      if (messages.length === 0) return;
      for (const message of messages) yield exportedMessage(message);
      last = messages.at(-1)?.id ?? last;
    }
  }
}
