import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { type DeletionView, type MessageView } from '../records/messages/message.js';
import { MessageReferences } from '../messages/message-references.service.js';
import { SearchService } from '../messages/search/search.service.js';
import { ReadingService } from '../messages/reading.service.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type RoomView } from '../rooms/room.views.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { RoomInvitations } from './room-invitations.service.js';
import { ShownMedia } from './shown-media.service.js';
import { type ShownPost } from './contents/post.js';
import { authorsOfFiles, postsOf, quotedPlaces, readPosts, unknownPeople } from './contents/posts-of.js';
import {
  type Conversation,
  type ConversationPlace,
  type RoomContent,
  type RoomSummary,
  type SearchResults,
} from './contents/room-content.js';
import { marked } from './contents/marked.js';

const POSTS_PER_PAGE = 30;
const RESULTS_PER_PAGE = 20;
/** Messages on either side of one that a page was asked for by its address. */
const POSTS_AROUND = 15;
/** The latest ones; a page is no place for more. */
const PINS_SHOWN = 5;
const SECONDS_PER_DAY = 24 * 60 * 60;

/** Messages, oldest first, and whether there are others beside them. */
interface Stretch {
  messages: MessageView[];
  hasEarlier: boolean;
  hasNewer: boolean;
}

/** The contents of pages: everything that an anonymous visitor may see of rooms, and nothing else. */
@Injectable()
export class RoomContents {
  constructor(
    private readonly settings: Settings,
    private readonly rooms: RoomsService,
    private readonly reading: ReadingService,
    private readonly references: MessageReferences,
    private readonly searching: SearchService,
    private readonly invitations: RoomInvitations,
    private readonly media: ShownMedia,
  ) {}

  /** A room in a few words. */
  async summaryOf(room: RoomView): Promise<RoomSummary> {
    return {
      isArchived: await this.isArchived(room),
      token: room.token,
      name: room.name,
      description: room.description.trim() === '' ? undefined : room.description,
      imageId: room.read ? room.image_id : undefined,
      activeUsers: room.active_users,
      isOpen: this.isOpen(room),
      isSearched: this.settings.webSearch && this.isOpen(room),
      activeDays: Math.round(room.active_users_cutoff / SECONDS_PER_DAY),
      communityUrl: this.invitations.urlOf(room.token),
    };
  }

  /** Whether pages show what is said in a room. */
  isOpen(room: RoomView): boolean {
    return room.read && this.settings.webMessages;
  }

  /**
   * A room with a page of its messages.
   * @throws ProtocolError `message_not_found` for a place that is none, `room_not_found` or `permission_denied` when the
   *   room was closed meanwhile
   */
  async read(room: RoomView, place: ConversationPlace): Promise<RoomContent> {
    const [summary, conversation] = await Promise.all([
      this.summaryOf(room),
      this.conversationIn(room, place),
    ]);
    return { room: summary, conversation };
  }

  /**
   * Messages as pages show them, with the people and messages that they refer to.
   * @throws ProtocolError as {@link read}
   */
  async shown(room: RoomView, messages: readonly MessageView[]): Promise<ShownPost[]> {
    const read = readPosts(messages);
    const [names, quoted, withheld] = await Promise.all([
      this.references.namesOf(room.token, null, unknownPeople(read)),
      this.references.quoted(room.token, null, quotedPlaces(read)),
      this.media.withheld(room.token, authorsOfFiles(read)),
    ]);
    return postsOf(read, room, { names, quoted, withheld });
  }

  /** One message; undefined when it was deleted meanwhile or is not for everyone. */
  async single({ token }: RoomView, id: number): Promise<MessageView | undefined> {
    const row = await this.reading.single(token, null, id, { reactors: 0 }).catch(nothingIfGone);
    return row && isThere(row) ? row : undefined;
  }

  /**
   * The messages of a room that have all words of a query, newest first.
   * @throws ProtocolError as {@link read}, `too_many_requests`, or `endpoint_not_found` where nothing is searched
   */
  async search(room: RoomView, query: string, before: number): Promise<SearchResults> {
    const limit = RESULTS_PER_PAGE + 1;
    const { words, ids } = await this.searching.find(room.token, null, query, { before, limit });
    const page = ids.slice(0, RESULTS_PER_PAGE);
    const rows = await this.reading.some(room.token, null, page);
    const posts = await this.shown(room, rows.filter(isThere));
    return {
      query,
      posts: posts.map((post) => marked(post, words)),
      older: ids.length > page.length ? page.at(-1) : undefined,
    };
  }

  private async isArchived({ token }: RoomView): Promise<boolean> {
    try {
      return await this.rooms.isArchived(token, null);
    } catch (error) {
      // It was closed or deleted meanwhile, which no list of rooms should fail for.
      if (error instanceof ProtocolError && error.code === 'room_not_found') return false;
      throw error;
    }
  }

  private async conversationIn(room: RoomView, place: ConversationPlace): Promise<Conversation> {
    if (!room.read) return { kind: 'for members' };
    if (!this.settings.webMessages) return { kind: 'off' };
    const [pinned, { messages, ...beside }] = await Promise.all([
      place.kind === 'newest' ? this.pinnedIn(room) : [],
      this.stretchOf(room, place),
    ]);
    const posts = await this.shown(room, [...pinned, ...messages]);
    return {
      kind: 'shown',
      place,
      pinned: posts.slice(0, pinned.length),
      posts: posts.slice(pinned.length),
      ...beside,
    };
  }

  private async stretchOf(room: RoomView, place: ConversationPlace): Promise<Stretch> {
    switch (place.kind) {
      case 'newest':
        return this.endingBefore(room, Number.MAX_SAFE_INTEGER);
      case 'before':
        return this.endingBefore(room, place.id);
      case 'after':
        return this.beginningAfter(room, place.id);
      case 'at':
        return this.around(room, place.id);
    }
  }

  private async endingBefore(room: RoomView, id: number): Promise<Stretch> {
    const messages = await this.before(room, id, POSTS_PER_PAGE);
    const oldest = messages[0]?.id ?? id;
    const newest = messages.at(-1)?.id ?? id - 1;
    const isNewest = id === Number.MAX_SAFE_INTEGER;
    const [hasEarlier, hasNewer] = await Promise.all([
      this.anyBefore(room, oldest),
      isNewest ? false : this.anyAfter(room, newest),
    ]);
    return { messages, hasEarlier, hasNewer };
  }

  private async beginningAfter(room: RoomView, id: number): Promise<Stretch> {
    const messages = await this.after(room, id, POSTS_PER_PAGE);
    const [hasEarlier, hasNewer] = await Promise.all([
      this.anyBefore(room, messages[0]?.id ?? id),
      this.anyAfter(room, messages.at(-1)?.id ?? id),
    ]);
    return { messages, hasEarlier, hasNewer };
  }

  private async around(room: RoomView, id: number): Promise<Stretch> {
    const message = await this.single(room, id);
    if (!message) throw new ProtocolError('message_not_found');
    const [earlier, later] = await Promise.all([
      this.before(room, id, POSTS_AROUND),
      this.after(room, id, POSTS_AROUND),
    ]);
    const messages = [...earlier, message, ...later];
    const [hasEarlier, hasNewer] = await Promise.all([
      this.anyBefore(room, messages[0]?.id ?? id),
      this.anyAfter(room, messages.at(-1)?.id ?? id),
    ]);
    return { messages, hasEarlier, hasNewer };
  }

  /** Messages before one, oldest first. */
  private async before({ token }: RoomView, id: number, limit: number): Promise<MessageView[]> {
    const rows = await this.reading.before(token, null, id, { limit, reactors: 0 });
    return rows.filter(isThere).reverse();
  }

  /** Messages after one, oldest first. */
  private async after({ token }: RoomView, id: number, limit: number): Promise<MessageView[]> {
    return (await this.reading.after(token, null, id, { limit, reactors: 0 })).filter(isThere);
  }

  /** Whether messages came before one; a page ends early when its messages are large. */
  private async anyBefore(room: RoomView, id: number): Promise<boolean> {
    return (await this.before(room, id, 1)).length > 0;
  }

  private async anyAfter(room: RoomView, id: number): Promise<boolean> {
    return (await this.after(room, id, 1)).length > 0;
  }

  /** The latest pins first; one that was deleted meanwhile, or is not for everyone, is passed over. */
  private async pinnedIn(room: RoomView): Promise<MessageView[]> {
    const latest = room.pinned_messages.slice(-PINS_SHOWN).reverse();
    const rows = await Promise.all(latest.map(({ id }) => this.single(room, id)));
    return rows.filter((row) => row !== undefined);
  }
}

function isThere(message: MessageView | DeletionView): message is MessageView {
  return message.data !== null;
}

function nothingIfGone(error: unknown): undefined {
  if (error instanceof ProtocolError && error.code === 'message_not_found') return undefined;
  throw error;
}
