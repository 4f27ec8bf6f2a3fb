import { Injectable } from '@nestjs/common';
import { Database, type Transact, type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { InboxService } from '../inbox/inbox.service.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { mayEraseOwn, type Permissions, permissionsIn } from '../moderation/access/permissions.js';
import {
  permissionDenied,
  RoomAccess,
  type RoomPermission,
} from '../moderation/access/room-access.service.js';
import { type Room } from '../records/rooms/room.js';
import { TrustRepository } from '../records/defence/trust.repository.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type Caller } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { Eraser } from './publication/eraser.service.js';
import { MessageChangesRepository } from '../records/messages/message-changes.repository.js';

/** How many messages were deleted, in all and by room token. */
export interface DeletedEverywhere {
  total: number;
  rooms: Record<string, number>;
}

/** Deleting messages, one or all that a user has, with what belongs to them (protocol 6). */
@Injectable()
export class DeletionService {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly standings: UsersRepository,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly eraser: Eraser,
    private readonly inbox: InboxService,
    private readonly trust: TrustRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Deletes one message, for its author or a moderator. Somebody who may not see the message is told that there is none.
   * @throws ProtocolError `room_not_found`, `message_not_found` or `permission_denied`
   */
  async one(tx: Transaction, token: string, caller: Caller, id: number): Promise<void> {
    const { room, may, caller: asking } = await this.access.visitToWrite(tx, token, caller, 'visible');
    if (!mayEraseOwn(room, asking)) throw permissionDenied('write');
    const reader = { userId: asking.id, moderator: may.moderator };
    const message = await this.messages.findLive(tx, room.id, reader, id);
    if (!message) throw new ProtocolError('message_not_found');
    const own = message.userId === asking.id;
    if (!own && !may.moderator) {
      throw new ProtocolError('permission_denied', 'only its author or a moderator may delete a message');
    }
    await this.eraser.messagesOf(tx, room, [id]);
    if (own) return;
    await this.trust.startAnew(tx, room.id, [message.userId]);
    await this.events.record(tx, {
      actor: caller.sessionId,
      kind: 'message.delete',
      target: message.sessionId,
      room: room.token,
      before: { message: id },
    });
  }

  /**
   * Deletes all that a user has in a room: messages, reactions to others' messages, and files, those that no message
   * shows included. It succeeds, too, when there is nothing (Android takes a 404 after its ban for a failed ban). Someone banned from the room may still delete their own.
   * @param sessionId `05…` or `15…`
   * @returns how many messages that were
   * @throws ProtocolError `room_not_found`, `user_not_found` or `permission_denied`
   */
  async allInRoom(tx: Transaction, token: string, caller: Caller, sessionId: string): Promise<number> {
    return this.eraseAllOf(tx, sessionId, { token, caller, permission: 'visible' });
  }

  /**
   * Deletes all that a user has in each room that the caller can access and may delete it in. Each room is a
   * transaction of its own, so that none waits for another. For a global moderator somebody's direct messages go, too:
   * spammers go on by them.
   * @param sessionId `05…` or `15…`
   * @param transact runs each of these transactions
   * @throws ProtocolError `user_not_found`
   */
  async allEverywhere(
    caller: Caller,
    sessionId: string,
    transact: Transact = (work) => this.database.transact(work),
  ): Promise<DeletedEverywhere> {
    const author = await this.authorFor(caller, sessionId);
    const counts: [token: string, deleted: number][] = [];
    for (const room of await this.rooms.all()) {
      const may = permissionsIn(room, caller);
      if (!may.accessible || !mayDeleteAllOf(author, room, caller, may)) continue;
      const { token } = room;
      const by: EraserOfAll = { token, caller, permission: 'accessible' };
      const deleted = await transact((tx) => this.eraseAllOf(tx, sessionId, by)).catch(refusedInRoom);
      if (deleted !== undefined) counts.push([token, deleted]);
    }
    if (author.id !== null && caller.moderator && author.id !== caller.id && !author.moderator) {
      const { id } = author;
      await transact(async (tx) => {
        await this.standings.lockStandings(tx, [id]);
        await this.inbox.deleteSent(tx, [id]);
      });
    }
    const total = counts.reduce((sum, [, deleted]) => sum + deleted, 0);
    return { total, rooms: Object.fromEntries(counts) };
  }

  /** The author whose messages the caller means: somebody whom the server knows, or themselves, if they have no row yet. */
  private async authorFor(caller: Caller, sessionId: string, tx?: Transaction): Promise<Caller> {
    const user = await this.users.resolve(sessionId, tx);
    if (user) return user;
    if (caller.id === null && this.users.idsOf(sessionId).includes(caller.sessionId)) return caller;
    throw new ProtocolError('user_not_found');
  }

  /** Deletes all that a user has in one room; returns how many messages that were. */
  private async eraseAllOf(tx: Transaction, sessionId: string, by: EraserOfAll): Promise<number> {
    const { token, permission } = by;
    const { room, may, caller } = await this.access.visitToWrite(tx, token, by.caller, permission);
    const { id } = await this.authorFor(caller, sessionId, tx);
    // A stranger has nothing there.
    if (id === null) return 0;
    const author = await this.standings.holdStanding(tx, id);
    if (!mayDeleteAllOf(author, room, caller, may)) {
      throw new ProtocolError(
        'permission_denied',
        "this takes a moderator, for an admin's messages an admin",
      );
    }
    const { messages, reactions, recent } = await this.eraser.allOf(tx, room, [author.id]);
    if (author.id !== caller.id && messages + reactions > 0) {
      const earned = await this.trust.earnedBy(tx, author.id, [room.token]);
      await this.trust.fallToStranger(tx, room.id, [author.id]);
      await this.events.record(tx, {
        actor: caller.sessionId,
        kind: 'messages.delete_all',
        target: author.sessionId,
        room: room.token,
        before: { messages, reactions, ids: recent, ...(Object.keys(earned).length > 0 && { earned }) },
      });
    }
    return messages;
  }
}

/** A caller who wants to delete all of a user's messages, the room, and the permission that it takes there. */
interface EraserOfAll {
  token: string;
  caller: Caller;
  permission: RoomPermission;
}

/** One's own, or as a moderator, but an admin's only as an admin. */
function mayDeleteAllOf(author: Caller, room: Room, caller: Caller, may: Permissions): boolean {
  if (author.sessionId === caller.sessionId) return true;
  return may.moderator && (may.admin || !permissionsIn(room, author).admin);
}

/** A room may have been closed to the caller, or deleted, since it was listed: then it is passed over. */
function refusedInRoom(error: unknown): undefined {
  const passedOver = ['room_not_found', 'permission_denied'];
  if (error instanceof ProtocolError && passedOver.includes(error.code)) return undefined;
  throw error;
}
