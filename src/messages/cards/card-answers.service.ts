import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { permissionsIn } from '../../moderation/access/permissions.js';
import { RoomAccess } from '../../moderation/access/room-access.service.js';
import { type Button, type Card } from '../../records/cards/card.js';
import { CardsRepository } from '../../records/cards/cards.repository.js';
import { CommandsRepository } from '../../records/commands/commands.repository.js';
import { type MessageView } from '../../records/messages/message.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type Room } from '../../records/rooms/room.js';
import { Eraser } from '../publication/eraser.service.js';
import { MessageWriter } from '../writing/message-writer.service.js';
import {
  answerText,
  type PossibleAnswer,
  quotedMessage,
  type QuotedMessage,
  ROUNDED,
} from '../writing/possible-answer.js';
import { ServerAuthor } from '../writing/server-author.service.js';
import { TakenPosts } from '../writing/taken-posts.service.js';
import { CardEffects, LEASE } from './card-effects.service.js';
import { chosen } from './card-text.js';

/** Seconds until a job deletes a typed answer, so that it goes from its author's own screens. */
const DELETED_AFTER = 2;

/** A post that may be a typed answer, and the message that it quotes. */
interface CardReply {
  quoted: QuotedMessage;
  text: string;
}

/**
 * Answers to cards, tapped and typed. The lock of the room, which each of them holds, puts them in order; the first one
 * changes the state of the card and deletes its message, so the others find it answered.
 */
@Injectable()
export class CardAnswers {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly directory: RoomDirectory,
    private readonly cards: CardsRepository,
    private readonly commands: CommandsRepository,
    private readonly taken: TakenPosts,
    private readonly writer: MessageWriter,
    private readonly server: ServerAuthor,
    private readonly eraser: Eraser,
    private readonly effects: CardEffects,
  ) {}

  /**
   * Takes a reaction to a card that its author may answer, in a room that the transaction has locked; what is none of its
   * buttons changes nothing.
   */
  async tap(
    tx: Transaction,
    room: Room,
    user: { id: number },
    messageId: number,
    reaction: string,
  ): Promise<void> {
    const card = await this.cards.shownBy(tx, messageId);
    const button = card && chosen(card.buttons, reaction);
    if (button) await this.settle(tx, room, card, button, user);
  }

  /**
   * Takes a moderator’s reply to a card, and keeps it unseen: it says something about a message that members do not see.
   * @returns undefined when it is none, and nothing has happened
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  take(token: string, post: PossibleAnswer): Eventual<MessageView | undefined> {
    const quoted = quotedMessage(post.content?.quote);
    const text = answerText(post);
    return quoted && text !== undefined ? this.takeReply(token, post, { quoted, text }) : undefined;
  }

  private async takeReply(
    token: string,
    post: PossibleAnswer,
    { quoted, text }: CardReply,
  ): Promise<MessageView | undefined> {
    const room = await this.directory.find(token);
    if (!room || !permissionsIn(room, post.author).moderator) return undefined;
    if (!(await this.cards.postedAt(this.database, room.id, { ...quoted, off: ROUNDED }))) return undefined;
    return this.database.transact((tx) => this.takeLocked(tx, token, post, { quoted, text }));
  }

  private async takeLocked(
    tx: Transaction,
    token: string,
    post: PossibleAnswer,
    { quoted, text }: CardReply,
  ): Promise<MessageView | undefined> {
    const { room, may, caller } = await this.access.visitToWrite(tx, token, post.author, 'write');
    if (!may.moderator || caller.id === null) return undefined;
    const card = await this.cards.postedAt(tx, room.id, { ...quoted, off: ROUNDED });
    const isOthers = card && card.forUserId !== null && card.forUserId !== caller.id;
    if (!card || isOthers) return undefined;
    const earlier = await this.taken.before(tx, caller, post);
    if (earlier) return earlier;
    const view = await this.writer.keepAnswer(tx, room, caller, post);
    const spent = { roomId: room.id, userId: caller.id, messageId: view.id, signature: post.signature };
    await this.commands.addSpent(tx, spent, DELETED_AFTER);
    const button = chosen(card.buttons, text);
    if (card.isShown && button) await this.settle(tx, room, card, button, caller);
    else await this.server.postWhispers(tx, room, [{ to: caller, text: hintFor(card) }]);
    return view;
  }

  private async settle(
    tx: Transaction,
    room: Room,
    card: Card,
    { reaction }: Button,
    { id: userId }: { id: number },
  ): Promise<void> {
    const isFirst = await this.cards.answer(tx, card.id, { reaction, userId, leaseFor: LEASE });
    if (!isFirst) return;
    if (card.messageId !== null) await this.eraser.rowsOf(tx, room, [card.messageId]);
    const answered = { ...card, answer: reaction, answeredBy: userId, attempts: 1, room: room.token };
    tx.afterCommit(() => {
      this.effects.begin(answered);
    });
  }
}

/** The answer to a reply that chooses nothing. */
function hintFor({ isShown, buttons }: Card & { isShown: boolean }): string {
  if (!isShown) return 'This question is no longer open, so your answer changed nothing. Nobody saw it.';
  const words = buttons.map(({ reaction, words: [word] }) => `${reaction} ${word}`).join(' · ');
  return `That is none of the answers: ${words}. Nobody saw what you wrote.`;
}
