import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { type DeletionView, type MessageView } from '../records/messages/message.js';
import { ReadingService } from '../messages/reading.service.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type RoomView } from '../rooms/room.views.js';
import { InvitationsService } from './invitations.service.js';
import { postsOf } from './contents/post.js';
import { type RoomSummary } from './view/parts.js';
import { type Conversation, type RoomContent } from './view/room-page.js';

const POSTS_PER_PAGE = 30;
/** The latest ones; a page is no place for more. */
const PINS_SHOWN = 5;
const SECONDS_PER_DAY = 24 * 60 * 60;

/** The contents of pages: everything that an anonymous visitor may see of rooms, and nothing else. */
@Injectable()
export class RoomContents {
  constructor(
    private readonly settings: Settings,
    private readonly reading: ReadingService,
    private readonly invitations: InvitationsService,
  ) {}

  /** A room in a few words. */
  summaryOf(room: RoomView): RoomSummary {
    return {
      token: room.token,
      name: room.name,
      description: room.description.trim() === '' ? undefined : room.description,
      imageId: room.read ? room.image_id : undefined,
      activeUsers: room.active_users,
      activeDays: Math.round(room.active_users_cutoff / SECONDS_PER_DAY),
      communityUrl: this.invitations.urlOf(room.token),
    };
  }

  /**
   * A room with a page of its messages: the newest, or those before a message.
   * @throws ProtocolError `room_not_found` or `permission_denied` when the room was closed meanwhile
   */
  async read(room: RoomView, before?: number): Promise<RoomContent> {
    return { room: this.summaryOf(room), conversation: await this.conversationIn(room, before) };
  }

  private async conversationIn(room: RoomView, before: number | undefined): Promise<Conversation> {
    if (!room.read) return { kind: 'for members' };
    if (!this.settings.webMessages) return { kind: 'off' };
    const isNewest = before === undefined;
    const [pinned, messages] = await Promise.all([
      isNewest ? this.pinnedIn(room) : [],
      this.messagesIn(room, before),
    ]);
    return {
      kind: 'shown',
      pinned: postsOf(pinned, room),
      posts: postsOf(messages.slice(0, POSTS_PER_PAGE), room),
      isNewest,
      hasOlder: messages.length > POSTS_PER_PAGE || (await this.anyBefore(room, messages.at(-1))),
    };
  }

  /** One more than a page, which tells whether there is a next one. */
  private async messagesIn({ token }: RoomView, before = Number.MAX_SAFE_INTEGER): Promise<MessageView[]> {
    const query = { limit: POSTS_PER_PAGE + 1, reactors: 0 };
    return (await this.reading.before(token, null, before, query)).filter(isThere);
  }

  /** Whether messages came before one; a page ends early when its messages are large. */
  private async anyBefore({ token }: RoomView, message: MessageView | undefined): Promise<boolean> {
    if (!message) return false;
    return (await this.reading.before(token, null, message.id, { limit: 1, reactors: 0 })).length > 0;
  }

  /** The latest pins first; one that was deleted meanwhile, or is not for everyone, is passed over. */
  private async pinnedIn({ token, pinned_messages: pins }: RoomView): Promise<MessageView[]> {
    const latest = pins.slice(-PINS_SHOWN).reverse();
    const rows = await Promise.all(
      latest.map(({ id }) => this.reading.single(token, null, id, { reactors: 0 }).catch(nothingIfGone)),
    );
    return rows.filter((row) => row !== undefined).filter(isThere);
  }
}

function isThere(message: MessageView | DeletionView): message is MessageView {
  return message.data !== null;
}

function nothingIfGone(error: unknown): undefined {
  if (error instanceof ProtocolError && error.code === 'message_not_found') return undefined;
  throw error;
}
