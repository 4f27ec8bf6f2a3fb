import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type Actor, PLAZA } from '../moderation/access/actor.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { MessageChangesRepository } from '../records/messages/message-changes.repository.js';
import { type MessageView } from '../records/messages/message.js';
import { settingsOf } from '../records/rooms/room-settings.js';
import { Eraser } from './publication/eraser.service.js';
import { ServerAuthor } from './writing/server-author.service.js';

/** Characters that clients let people write. */
export const LONGEST_TEXT = 10_000;

/** Posts what the operator has to say, as the server, for everyone in a room. */
@Injectable()
export class SayingService {
  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly server: ServerAuthor,
    private readonly messages: MessageChangesRepository,
    private readonly eraser: Eraser,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Posts a text in a room, under its lock.
   * @param name that clients show for the author; the one that the room has chosen for the server by default
   * @throws ProtocolError `room_not_found`, or `permission_denied` in an archived room
   */
  async say(tx: Transaction, token: string, text: string, name?: string): Promise<MessageView> {
    const room = await this.access.open(tx, token, PLAZA, 'write');
    if (room.isArchived) throw new ProtocolError('permission_denied', 'the room is archived: open it first');
    const displayName = name ?? settingsOf(room, this.settings).moderationName;
    const posted = await this.server.post(tx, room, { body: text, displayName });
    await this.events.record(tx, {
      actor: PLAZA,
      kind: 'message.say',
      room: room.token,
      target: String(posted.id),
      after: { message: posted.id, name: displayName },
    });
    return posted;
  }

  /**
   * Deletes such a message, for a moderator or the operator.
   * @returns false when it is not there any more
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async takeBack(tx: Transaction, actor: Actor, token: string, id: number): Promise<boolean> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    if (!(await this.messages.findLive(tx, room.id, { userId: null, moderator: true }, id))) return false;
    await this.eraser.messagesOf(tx, room, [id]);
    return true;
  }
}
