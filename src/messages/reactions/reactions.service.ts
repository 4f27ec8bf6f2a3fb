import { Injectable } from '@nestjs/common';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import {
  MessageChangesRepository,
  type MessageToReact,
} from '../../records/messages/message-changes.repository.js';
import { ReactionsRepository } from '../../records/messages/reactions.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { RoomAccess, type RoomVisit } from '../../moderation/access/room-access.service.js';
import { type ReactionDraft } from '../../moderation/gate/draft.js';
import { NewcomerReactions } from '../../moderation/defence/newcomer-reactions.service.js';
import { Gates } from '../../moderation/gate/gates.service.js';
import { type Keeping } from '../../moderation/gate/verdict.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type Caller } from '../../records/users/user.js';
import { CardAnswers } from '../cards/card-answers.service.js';
import { ChallengeAnswers } from '../challenges/challenge-answers.service.js';
import { ServerAuthor } from '../writing/server-author.service.js';

/** In code points. PostgreSQL can't store a NUL, and half of a surrogate pair is no character. */
const REACTION = /^[^\0\p{Surrogate}]{1,12}$/u;

/** A reaction as it is named in a request. */
export interface ReactionTarget {
  /** Room token. */
  room: string;
  /** Message id. */
  message: number;
  /** 1 to 12 code points. */
  reaction: string;
}

/** A reaction that the rules before the lock have let pass. */
export interface PreparedReaction {
  draft: ReactionDraft;
  /** The decision of those rules, unless they let it pass. */
  keeping: Keeping | undefined;
}

/**
 * Reactions to messages that everyone may see (protocol 6). Each one added or removed takes a seqno of its room under
 * the room's lock, which also makes a reaction that many requests add at once count once, and the caps hold.
 */
@Injectable()
export class ReactionsService {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly reactions: ReactionsRepository,
    private readonly events: EventsRepository,
    private readonly gates: Gates,
    private readonly newcomers: NewcomerReactions,
    private readonly server: ServerAuthor,
    private readonly challengeAnswers: ChallengeAnswers,
    private readonly cardAnswers: CardAnswers,
  ) {}

  /**
   * Asks the rules that need no lock about a reaction that the caller gives or, with `isRemoval`, takes back.
   * @throws ProtocolError of the first rule that refuses
   */
  async prepare(
    { message, reaction }: Omit<ReactionTarget, 'room'>,
    author: Caller,
    isRemoval: boolean,
  ): Promise<PreparedReaction> {
    const draft: ReactionDraft = { kind: 'reaction', author, message, reaction, isRemoval };
    return { draft, keeping: await this.gates.reactions.checkDraft(draft) };
  }

  /**
   * Adds a reaction that {@link prepare} has let pass; `added` is false when it was there already. One that a rule keeps
   * is answered as any other, and nobody sees it.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `malformed_request`, `message_not_found`,
   *   `changing_too_fast`, `too_many_reactions` or `room_guarded`
   */
  async add(
    tx: Transaction,
    token: string,
    prepared: PreparedReaction,
  ): Promise<{ added: boolean; seqno: number }> {
    const { room, caller, message, keeping } = await this.pass(tx, token, prepared);
    if (message.card !== null && caller.id !== null) {
      const answers = message.card === 'challenge' ? this.challengeAnswers : this.cardAnswers;
      await answers.tap(tx, room, caller, message.id, prepared.draft.reaction);
      return { added: true, seqno: message.seqno };
    }
    const author = await this.access.enter(tx, caller);
    if (keeping) {
      const { whisper } = keeping.verdict;
      if (whisper !== undefined) await this.server.postWhispers(tx, room, [{ to: author, text: whisper }]);
      return { added: true, seqno: message.seqno };
    }
    await this.newcomers.letIn(tx, room, author, prepared.draft.reaction);
    const added = await this.reactions.add(tx, message.id, prepared.draft.reaction, author.id);
    return { added, seqno: await this.countChanges(tx, room, message, added ? 1 : 0) };
  }

  /**
   * Removes a reaction of the caller; `removed` is false when there was none. It shows nothing to anybody, so rules can
   * refuse it and not keep it.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `malformed_request`, `message_not_found` or
   *   `changing_too_fast`
   */
  async remove(
    tx: Transaction,
    token: string,
    prepared: PreparedReaction,
  ): Promise<{ removed: boolean; seqno: number }> {
    const { room, caller, message } = await this.pass(tx, token, prepared);
    // A stranger has given none, and a tap on a card counts whatever follows.
    const removed =
      message.card === null &&
      caller.id !== null &&
      (await this.reactions.remove(tx, message.id, prepared.draft.reaction, caller.id));
    return { removed, seqno: await this.countChanges(tx, room, message, removed ? 1 : 0) };
  }

  /**
   * Removes everyone's reactions from a message, or everyone's of one kind, for moderators.
   * @throws ProtocolError `room_not_found`, `permission_denied`, `malformed_request` or `message_not_found`
   */
  async removeAll(
    tx: Transaction,
    target: Omit<ReactionTarget, 'reaction'> & { reaction?: string },
    caller: Caller,
  ): Promise<{ removed: number; seqno: number }> {
    const visit = await this.access.visitToWrite(tx, target.room, caller, 'moderator');
    const { room } = visit;
    const message = await this.messageToReact(tx, visit, caller, target);
    // Its reactions are its buttons.
    if (message.card !== null) return { removed: 0, seqno: message.seqno };
    const removed = await this.reactions.removeAll(tx, message.id, target.reaction);
    if (removed > 0) {
      await this.events.record(tx, {
        actor: caller.sessionId,
        kind: 'reactions.remove',
        target: String(message.id),
        room: room.token,
        before: { count: removed, ...(target.reaction !== undefined && { reaction: target.reaction }) },
      });
    }
    return { removed, seqno: await this.countChanges(tx, room, message, removed) };
  }

  /**
   * The people who reacted so, and when in unix seconds, oldest first.
   * @param limit how many
   * @throws ProtocolError `room_not_found`, `permission_denied`, `malformed_request` or `message_not_found`
   */
  async reactors(target: ReactionTarget, caller: Caller | null, limit: number): Promise<[string, number][]> {
    const visit = await this.access.visit(target.room, caller, 'read');
    const message = await this.messageToReact(this.database, visit, caller, target);
    return this.reactions.reactors(message.id, target.reaction, limit);
  }

  /** Lets the author in and finds the message, then asks the rules under the room's lock. */
  private async pass(
    tx: Transaction,
    token: string,
    { draft, keeping: before }: PreparedReaction,
  ): Promise<{ room: Room; caller: Caller; message: MessageToReact; keeping: Keeping | undefined }> {
    const visit = await this.access.visitToWrite(tx, token, draft.author, 'read');
    const { room, caller } = visit;
    const message = await this.messageToReact(tx, visit, caller, draft);
    // No rate keeps an answer.
    if (message.card !== null) return { room, caller, message, keeping: undefined };
    if (room.isArchived) throw new ProtocolError('permission_denied', 'the room is archived');
    const asked = { ...draft, author: caller };
    const keeping = await this.gates.reactions.pass(tx, { place: token, visit }, asked, before);
    return { room, caller, message, keeping };
  }

  private async messageToReact(
    reader: DatabaseReader,
    { room, may }: RoomVisit,
    caller: Caller | null,
    { message: id, reaction }: { message: number; reaction?: string },
  ): Promise<MessageToReact> {
    if (reaction !== undefined && !REACTION.test(reaction)) {
      throw new ProtocolError('malformed_request', 'a reaction has 1 to 12 characters');
    }
    const asking = { userId: caller?.id ?? null, moderator: may.moderator };
    const message = await this.messages.findToReact(reader, room.id, asking, id);
    if (!message) throw new ProtocolError('message_not_found');
    return message;
  }

  /** Takes a seqno for each reaction added or removed; returns the message's seqno now. */
  private async countChanges(
    tx: Transaction,
    room: Room,
    message: MessageToReact,
    changes: number,
  ): Promise<number> {
    if (changes === 0) return message.seqno;
    const seqno = await this.rooms.takeSeqnos(tx, room.id, changes);
    await this.messages.touchReactions(tx, message.id, seqno);
    return seqno;
  }
}
