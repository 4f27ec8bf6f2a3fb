import { LRUCache } from 'lru-cache';
import { type Room } from '../records/rooms/room.js';
import { type MessageReader } from '../records/messages/message.js';

/** A page of messages as everyone reads it, and for whom it is not right. */
export interface SharedPage {
  /** JSON text as an anonymous reader gets it. */
  text: string;
  /**
   * Users who see something of their own in it: a whisper to them, a message of theirs that is kept from others, or `you`
   * at a reaction. With `everyone` it is for anonymous readers alone, because too many people reacted to name them.
   */
  exceptFor: ReadonlySet<number> | 'everyone';
  /** Whether moderators see more: there are whispers in its range. */
  exceptModerators: boolean;
}

/** Pages kept of one room. */
const PAGES_PER_ROOM = 32;
/** Characters of text kept of all rooms. */
const CHARACTERS_KEPT = 16_000_000;

interface PagesOfRoom {
  messageSequence: number;
  pages: Map<string, Promise<SharedPage>>;
  characters: number;
}

/**
 * Pages of a room's latest messages, held ready to send: most readers of a room ask for one of a few ranges, and the
 * answer is the same bytes for nearly all of them.
 *
 * Every change of what a page shows raises the room's `message_sequence`, so a page is good for exactly that count
 * and needs no other invalidation.
 */
export class SharedPages {
  private readonly rooms = new LRUCache<number, PagesOfRoom>({
    maxSize: CHARACTERS_KEPT,
    sizeCalculation: ({ characters }) => characters || 1,
  });

  /**
   * The text of a page for a reader.
   * @param range names the page within the room: the same for everyone who asks for the same
   * @param load  reads it as an anonymous reader sees it, with its exceptions
   * @returns undefined when the reader sees it differently from everyone else
   */
  async textFor(
    room: Room,
    range: string,
    reader: MessageReader,
    load: () => Promise<SharedPage>,
  ): Promise<string | undefined> {
    const page = await this.page(room, range, load);
    if (reader.moderator && page.exceptModerators) return undefined;
    if (reader.userId === null) return page.text;
    return page.exceptFor === 'everyone' || page.exceptFor.has(reader.userId) ? undefined : page.text;
  }

  private page(room: Room, range: string, load: () => Promise<SharedPage>): Promise<SharedPage> {
    const held = this.heldFor(room);
    const known = held.pages.get(range);
    if (known) return known;
    const page = load();
    held.pages.set(range, page);
    page.then(
      ({ text }) => {
        this.keep(room.id, held, text.length);
      },
      () => held.pages.delete(range),
    );
    return page;
  }

  private heldFor(room: Room): PagesOfRoom {
    const held = this.rooms.get(room.id);
    if (held?.messageSequence === room.messageSequence) return held;
    const fresh: PagesOfRoom = { messageSequence: room.messageSequence, pages: new Map(), characters: 0 };
    // A request that began before the latest change must not push out what later ones share.
    if (!held || held.messageSequence < room.messageSequence) this.rooms.set(room.id, fresh);
    return fresh;
  }

  private keep(roomId: number, held: PagesOfRoom, characters: number): void {
    if (this.rooms.peek(roomId) !== held) return;
    this.rooms.delete(roomId);
    held.characters += characters;
    // Set anew, it is measured anew.
    if (held.pages.size <= PAGES_PER_ROOM) this.rooms.set(roomId, held);
  }
}
