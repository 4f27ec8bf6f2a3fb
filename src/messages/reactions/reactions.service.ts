import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { WriteRates } from '../../foundation/limits/write-rates.service.js';
import {
  MessageChangesRepository,
  type RegularMessage,
} from '../../records/messages/message-changes.repository.js';
import { ReactionsRepository, type ReactionStanding } from '../../records/messages/reactions.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { RoomAccess } from '../../moderation/access/room-access.service.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type Caller } from '../../records/users/user.js';

/** In code points. PostgreSQL can't store a NUL, and half of a surrogate pair is no character. */
const REACTION = /^[^\0\p{Surrogate}]{1,12}$/u;

/** A reaction as it is named in a request. */
export interface ReactionTarget {
  /** Room token. */
  room: string;
  /** Message id. */
  message: number;
  /** 1 to 12 code points. */
  reaction: string;
}

/**
 * Reactions to messages that everyone may see (protocol 6). Each one added or removed takes a seqno of its room under
 * the room's lock, which also makes a reaction that many requests add at once count once, and the caps hold.
 */
@Injectable()
export class ReactionsService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly reactions: ReactionsRepository,
    private readonly events: EventsRepository,
    private readonly rates: WriteRates,
  ) {}

  /**
   * Adds the caller's reaction; `added` is false when it was there already.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `changing_too_fast`, `malformed_request`,
   *   `message_not_found` or `too_many_reactions`
   */
  async add(
    tx: Transaction,
    target: ReactionTarget,
    caller: Caller,
  ): Promise<{ added: boolean; seqno: number }> {
    const { room, may, caller: asking } = await this.access.visitToWrite(tx, target.room, caller, 'read');
    if (!may.admin) this.rates.admitReaction(room.id, asking.sessionId);
    const message = await this.messageToReact(tx, room, asking, target);
    const { id } = await this.access.enter(tx, asking);
    const standing = await this.reactions.standing(tx, message.id, target.reaction, id);
    const added = !standing.isThere;
    if (added) {
      this.checkCaps(standing);
      await this.reactions.add(tx, message.id, target.reaction, id);
    }
    return { added, seqno: await this.countChanges(tx, room, message, added ? 1 : 0) };
  }

  /**
   * Removes the caller's reaction; `removed` is false when there was none.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `changing_too_fast`, `malformed_request` or
   *   `message_not_found`
   */
  async remove(
    tx: Transaction,
    target: ReactionTarget,
    caller: Caller,
  ): Promise<{ removed: boolean; seqno: number }> {
    const { room, may, caller: asking } = await this.access.visitToWrite(tx, target.room, caller, 'read');
    if (!may.admin) this.rates.admitReaction(room.id, asking.sessionId);
    const message = await this.messageToReact(tx, room, asking, target);
    // A stranger has given none.
    const removed =
      asking.id !== null && (await this.reactions.remove(tx, message.id, target.reaction, asking.id));
    return { removed, seqno: await this.countChanges(tx, room, message, removed ? 1 : 0) };
  }

  /**
   * Removes everyone's reactions from a message, or everyone's of one kind, for moderators.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `malformed_request` or `message_not_found`
   */
  async removeAll(
    tx: Transaction,
    target: Omit<ReactionTarget, 'reaction'> & { reaction?: string },
    caller: Caller,
  ): Promise<{ removed: number; seqno: number }> {
    const { room } = await this.access.visitToWrite(tx, target.room, caller, 'moderator');
    const message = await this.messageToReact(tx, room, caller, target);
    const removed = await this.reactions.removeAll(tx, message.id, target.reaction);
    if (removed > 0) {
      await this.events.record(tx, {
        actor: caller.sessionId,
        kind: 'reactions.remove',
        target: String(message.id),
        room: room.token,
        before: { count: removed, ...(target.reaction !== undefined && { reaction: target.reaction }) },
      });
    }
    return { removed, seqno: await this.countChanges(tx, room, message, removed) };
  }

  /**
   * Who reacted so, and when in unix seconds, oldest first.
   * @param limit how many
   * @throws ProtocolError `room_not_found`, `permission_denied`, `malformed_request` or `message_not_found`
   */
  async reactors(target: ReactionTarget, caller: Caller | null, limit: number): Promise<[string, number][]> {
    const { room } = await this.access.visit(target.room, caller, 'read');
    const message = await this.messageToReact(this.database, room, caller, target);
    return this.reactions.reactors(message.id, target.reaction, limit);
  }

  /** Everyone downloads every reaction of a message, so neither one person nor all together may add them without end. */
  private checkCaps({ kinds, own, isKnown }: ReactionStanding): void {
    const { maxReactionsPerUser, maxReactionKinds } = this.settings;
    if (own >= maxReactionsPerUser) {
      throw new ProtocolError('too_many_reactions', `one person may give it ${maxReactionsPerUser}`);
    }
    if (!isKnown && kinds >= maxReactionKinds) {
      throw new ProtocolError('too_many_reactions', `it may have ${maxReactionKinds} different ones`);
    }
  }

  private async messageToReact(
    reader: DatabaseReader,
    room: Room,
    caller: Caller | null,
    { message: id, reaction }: { message: number; reaction?: string },
  ): Promise<RegularMessage> {
    if (reaction !== undefined && !REACTION.test(reaction)) {
      throw new ProtocolError('malformed_request', 'a reaction has 1 to 12 characters');
    }
    const message = await this.messages.findToReact(reader, room.id, caller?.id ?? null, id);
    if (!message) throw new ProtocolError('message_not_found');
    return message;
  }

  /** Takes a seqno for each reaction added or removed; returns the message's seqno now. */
  private async countChanges(
    tx: Transaction,
    room: Room,
    message: RegularMessage,
    changes: number,
  ): Promise<number> {
    if (changes === 0) return message.seqno;
    const seqno = await this.rooms.takeSeqnos(tx, room.id, changes);
    await this.messages.touchReactions(tx, message.id, seqno);
    return seqno;
  }
}
