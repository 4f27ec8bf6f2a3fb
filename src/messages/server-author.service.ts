import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { deriveServerAuthor } from '../protocol/crypto/server-signing.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { type Transaction } from '../foundation/database/database.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { type Room } from '../records/rooms/room.js';
import { writeContent } from '../protocol/session-protobuf/write-content.js';
import { type User } from '../records/users/user.js';
import { UsersService } from '../users/users.service.js';
import { type MessageView } from '../records/messages/message.js';
import { MessageWriter, type Post } from './message-writer.service.js';

/** Under this name the server tells people about their own messages. */
const MODERATION_NAME = 'Moderation';
/** Nothing else marks a whisper for the person who reads it. */
const ONLY_YOU = 'Only you can see this';

/** A message that the server posts itself. */
export interface ServerPost {
  body: string;
  /** The name that clients show for the author. Each name is an author of its own, with an ID of its own. */
  displayName: string;
  /** The only user who is to see it. */
  whisperTo?: User;
}

/** Posts messages of the server's own, which clients take for any other (protocol 9). */
@Injectable()
export class ServerAuthor {
  /** By Session ID. Nothing but their ids and Session IDs is asked of them, which never change. */
  private readonly authors = new Map<string, User>();
  /** Unix milliseconds of the latest message. */
  private latest = 0;

  constructor(
    private readonly clock: Clock,
    private readonly identity: ServerIdentity,
    @Inject(SODIUM) private readonly sodium: Sodium,
    private readonly users: UsersService,
    private readonly writer: MessageWriter,
  ) {}

  /** Posts into a room that the transaction has locked. */
  async post(tx: Transaction, room: Room, post: ServerPost): Promise<MessageView> {
    const [view] = await this.writer.append(tx, room, [await this.compose(tx, post)]);
    if (!view) throw new Error('A message of the server was not written');
    return view;
  }

  /**
   * Writes a whisper to somebody, for the caller to append to a room that the transaction has locked.
   * @param text a sentence or more
   */
  whisper(tx: Transaction, to: User, text: string): Promise<Post> {
    return this.compose(tx, { body: `${ONLY_YOU}. ${text}`, displayName: MODERATION_NAME, whisperTo: to });
  }

  /** As {@link whisper}, and appends it to the room. */
  async postWhisper(tx: Transaction, room: Room, to: User, text: string): Promise<void> {
    await this.writer.append(tx, room, [await this.whisper(tx, to, text)]);
  }

  private async compose(tx: Transaction, { body, displayName, whisperTo }: ServerPost): Promise<Post> {
    const { sessionId, secretKey } = deriveServerAuthor(this.identity.secret, displayName, this.sodium);
    const data = writeContent({ body, displayName, timestamp: this.nextMillisecond() });
    const signature = this.sodium.ed25519Sign(data, secretKey);
    const author = await this.authorWith(tx, sessionId);
    return { author, data, signature, whisperTo, whisperMods: false, fileIds: [] };
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
