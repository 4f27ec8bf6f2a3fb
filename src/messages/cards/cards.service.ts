import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type Button, type Card, type CardQuestion, UNANSWERED } from '../../records/cards/card.js';
import { CardsRepository } from '../../records/cards/cards.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { Eraser } from '../publication/eraser.service.js';
import { MODERATORS, ServerAuthor } from '../writing/server-author.service.js';
import { CardKinds } from './card-kinds.service.js';
import { cardText, checkButtons } from './card-text.js';
import { DutyService } from './duty.service.js';

const HOUR = 60 * 60;

/** A question to the moderators of a room, or to one of them. */
export interface StaffQuestion<Argument extends object> {
  /** A registered kind. */
  kind: string;
  /** JSON for the effect. */
  argument: Argument;
  /** A sentence or more, in English, without the buttons. */
  text: string;
  /** Those of the kind when left out. */
  buttons?: readonly Button[];
  /**
   * The thing that it is about. A card of this kind about the same thing that nobody has answered gives way to this one.
   */
  subject?: string;
  /** Whether it is shown only after its room is guarded no longer; for cards of a kind that waits for its turn. */
  isMinor?: boolean;
  /** Id of the moderator who alone may see and answer it; all moderators of the room when left out. */
  forUserId?: number;
}

/** Cards: messages of the server that staff answers by a button or a word. */
@Injectable()
export class Cards {
  /** Seconds. */
  private readonly openFor: number;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly kinds: CardKinds,
    private readonly cards: CardsRepository,
    private readonly users: UsersRepository,
    private readonly duties: DutyService,
    private readonly server: ServerAuthor,
    private readonly eraser: Eraser,
  ) {
    this.openFor = settings.cardHours * HOUR;
  }

  /**
   * Asks in a room that the transaction has locked. The kind is registered. A card of a kind that waits for its turn is shown
   * when nothing keeps it, at the next look at what is due.
   */
  async ask<Argument extends object>(
    tx: Transaction,
    room: Room,
    question: StaffQuestion<Argument>,
  ): Promise<void> {
    const kind = this.kinds.find(question.kind);
    const buttons = question.buttons ?? kind?.buttons ?? [];
    if (!kind) throw new Error(`No cards are of the kind ${question.kind}`);
    checkButtons(buttons);
    const { subject = null, forUserId = null, isMinor = false, argument, text } = question;
    if (subject !== null) await this.withdraw(tx, room, question.kind, [subject]);
    const asked = { kind: question.kind, subject, argument, text, buttons, isMinor, forUserId };
    const id = await this.cards.add(tx, room.id, asked);
    if (kind.paced === undefined || forUserId !== null) await this.show(tx, room, [{ id, ...asked }]);
  }

  /** Takes unanswered cards about these things away, because there is nothing to decide any more. */
  async withdraw(tx: Transaction, room: Room, kind: string, subjects: readonly string[]): Promise<void> {
    await this.close(tx, room, await this.cards.about(tx, room.id, kind, subjects));
  }

  /** As {@link withdraw}, for things that were settled elsewhere, by room token; for the clock. */
  async withdrawSettled(
    kind: string,
    settled: readonly { room: string; subjects: readonly string[] }[],
  ): Promise<void> {
    for (const { room: token, subjects } of settled) {
      await this.database.transact(async (tx) => {
        const room = await this.rooms.lock(tx, token);
        if (room) await this.withdraw(tx, room, kind, subjects);
      });
    }
  }

  /** Deletes cards that are not answered; a word that comes too late is told so as long again. */
  async close(tx: Transaction, room: Room, cards: readonly Card[]): Promise<void> {
    await this.eraser.rowsOf(
      tx,
      room,
      cards.flatMap(({ messageId }) => messageId ?? []),
    );
    const ids = cards.map(({ id }) => id);
    await this.cards.settle(tx, ids, { from: UNANSWERED, keptFor: this.openFor });
  }

  /** Posts the messages of cards that are there. */
  async show(tx: Transaction, room: Room, cards: readonly (CardQuestion & { id: number })[]): Promise<void> {
    const onDuty = await this.duties.of(tx, room);
    const posts = [];
    for (const { text, buttons, forUserId } of cards) {
      const to = forUserId === null ? MODERATORS : await this.users.get(forUserId, tx);
      posts.push({
        to,
        text: cardText(text, buttons, to === MODERATORS ? onDuty : []),
        buttons: buttons.map(({ reaction }) => reaction),
      });
    }
    const messages = await this.server.postCards(tx, room, posts);
    const shown = cards.map(({ id }, index) => ({ id, messageId: messages[index] ?? 0 }));
    await this.cards.show(tx, shown, this.openFor);
  }
}
