import { Injectable } from '@nestjs/common';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { type Room } from '../records/rooms/room.js';
import { ActivityService } from '../users/activity.service.js';
import { type Caller } from '../records/users/user.js';
import { type PageQuery, type SingleQuery, type SinceQuery } from './message.dto.js';
import { type DeletionView, type MessageView, type MessageReader } from '../records/messages/message.js';
import { RoomPages } from './room-pages.service.js';

/** Reading a room's messages (protocol 6). */
@Injectable()
export class ReadingService {
  constructor(
    private readonly access: RoomAccess,
    private readonly activity: ActivityService,
    private readonly pages: RoomPages,
  ) {}

  /**
   * The changes in a room after `seqno`, in order, as JSON text.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  since(token: string, caller: Caller | null, seqno: number, query: SinceQuery): Eventual<string> {
    return andThen(this.enter(token, caller), ({ room, reader }) =>
      this.pages.since(room, reader, seqno, query),
    );
  }

  /**
   * The newest messages, newest first, as JSON text.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async recent(token: string, caller: Caller | null, query: PageQuery): Promise<string> {
    const { room, reader } = await this.enter(token, caller);
    return this.pages.recent(room, reader, query);
  }

  /**
   * The newest messages with an id below `before`, newest first.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async before(
    token: string,
    caller: Caller | null,
    before: number,
    query: PageQuery,
  ): Promise<(MessageView | DeletionView)[]> {
    const { room, reader } = await this.enter(token, caller);
    return this.pages.before(room, reader, before, query);
  }

  /**
   * The oldest messages with an id above `after`, oldest first.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async after(
    token: string,
    caller: Caller | null,
    after: number,
    query: PageQuery,
  ): Promise<(MessageView | DeletionView)[]> {
    const { room, reader } = await this.enter(token, caller);
    return this.pages.after(room, reader, after, query);
  }

  /**
   * Some messages, newest first; those that the caller may not see are left out.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async some(
    token: string,
    caller: Caller | null,
    ids: readonly number[],
  ): Promise<(MessageView | DeletionView)[]> {
    const { room, reader } = await this.enter(token, caller);
    return ids.length === 0 ? [] : this.pages.some(room, reader, ids);
  }

  /**
   * One message.
   * @throws ProtocolError `room_not_found`, `permission_denied` or `message_not_found`
   */
  async single(
    token: string,
    caller: Caller | null,
    id: number,
    { reactors }: SingleQuery,
  ): Promise<MessageView | DeletionView> {
    const { room, reader } = await this.enter(token, caller);
    const view = await this.pages.single(room, reader, id, reactors);
    if (!view) throw new ProtocolError('message_not_found');
    return view;
  }

  private enter(token: string, caller: Caller | null): Eventual<{ room: Room; reader: MessageReader }> {
    return andThen(this.access.visit(token, caller, 'read'), ({ room, may }) => {
      const seen = caller && this.activity.seenIn(room.id, caller);
      return andThen(seen, (userId) => ({ room, reader: { userId, moderator: may.moderator } }));
    });
  }
}
