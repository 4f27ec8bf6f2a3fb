import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { Database, type Transaction } from '../foundation/database/database.js';
import { removeInChunks } from '../foundation/database/remove-in-chunks.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { ActivityService } from '../users/activity.service.js';
import { type LetterDraft } from '../moderation/gate/draft.js';
import { Gates } from '../moderation/gate/gates.service.js';
import { type Keeping } from '../moderation/gate/verdict.js';
import { type Caller, type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { type Mailbox } from '../records/inbox/direct-message.js';
import {
  type DirectMessageView,
  directMessageView,
  type EnvelopeView,
  envelopeView,
} from './direct-message.views.js';
import { InboxRepository } from '../records/inbox/inbox.repository.js';
import { NewestMessages } from './newest-messages.service.js';

/** A direct message on its way, which the rules before the lock have let pass. */
export interface PreparedLetter {
  draft: LetterDraft;
  /** The decision of those rules, unless they let it pass. */
  keeping: Keeping | undefined;
}

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
    private readonly gates: Gates,
  ) {}

  /** A user's messages from the oldest on, up to `limit`. */
  async read(box: Mailbox, caller: Caller, limit: number): Promise<DirectMessageView[]> {
    const { id } = await this.ownerOf(caller);
    return id === null ? [] : (await this.repository.page(box, id, 0, limit)).map(directMessageView);
  }

  /** The owner of the inbox: a stranger becomes known by looking into theirs, or waits for that and stays one. */
  async ownerOf(caller: Caller): Promise<Caller> {
    return caller.id === null ? ((await this.users.introduce(caller)) ?? caller) : caller;
  }

  /** A user's messages after the one with id `since`, oldest first; undefined when there are none. */
  readSince(
    box: Mailbox,
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
   * Asks the rules that need no lock about a message, and writes down its recipient's row and where its sender was a moment ago, if that is not done yet:
   * {@link send} will read both. This happens before the transaction begins, because others write them.
   * @throws ProtocolError `too_large`
   */
  async prepare(
    author: Caller,
    { recipient, message }: Pick<LetterDraft, 'recipient' | 'message'>,
  ): Promise<PreparedLetter> {
    const draft: LetterDraft = { kind: 'direct message', author, recipient, message };
    const keeping = await this.gates.letters.checkDraft(draft);
    await this.users.expect(recipient);
    // Rules ask which other rooms somebody has used of whom a room says something.
    if (author.overrides.size > 0 && !author.moderator) await this.activity.write();
    return { draft, keeping };
  }

  /**
   * Delivers a message that {@link prepare} has let pass. One that a rule keeps is answered as any other, and neither its
   * recipient nor its sender reads it again.
   * @throws ProtocolError `banned`, `permission_denied`, `user_not_found` or `too_many_direct_messages`
   */
  async send(tx: Transaction, { draft, keeping: before }: PreparedLetter): Promise<EnvelopeView> {
    const { author: caller, recipient: recipientId, message } = draft;
    const senderId = caller.id ?? (await this.users.enter(tx, caller)).id;
    const known = await this.users.resolve(recipientId, tx);
    await this.usersRepository.holdStandingsAlone(tx, known ? [senderId, known.id] : [senderId]);
    const sender = await this.usersRepository.get(senderId, tx);
    await this.checkSender(tx, sender);
    const recipient = known && (await this.usersRepository.get(known.id, tx));
    if (!recipient || recipient.banned || (await this.usersRepository.isServer(tx, recipient.id))) {
      throw new ProtocolError('user_not_found');
    }
    const both = { sender, recipient };
    const keeping = await this.gates.letters.pass(tx, { place: both, visit: both }, draft, before);
    const lifetime = this.settings.inboxExpiryDays * SECONDS_PER_DAY;
    const delivered = await this.repository.insert(tx, {
      recipientId: recipient.id,
      senderId,
      body: message,
      // One that is kept has expired from the start, so no reading finds it.
      lifetime: keeping ? 0 : lifetime,
    });
    const { id, postedAt } = delivered;
    this.newest.forgetAfter(tx, [senderId, recipient.id]);
    const expiresAt = postedAt + lifetime;
    return envelopeView({
      id,
      postedAt,
      expiresAt,
      sender: caller.sessionId,
      recipient: recipient.sessionId,
    });
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
    box: Mailbox,
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
}

/** A global moderator can't be kept out of a room. */
function roomsBannedFrom(user: Caller): number[] {
  if (user.moderator) return [];
  return [...user.overrides].filter(([, override]) => override.banned).map(([roomId]) => roomId);
}
