import { Injectable } from '@nestjs/common';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { Clock } from '../../foundation/clock.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { RoomAccess } from '../../moderation/access/room-access.service.js';
import { type Quote } from '../../protocol/session-protobuf/read-content.js';
import { type Challenge } from '../../records/defence/challenge.js';
import { ChallengesRepository, type OpenChallenge } from '../../records/defence/challenges.repository.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type MessageView } from '../../records/messages/message.js';
import { type Room } from '../../records/rooms/room.js';
import { MessageWriter } from '../writing/message-writer.service.js';
import { answerText, type PossibleAnswer, quotedMessage, ROUNDED } from '../writing/possible-answer.js';
import { judgeTap, judgeText } from './question.js';
import { ChallengeSolving } from './challenge-solving.service.js';
import { READ_WITHIN } from './times.js';

/** Characters of an answer that is no reply; the longest answers are shorter. */
const LONGEST_ANSWER = 100;
/** Rooms of which a process remembers that nobody is asked anything there. */
const REMEMBERED = 10_000;

/**
 * Answers to challenges, tapped and typed. No rate and no rule keeps one: after a wrong answer there is no card for a
 * while, which is a rate of its own.
 */
@Injectable()
export class ChallengeAnswers {
  /** Unix milliseconds at which nobody was asked anything in a room, by token in lower case. */
  private readonly quiet = boundedCache<string, number>(REMEMBERED);

  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly challenges: ChallengesRepository,
    private readonly defences: RoomDefenceRepository,
    private readonly writer: MessageWriter,
    private readonly solving: ChallengeSolving,
  ) {}

  /**
   * Takes a reaction of somebody to their own card, in a room that the transaction has locked; what is none of its
   * pictures changes nothing.
   */
  async tap(
    tx: Transaction,
    room: Room,
    user: { id: number },
    card: number,
    reaction: string,
  ): Promise<void> {
    const [challenge] = await this.challenges.of(tx, room.id, [user.id]);
    if (!challenge?.question || challenge.state !== 'asked' || challenge.cardId !== card) return;
    const isRight = judgeTap(challenge.question, reaction);
    if (isRight !== undefined) await this.settle(tx, room, challenge, isRight);
  }

  /**
   * Takes a post that answers its author's question, and keeps it unseen.
   * @returns undefined when it is no answer, and nothing has happened
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  take(token: string, post: PossibleAnswer): Eventual<MessageView | undefined> {
    const { id } = post.author;
    if (id === null || !mayBeAnswer(post) || this.wasQuiet(token.toLowerCase())) return undefined;
    return this.takeIfAsked(token, id, post);
  }

  private async takeIfAsked(
    token: string,
    id: number,
    post: PossibleAnswer,
  ): Promise<MessageView | undefined> {
    if (await this.isQuiet(token.toLowerCase())) return undefined;
    const asked = await this.challenges.open(this.database, token, id);
    if (!asked || judge(asked, post) === undefined) return undefined;
    return this.database.transact((tx) => this.takeLocked(tx, token, id, post));
  }

  private async takeLocked(
    tx: Transaction,
    token: string,
    userId: number,
    post: PossibleAnswer,
  ): Promise<MessageView | undefined> {
    const { room, caller } = await this.access.visitToWrite(tx, token, post.author, 'write');
    // Another answer may have come first.
    const challenge = await this.challenges.open(tx, token, userId);
    if (!challenge || caller.id === null) return undefined;
    const isRight = judge(challenge, post);
    if (isRight === undefined) return undefined;
    const view = await this.writer.keepAnswer(tx, room, caller, post);
    await this.settle(tx, room, challenge, isRight);
    return view;
  }

  private async settle(tx: Transaction, room: Room, challenge: Challenge, isRight: boolean): Promise<void> {
    const read = await this.defences.find(tx, room.token);
    if (read) await this.solving.settle(tx, { room, ...read }, challenge, isRight);
  }

  /**
   * Whether nobody was asked anything in a room at a look that is not long ago: nobody can answer a question that is asked
   * meanwhile before the next look.
   */
  private wasQuiet(token: string): boolean {
    return this.clock.milliseconds() - (this.quiet.get(token) ?? -Infinity) < (READ_WITHIN * 1000) / 2;
  }

  private async isQuiet(token: string): Promise<boolean> {
    const now = this.clock.milliseconds();
    const isQuiet = !(await this.challenges.isAnyAsked(token));
    if (isQuiet) this.quiet.set(token, now);
    else this.quiet.delete(token);
    return isQuiet;
  }
}

/** Whether somebody's post could answer a question, whatever that is. */
function mayBeAnswer(post: PossibleAnswer): boolean {
  const text = answerText(post);
  if (text === undefined) return false;
  return post.content?.quote !== undefined || (text !== '' && text.length <= LONGEST_ANSWER);
}

/** Whether a post answers rightly; undefined when it is no answer. */
function judge(challenge: OpenChallenge, { content }: PossibleAnswer): boolean | undefined {
  if (!challenge.question || !content) return undefined;
  return judgeText(challenge.question, content.body ?? '', isReply(challenge, content.quote));
}

function isReply({ cardPostedAt, cardAuthor }: OpenChallenge, quote: Quote | undefined): boolean {
  const quoted = quotedMessage(quote);
  return quoted?.author === cardAuthor && Math.abs(quoted.at - Math.floor(cardPostedAt * 1000)) <= ROUNDED;
}
