import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { deriveServerAuthor } from '../../protocol/crypto/server-signing.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { SODIUM } from '../../protocol/identity/sodium.provider.js';
import { ReactionsRepository } from '../../records/messages/reactions.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { ONLY_YOU } from '../../records/rooms/room-language.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { writeContent } from '../../protocol/session-protobuf/write-content.js';
import { type User } from '../../records/users/user.js';
import { UsersService } from '../../users/users.service.js';
import { type MessageView } from '../../records/messages/message.js';
import { type Addressee, MessageWriter, type Post } from './message-writer.service.js';

/** The beginning of what the server says to moderators, in the language that staff and the `plaza` command share. */
const ONLY_MODERATORS = 'Only moderators see this.';

/** A message that the server posts itself. */
export interface ServerPost {
  body: string;
  /** The name that clients show for the author. Each name is an author of its own, with an ID of its own. */
  displayName: string;
  /** The only user who is to see it. */
  whisperTo?: Addressee;
  /** Whether the room's moderators see it, and nobody else but that user. */
  whisperMods?: boolean;
}

/** Stands for all moderators of a room, as the ones whom a whisper is for. */
export const MODERATORS = 'moderators' as const;

/** A whisper to one person or to the moderators of a room. */
export interface ServerWhisper {
  to: Addressee | typeof MODERATORS;
  /**
   * A sentence or more, in the room's language for its members and in English for moderators; the server writes before it
   * that only they can see it.
   */
  text: string;
}

/** A whisper with reactions of the server's own: a tap on one of them answers it. */
export interface CardMessage extends ServerWhisper {
  /** At most four, each a single code point: Android folds more, and iOS shows no more. */
  buttons: readonly string[];
}

/** Posts messages of the server's own, which clients take for any other (protocol 9). */
@Injectable()
export class ServerAuthor {
  /** By Session ID. Nothing but their ids and Session IDs is asked of them, which never change. */
  private readonly authors = new Map<string, User>();
  /** Unix milliseconds of the latest message. */
  private latest = 0;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly identity: ServerIdentity,
    @Inject(SODIUM) private readonly sodium: Sodium,
    private readonly users: UsersService,
    private readonly writer: MessageWriter,
    private readonly reactions: ReactionsRepository,
  ) {}

  /** Posts into a room that the transaction has locked. */
  async post(tx: Transaction, room: Room, post: ServerPost): Promise<MessageView> {
    const [view] = await this.writer.append(tx, room, [await this.compose(tx, post)]);
    if (!view) throw new Error('A message of the server was not written');
    return view;
  }

  /**
   * Writes a whisper, for the caller to append to the room, which the transaction has locked. Its author has the
   * name that the room has chosen.
   */
  whisper(tx: Transaction, room: Room, { to, text }: ServerWhisper): Promise<Post> {
    const { language, moderationName: displayName } = settingsOf(room, this.settings);
    if (to === MODERATORS) {
      return this.compose(tx, { body: `${ONLY_MODERATORS} ${text}`, displayName, whisperMods: true });
    }
    return this.compose(tx, { body: `${ONLY_YOU[language]}. ${text}`, displayName, whisperTo: to });
  }

  /** As {@link whisper}, and appends them to the room. */
  async postWhispers(tx: Transaction, room: Room, whispers: readonly ServerWhisper[]): Promise<void> {
    await this.append(tx, room, whispers);
  }

  /**
   * Appends cards to a room that the transaction has locked.
   * @returns their ids, in the same order
   */
  async postCards(tx: Transaction, room: Room, cards: readonly CardMessage[]): Promise<number[]> {
    const [author, views] = await this.append(tx, room, cards);
    const buttons = cards.flatMap((card, index) =>
      card.buttons.map((reaction) => ({ messageId: views[index]?.id ?? 0, reaction })),
    );
    if (author) await this.reactions.addToNew(tx, author.id, buttons);
    return views.map(({ id }) => id);
  }

  /** Appends whispers, and returns their author, unless there are none. */
  private async append(
    tx: Transaction,
    room: Room,
    whispers: readonly ServerWhisper[],
  ): Promise<[User | undefined, MessageView[]]> {
    const posts: Post[] = [];
    for (const whisper of whispers) posts.push(await this.whisper(tx, room, whisper));
    return [posts[0]?.author, await this.writer.append(tx, room, posts)];
  }

  private async compose(tx: Transaction, post: ServerPost): Promise<Post> {
    const { body, displayName, whisperTo, whisperMods = false } = post;
    const { sessionId, secretKey } = deriveServerAuthor(this.identity.secret, displayName, this.sodium);
    const data = writeContent({ body, displayName, timestamp: this.nextMillisecond() });
    const signature = this.sodium.ed25519Sign(data, secretKey);
    const author = await this.authorWith(tx, sessionId);
    return { author, data, signature, whisperTo, whisperMods, fileIds: [] };
  }

  /** Desktop takes two messages of a page that have the same bytes for one. */
  private nextMillisecond(): number {
    this.latest = Math.max(this.latest + 1, this.clock.milliseconds());
    return this.latest;
  }

  private async authorWith(tx: Transaction, sessionId: string): Promise<User> {
    const known = this.authors.get(sessionId);
    if (known) return known;
    const author = await this.users.serverAuthor(tx, sessionId);
    // The row may have been made by this transaction, which may still fail.
    tx.afterCommit(() => this.authors.set(sessionId, author));
    return author;
  }
}
