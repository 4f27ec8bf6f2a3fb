import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { FilesRepository } from '../records/files/files.repository.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type Actor, actorName } from '../moderation/access/actor.js';
import { type Room } from '../records/rooms/room.js';
import { type Caller } from '../records/users/user.js';
import { MessageChangesRepository } from '../records/messages/message-changes.repository.js';
import { PinsRepository } from '../records/messages/pins.repository.js';

/** The answer to a change of pins: the room's new `info_updates`, and what was unpinned. */
export interface PinsChange<What> {
  info_updates: number;
  unpinned: What;
}

/** Pins, for admins (protocol 6). Each one made or removed raises `info_updates` by one (protocol 7.2). */
@Injectable()
export class PinsService {
  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly pins: PinsRepository,
    private readonly files: FilesRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Pins a message; pinning it again makes it the latest pin.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `message_not_found` or `too_many_pins`
   */
  async pin(tx: Transaction, token: string, caller: Caller, id: number): Promise<{ info_updates: number }> {
    const visit = await this.access.visitToWrite(tx, token, caller, 'admin');
    const { room } = visit;
    if (!(await this.messages.findRegular(tx, room.id, id))) throw new ProtocolError('message_not_found');
    // The room's lock, which the visit holds, keeps two pins from both taking the last place.
    if ((await this.pins.countOthers(tx, room.id, id)) >= this.settings.maxPins) {
      throw new ProtocolError('too_many_pins');
    }
    const { id: pinnedBy } = await this.access.enter(tx, visit.caller);
    await this.put(tx, room, id, pinnedBy);
    await this.events.record(tx, {
      actor: caller.sessionId,
      kind: 'message.pin',
      target: String(id),
      room: room.token,
    });
    return { info_updates: room.infoUpdates + 1 };
  }

  /**
   * Unpins a message; one that is not pinned, or does not exist, is left as it is.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async unpin(tx: Transaction, token: string, actor: Actor, id: number): Promise<PinsChange<boolean>> {
    const room = await this.access.open(tx, token, actor, 'admin');
    const removed = await this.pins.unpin(tx, room.id, [id]);
    if (removed === 0) return { info_updates: room.infoUpdates, unpinned: false };
    await this.files.releaseOfUnpinned(tx, [id]);
    await this.rooms.raiseInfoUpdates(tx, [room.id]);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'message.unpin',
      target: String(id),
      room: room.token,
    });
    return { info_updates: room.infoUpdates + 1, unpinned: true };
  }

  /**
   * Pins messages again that were unpinned, those that are still there, as far as the room may have so many pins.
   * @param pinnedBy the person whom clients show for it
   * @returns ids of the messages
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async pinAgain(
    tx: Transaction,
    token: string,
    actor: Actor,
    { ids, pinnedBy }: { ids: readonly number[]; pinnedBy: number },
  ): Promise<number[]> {
    const room = await this.access.open(tx, token, actor, 'admin');
    const pinned: number[] = [];
    for (const id of ids) {
      if (!(await this.messages.findRegular(tx, room.id, id))) continue;
      if ((await this.pins.countOthers(tx, room.id, id)) >= this.settings.maxPins) break;
      await this.put(tx, room, id, pinnedBy);
      pinned.push(id);
    }
    return pinned;
  }

  private async put(tx: Transaction, room: Room, id: number, pinnedBy: number): Promise<void> {
    await this.pins.pin(tx, room.id, id, pinnedBy);
    await this.files.keepOfPinned(tx, id);
    await this.rooms.raiseInfoUpdates(tx, [room.id]);
  }

  /**
   * Unpins every message of a room.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async unpinAll(tx: Transaction, token: string, caller: Caller): Promise<PinsChange<number>> {
    const { room } = await this.access.visitToWrite(tx, token, caller, 'admin');
    const ids = await this.pins.unpinAll(tx, room.id);
    if (ids.length === 0) return { info_updates: room.infoUpdates, unpinned: 0 };
    await this.files.releaseOfUnpinned(tx, ids);
    await this.rooms.raiseInfoUpdates(tx, [room.id], ids.length);
    await this.events.record(tx, {
      actor: caller.sessionId,
      kind: 'message.unpin_all',
      room: room.token,
      before: { messages: ids },
    });
    return { info_updates: room.infoUpdates + ids.length, unpinned: ids.length };
  }
}
