import { Injectable } from '@nestjs/common';
import { RoomAccess } from '../moderation/room-access.service.js';
import { type Room } from '../rooms/room.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { ActivityService } from '../users/activity.service.js';
import { type User } from '../users/user.js';
import { type PageQuery, type SingleQuery, type SinceQuery } from './message.dto.js';
import {
  type DeletionView,
  type Message,
  type MessageView,
  type Reader,
  type UpdateView,
} from './message.js';
import { messageView, reactionsUpdateView } from './message.views.js';
import { MessagesRepository } from './messages.repository.js';
import { pageOfUpdates } from './page-of-updates.js';
import { ReactionsRepository } from './reactions.repository.js';

/** Reading a room's messages: what whom is shown is in the repository's conditions (protocol 6). */
@Injectable()
export class ReadingService {
  constructor(
    private readonly access: RoomAccess,
    private readonly activity: ActivityService,
    private readonly messages: MessagesRepository,
    private readonly reactions: ReactionsRepository,
  ) {}

  /**
   * What happened in a room after `seqno`, in order.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async since(token: string, caller: User | null, seqno: number, query: SinceQuery): Promise<UpdateView[]> {
    const { room, reader } = await this.enter(token, caller);
    // Nearly every poll ends here: the room's counter says that there is nothing new.
    if (seqno >= room.messageSequence) return [];
    const updates = await this.messages.updatesSince(
      room.id,
      reader,
      seqno,
      query.limit,
      query.t.includes('r'),
    );
    const page = pageOfUpdates(updates, query.limit);
    const reactions = await this.reactions.of(
      page.map(({ event }) => event.id),
      reader.userId,
      query.reactors,
    );
    return page.map(({ event, seqno }) =>
      event.kind === 'data'
        ? messageView(event, seqno, reactions)
        : reactionsUpdateView(event, seqno, reactions),
    );
  }

  /**
   * The newest messages, newest first.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async recent(
    token: string,
    caller: User | null,
    query: PageQuery,
  ): Promise<(MessageView | DeletionView)[]> {
    return this.before(token, caller, Number.MAX_SAFE_INTEGER, query);
  }

  /**
   * The newest messages with an id below `before`, newest first.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async before(
    token: string,
    caller: User | null,
    before: number,
    { limit, reactors }: PageQuery,
  ): Promise<(MessageView | DeletionView)[]> {
    const { room, reader } = await this.enter(token, caller);
    return this.views(await this.messages.before(room.id, reader, before, limit), reader, reactors);
  }

  /**
   * One message.
   * @throws ProtocolError `room_not_found`, `permission_denied` or `message_not_found`
   */
  async single(
    token: string,
    caller: User | null,
    id: number,
    { reactors }: SingleQuery,
  ): Promise<MessageView | DeletionView> {
    const { room, reader } = await this.enter(token, caller);
    const message = await this.messages.find(room.id, reader, id);
    const [view] = message ? await this.views([message], reader, reactors) : [];
    if (!view) throw new ProtocolError('message_not_found');
    return view;
  }

  private async enter(token: string, caller: User | null): Promise<{ room: Room; reader: Reader }> {
    const { room, may } = await this.access.visit(token, caller, 'read');
    if (caller) this.activity.seenIn(room.id, caller.id);
    return { room, reader: { userId: caller?.id ?? null, moderator: may.moderator } };
  }

  private async views(
    messages: readonly Message[],
    reader: Reader,
    reactors: number,
  ): Promise<(MessageView | DeletionView)[]> {
    const reactions = await this.reactions.of(
      messages.map((message) => message.id),
      reader.userId,
      reactors,
    );
    return messages.map((message) => messageView(message, message.seqno, reactions));
  }
}
