import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { Database, type Transaction } from '../foundation/database/database.js';
import { removeInChunks } from '../foundation/database/remove-in-chunks.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { ActivityService } from '../users/activity.service.js';
import { type Caller, type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { type Box } from '../records/inbox/direct-message.js';
import {
  type DirectMessageView,
  directMessageView,
  type EnvelopeView,
  envelopeView,
} from './direct-message.views.js';
import { InboxRepository, type SentMessages } from '../records/inbox/inbox.repository.js';
import { NewestMessages } from './newest-messages.service.js';

/** A direct message on its way. */
export interface Letter {
  /** `15…`. */
  recipient: string;
  message: Buffer;
}

/** Seconds after which a sender may ask again whether the recipient has written back. */
const ANSWER_WAIT = 3600;

const SECONDS_PER_DAY = 24 * 60 * 60;

/**
 * Direct messages (protocol 6). Ids come from a sequence, so whoever sends holds the locks of both users from before
 * the message has an id until it commits: in each inbox and each outbox ids become visible in order, and a poller
 * can't miss one.
 */
@Injectable()
export class InboxService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly usersRepository: UsersRepository,
    private readonly activity: ActivityService,
    private readonly repository: InboxRepository,
    private readonly newest: NewestMessages,
  ) {}

  /** A user's messages from the oldest on, up to `limit`. */
  async read(box: Box, caller: Caller, limit: number): Promise<DirectMessageView[]> {
    const { id } = await this.ownerOf(caller);
    return id === null ? [] : (await this.repository.page(box, id, 0, limit)).map(directMessageView);
  }

  /** Whose inbox it is: a stranger becomes known by looking into theirs, or waits for that and stays one. */
  async ownerOf(caller: Caller): Promise<Caller> {
    return caller.id === null ? ((await this.users.introduce(caller)) ?? caller) : caller;
  }

  /** A user's messages after the one with id `since`, oldest first; undefined when there are none. */
  readSince(
    box: Box,
    owner: Caller,
    since: number,
    limit: number,
  ): Eventual<DirectMessageView[] | undefined> {
    if (owner.id === null) {
      return andThen(this.users.introduce(owner), (user) => user && this.readSince(box, user, since, limit));
    }
    return andThen(this.newest.of(owner.id), (newest) =>
      since >= newest[box] ? undefined : this.news(box, owner, since, limit),
    );
  }

  /**
   * Checks a message, and writes down its recipient's row and where its sender was a moment ago, if that is not done yet:
   * {@link send} will read both. This happens before the transaction begins, because others write them.
   * @throws ProtocolError `too_large`
   */
  async prepare(caller: Caller, { recipient, message }: Letter): Promise<void> {
    this.checkSize(message);
    await this.users.expect(recipient);
    if (roomsBannedFrom(caller).length > 0) await this.activity.write();
  }

  /**
   * Delivers a message that {@link prepare} has let pass.
   * @throws ProtocolError `banned`, `permission_denied`, `user_not_found` or `too_many_direct_messages`
   */
  async send(
    tx: Transaction,
    caller: Caller,
    { recipient: recipientId, message }: Letter,
  ): Promise<EnvelopeView> {
    const senderId = caller.id ?? (await this.users.enter(tx, caller)).id;
    const known = await this.users.resolve(recipientId, tx);
    await this.usersRepository.holdStandingsAlone(tx, known ? [senderId, known.id] : [senderId]);
    const sender = await this.usersRepository.get(senderId, tx);
    await this.checkSender(tx, sender);
    const recipient = known && (await this.usersRepository.get(known.id, tx));
    if (!recipient || recipient.banned) throw new ProtocolError('user_not_found');
    if (!sender.moderator) this.checkCaps(await this.repository.sentBy(tx, sender.id, recipient.id));
    const delivered = await this.repository.insert(tx, {
      recipientId: recipient.id,
      senderId,
      body: message,
      lifetime: this.settings.inboxExpiryDays * SECONDS_PER_DAY,
    });
    this.newest.forgetAfter(tx, [senderId, recipient.id]);
    return envelopeView({ ...delivered, sender: caller.sessionId, recipient: recipient.sessionId });
  }

  /**
   * Deletes everything a user received; returns the number of messages.
   * @throws ProtocolError `banned`
   */
  async clear(tx: Transaction, owner: Caller): Promise<number> {
    if (owner.id === null) return 0;
    const { banned } = await this.usersRepository.holdStanding(tx, owner.id);
    if (banned) throw new ProtocolError('banned');
    const senderIds = await this.repository.deleteReceived(tx, owner.id);
    this.newest.forgetAfter(tx, new Set([owner.id, ...senderIds]));
    return senderIds.length;
  }

  /**
   * Deletes what people sent, for whoever bans them from the whole server; returns the number of messages.
   * @param senderIds ids of users whose standing the transaction has locked
   */
  async deleteSent(tx: Transaction, senderIds: readonly number[]): Promise<number> {
    const recipientIds = await this.repository.deleteSent(tx, senderIds);
    if (recipientIds.length > 0) this.newest.forgetAfter(tx, new Set([...senderIds, ...recipientIds]));
    return recipientIds.length;
  }

  /** How many direct messages these people have sent that are still there. */
  countSent(senderIds: readonly number[]): Promise<number> {
    return this.repository.countSent(senderIds);
  }

  /** Removes messages that have expired; returns how many. For the job. */
  async removeExpired(): Promise<number> {
    return removeInChunks((limit) =>
      this.database.transact((tx) => this.repository.removeExpired(tx, limit)),
    );
  }

  private async news(
    box: Box,
    owner: User,
    since: number,
    limit: number,
  ): Promise<DirectMessageView[] | undefined> {
    const messages = await this.repository.page(box, owner.id, since, limit);
    return messages.length === 0 ? undefined : messages.map(directMessageView);
  }

  /** Someone banned from every room that they have used must not go on by direct messages (protocol 10). */
  private async checkSender(tx: Transaction, sender: User): Promise<void> {
    if (sender.banned) throw new ProtocolError('banned');
    const bannedFrom = roomsBannedFrom(sender);
    if (bannedFrom.length === 0 || (await this.activity.hasUsedOtherRooms(tx, sender.id, bannedFrom))) return;
    throw new ProtocolError('permission_denied', 'you are banned from every room that you have used');
  }

  /** Both users are locked, so no two messages at once can pass a cap. */
  private checkCaps(sent: SentMessages): void {
    const { directMessagesPerHour, directMessageRecipientsPerHour, maxUnansweredDirectMessages } =
      this.settings;
    const wait = Math.max(1, Math.ceil(sent.secondsLeft));
    if (isReached(directMessagesPerHour, sent.lastHour)) {
      throw tooMany(`${directMessagesPerHour} an hour`, wait);
    }
    if (!sent.isRecipient && isReached(directMessageRecipientsPerHour, sent.recipients)) {
      throw tooMany(`to ${directMessageRecipientsPerHour} people an hour`, wait);
    }
    if (isReached(maxUnansweredDirectMessages, sent.unanswered)) {
      throw tooMany(`${maxUnansweredDirectMessages} to somebody who has not written back`, ANSWER_WAIT);
    }
  }

  private checkSize(message: Buffer): void {
    const { messageMaxBytes } = this.settings;
    if (message.length > messageMaxBytes) {
      throw new ProtocolError('too_large', `a message may have ${messageMaxBytes} bytes`);
    }
  }
}

function isReached(cap: number, count: number): boolean {
  return cap > 0 && count >= cap;
}

function tooMany(cap: string, retryAfter: number): ProtocolError {
  return new ProtocolError('too_many_direct_messages', `you may send ${cap}`, retryAfter);
}

/** A global moderator can't be kept out of a room. */
function roomsBannedFrom(user: Caller): number[] {
  if (user.moderator) return [];
  return [...user.overrides].filter(([, override]) => override.banned).map(([roomId]) => roomId);
}
