import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { counted } from '../../foundation/wording.js';
import { CleanUpService } from '../../messages/clean-up.service.js';
import { HeldEdits } from '../../messages/held-edits.service.js';
import { PinsService } from '../../messages/pins.service.js';
import { SayingService } from '../../messages/saying.service.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { type Event } from '../../records/events/event.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { UsersService } from '../../users/users.service.js';
import { CannotUndo, present, type Undoings } from './undoing.js';

/** Taking back what became of messages, and of all that people had left. */
@Injectable()
export class MessageUndoings {
  readonly all: Undoings = {
    'message.delete': async (tx, actor, event) => {
      const room = await this.open(tx, actor, event);
      return this.giveBack(tx, room, [event.before.message], { deleted: true });
    },
    'messages.delete_all': async (tx, actor, event) => {
      const room = await this.open(tx, actor, event);
      await this.giveBackEarned(tx, room, event);
      return this.giveBack(tx, room, event.before.ids ?? [], { deleted: true });
    },
    'messages.purge': async (tx, actor, event) => {
      const room = await this.open(tx, actor, event);
      return this.giveBack(tx, room, event.before.ids);
    },
    'people.clean_up': (tx, actor, event) => this.undoCleanUp(tx, actor, event),
    'queue.publish': async (tx, actor, event) => {
      const room = await this.open(tx, actor, event);
      const taken = await this.publication.takeBack(tx, room, event.after.messages, null);
      if (taken.length === 0) throw new CannotUndo('none of its messages is there any more; edits stay');
      return `${counted(taken.length, 'message')} taken back`;
    },
    'queue.reject': async (tx, actor, event) => {
      const room = await this.open(tx, actor, event);
      const edited = await this.edits.publish(tx, room, event.before.edits, { rejected: true });
      if (edited.length > 0 && event.before.messages.length === 0)
        return `${counted(edited.length, 'edit')} made`;
      const messages = await this.giveBack(tx, room, event.before.messages);
      return edited.length > 0 ? `${messages}, ${counted(edited.length, 'edit')} made` : messages;
    },
    'message.say': async (tx, actor, event) => {
      const { message } = event.after;
      const isDone = await this.saying.takeBack(tx, actor, present(event.room), message);
      if (!isDone) throw new CannotUndo('the message is not there any more');
      return `message ${message} is deleted`;
    },
    'message.pin': async (tx, actor, event) => {
      const { unpinned } = await this.pins.unpin(tx, present(event.room), actor, Number(event.target));
      return unpinned ? `message ${present(event.target)} is not pinned` : 'it was not pinned any more';
    },
    'message.unpin': (tx, actor, event) => this.pinAgain(tx, actor, event, [Number(event.target)]),
    'message.unpin_all': (tx, actor, event) => this.pinAgain(tx, actor, event, event.before.messages),
  };

  constructor(
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly publication: Publication,
    private readonly trust: TrustRepository,
    private readonly edits: HeldEdits,
    private readonly pins: PinsService,
    private readonly cleanUps: CleanUpService,
    private readonly saying: SayingService,
  ) {}

  private open(tx: Transaction, actor: Actor, { room }: Event): Promise<Room> {
    return this.access.open(tx, present(room), actor, 'moderator');
  }

  private async giveBackEarned(
    tx: Transaction,
    room: Room,
    { target, before }: Event<'messages.delete_all'>,
  ): Promise<void> {
    const author = await this.users.resolve(present(target), tx);
    const record = before.earned?.[room.token];
    if (author && record) await this.trust.restore(tx, room.id, author.id, record);
  }

  private async giveBack(
    tx: Transaction,
    room: Room,
    ids: readonly number[],
    { deleted = false } = {},
  ): Promise<string> {
    const { published, tooLate } = await this.publication.giveBack(tx, room, ids, { deleted });
    if (published.length === 0) {
      throw new CannotUndo(
        tooLate.length > 0
          ? 'it is too late: clients take a message for six hours after it was written'
          : 'none of its messages can be given back any more',
      );
    }
    const anew = published.map(({ id, was }) => `${was} is ${id}`).join(', ');
    const rest = ids.length - published.length;
    const missing = rest > 0 ? `; ${rest} of ${ids.length} did not come back` : '';
    return `${counted(published.length, 'message')} given back with new ids: ${anew}${missing}`;
  }

  /** Lifts the bans, and gives back messages as far as that is possible. */
  private async undoCleanUp(tx: Transaction, actor: Actor, event: Event<'people.clean_up'>): Promise<string> {
    const { session_ids: sessionIds, ids = [] } = event.after;
    const room = event.room == null ? null : await this.access.open(tx, event.room, actor, 'admin');
    if (room === null) await this.access.openServer(tx, actor, 'admin');
    const unbanned = await this.cleanUps.unban(tx, sessionIds, room);
    const bans = `${counted(unbanned, 'person', 'people')} not banned any more`;
    if (room === null || ids.length === 0) return bans;
    const { published } = await this.publication.giveBack(tx, room, ids, { deleted: true });
    return `${bans}, ${published.length} of ${counted(ids.length, 'message')} given back with new ids`;
  }

  /** Clients show the person who unpinned as the one who pinned: that one is known. */
  private async pinAgain(
    tx: Transaction,
    actor: Actor,
    event: Event,
    ids: readonly number[],
  ): Promise<string> {
    const unpinnedBy = await this.users.resolve(event.actor, tx);
    if (!unpinnedBy) throw new CannotUndo('nobody is known who could have pinned it');
    const pins = { ids, pinnedBy: unpinnedBy.id };
    const pinned = await this.pins.pinAgain(tx, present(event.room), actor, pins);
    if (pinned.length === 0) throw new CannotUndo('none of its messages can be pinned any more');
    return `${counted(pinned.length, 'message')} pinned: ${pinned.join(', ')}`;
  }
}
