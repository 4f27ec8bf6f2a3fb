import { Injectable } from '@nestjs/common';
import { type Eventual } from '../foundation/eventual.js';
import { type Room } from '../records/rooms/room.js';
import { ChallengeAttendance } from './challenges/challenge-attendance.service.js';
import { type PageQuery, type SinceQuery } from './message.dto.js';
import {
  type DeletionView,
  type Message,
  type MessageView,
  type MessageReader,
  type UpdateView,
} from '../records/messages/message.js';
import { messageView, reactionsUpdateView } from './message.views.js';
import { MessagesRepository } from '../records/messages/messages.repository.js';
import { pageOfUpdates } from '../records/messages/page-of-updates.js';
import { ReactionsRepository } from '../records/messages/reactions.repository.js';
import { type SharedPage, SharedPages } from './shared-pages.js';

/**
 * Characters of JSON in a page, unless a single message has more: a page of the longest messages would take 20 MB, which
 * anonymous readers could ask for again and again. Clients go on from the last message that they got.
 */
const MAX_PAGE_SIZE = 2_000_000;

/** Reactions that are read to learn for whom a shared page is not right; a page with more is for nobody but the anonymous. */
const MOST_NAMED = 10_000;

const ANYONE: MessageReader = { userId: null, moderator: false };

/** Pages of a room's messages as one reader sees them. Asks nobody for permission: that is ReadingService. */
@Injectable()
export class RoomPages {
  private readonly shared = new SharedPages();

  constructor(
    private readonly messages: MessagesRepository,
    private readonly reactions: ReactionsRepository,
    private readonly attendance: ChallengeAttendance,
  ) {}

  /** The changes after `seqno`, in order, as JSON text. */
  since(room: Room, reader: MessageReader, seqno: number, query: SinceQuery): Eventual<string> {
    // Nearly every poll ends here: the room's counter says that there is nothing new.
    return seqno >= room.messageSequence ? '[]' : this.news(room, reader, seqno, query);
  }

  /** The newest messages, newest first, as JSON text. */
  async recent(room: Room, reader: MessageReader, query: PageQuery): Promise<string> {
    const range = `recent ${query.limit} ${query.reactors}`;
    const newest = (as: MessageReader): Promise<(MessageView | DeletionView)[]> =>
      this.before(room, as, Number.MAX_SAFE_INTEGER, query);
    const text = await this.shared.textFor(room, range, reader, async () => {
      const page = await newest(ANYONE);
      const oldest = page.length < query.limit ? undefined : page.at(-1);
      return this.share(room, page, await this.messages.counterBefore(oldest?.id));
    });
    return text ?? JSON.stringify(await newest(reader));
  }

  /** The newest messages with an id below `before`, newest first; `limit` of them, or as many as a page can hold. */
  async before(
    room: Room,
    reader: MessageReader,
    before: number,
    { limit, reactors }: PageQuery,
  ): Promise<(MessageView | DeletionView)[]> {
    const bounds = { limit, reactors, maxSize: MAX_PAGE_SIZE };
    return this.views(room, await this.messages.before(room.id, reader, before, bounds), reader, reactors);
  }

  /** The oldest messages with an id above `after`, oldest first; as many as {@link before} gives. */
  async after(
    room: Room,
    reader: MessageReader,
    after: number,
    { limit, reactors }: PageQuery,
  ): Promise<(MessageView | DeletionView)[]> {
    const bounds = { limit, reactors, maxSize: MAX_PAGE_SIZE };
    return this.views(room, await this.messages.after(room.id, reader, after, bounds), reader, reactors);
  }

  /** Some messages, newest first: those that the reader may see, and as many as a page can hold. */
  async some(
    room: Room,
    reader: MessageReader,
    ids: readonly number[],
  ): Promise<(MessageView | DeletionView)[]> {
    return this.views(room, await this.messages.some(room.id, reader, ids, MAX_PAGE_SIZE), reader, 0);
  }

  /** One message, undefined when the reader may not see it. */
  async single(
    room: Room,
    reader: MessageReader,
    id: number,
    reactors: number,
  ): Promise<MessageView | DeletionView | undefined> {
    const message = await this.messages.find(room.id, reader, id);
    return message && (await this.views(room, [message], reader, reactors))[0];
  }

  private async news(room: Room, reader: MessageReader, seqno: number, query: SinceQuery): Promise<string> {
    const { limit, reactors } = query;
    const range = `since ${seqno} ${limit} ${reactors} ${query.t.includes('r')}`;
    const text = await this.shared.textFor(room, range, reader, async () => {
      const page = await this.updates(room, ANYONE, seqno, query);
      const end = page.length < limit ? Number.MAX_SAFE_INTEGER : (page.at(-1)?.seqno ?? 0);
      const authors = await this.messages.authorsOfDeletions(room.id, seqno, end);
      return this.share(room, page, seqno, authors);
    });
    return text ?? JSON.stringify(await this.updates(room, reader, seqno, query));
  }

  private async updates(
    room: Room,
    reader: MessageReader,
    seqno: number,
    query: SinceQuery,
  ): Promise<UpdateView[]> {
    const { limit, reactors } = query;
    const bounds = { limit, reactors, maxSize: MAX_PAGE_SIZE };
    const updates = await this.messages.updatesSince(room.id, reader, seqno, bounds, query.t.includes('r'));
    const page = pageOfUpdates(updates, limit, MAX_PAGE_SIZE);
    this.attendance.notice(
      room,
      reader,
      page.map(({ event }) => event),
    );
    const ids = page.map(({ event }) => event.id);
    const reactions = await this.reactions.of(ids, reader.userId, reactors);
    return page.map(({ event, seqno }) =>
      event.kind === 'data'
        ? messageView(event, seqno, reactions)
        : reactionsUpdateView(event, seqno, reactions),
    );
  }

  private async views(
    room: Room,
    messages: readonly Message[],
    reader: MessageReader,
    reactors: number,
  ): Promise<(MessageView | DeletionView)[]> {
    this.attendance.notice(room, reader, messages);
    const ids = messages.map((message) => message.id);
    const reactions = await this.reactions.of(ids, reader.userId, reactors);
    return messages.map((message) => messageView(message, message.seqno, reactions));
  }

  /**
   * A page that everyone gets but those whom its reactions concern, or messages above `since` that not everyone sees.
   * @param others ids of further users who see it differently
   */
  private async share(
    room: Room,
    page: readonly { id: number }[],
    since: number,
    others: readonly number[] = [],
  ): Promise<SharedPage> {
    const [reactors, notForAll] = await Promise.all([
      this.reactions.reactedTo(
        page.map(({ id }) => id),
        MOST_NAMED,
      ),
      this.messages.notForAllSince(room.id, since),
    ]);
    const { whispers, targets, authors } = notForAll;
    return {
      text: JSON.stringify(page),
      exceptFor: reactors ? new Set([...reactors, ...targets, ...authors, ...others]) : 'everyone',
      exceptModerators: whispers > 0,
    };
  }
}
