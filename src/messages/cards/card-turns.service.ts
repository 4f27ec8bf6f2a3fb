import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type Card } from '../../records/cards/card.js';
import { CardsRepository } from '../../records/cards/cards.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomAccess } from '../../moderation/access/room-access.service.js';
import { Defence } from '../../moderation/defence/defence.service.js';
import { type CardAnswer, CardKinds } from './card-kinds.service.js';
import { Cards } from './cards.service.js';

/** Seconds between two cards, or a card and a digest. */
const APART = 20;
/** Seconds between two digests. */
const DIGESTS_APART = 5 * 60;
/** Seconds until a guarded room is looked at again. */
const LOOKED_AGAIN_AFTER = 60;
/** Cards that the button of a digest shows. */
const SHOWN_AT_ONCE = 4;
/** Cards of a room that are looked at together. */
const AT_ONCE = 1_000;
const HOUR = 60 * 60;

const DIGEST = 'digest';

/**
 * The turns of cards: a room gets at most one in some seconds, and what comes meanwhile is counted in a digest, whose button
 * shows some at a time. Cards about strangers and newcomers wait while their room is guarded.
 */
@Injectable()
export class CardTurns implements OnModuleInit {
  /** Seconds. */
  private readonly openFor: number;

  constructor(
    settings: Settings,
    private readonly access: RoomAccess,
    private readonly kinds: CardKinds,
    private readonly repository: CardsRepository,
    private readonly defence: Defence,
    private readonly cards: Cards,
  ) {
    this.openFor = settings.cardHours * HOUR;
  }

  onModuleInit(): void {
    this.kinds.register<object>(DIGEST, {
      buttons: [
        { reaction: '✅', words: ['show'] },
        { reaction: '❌', words: ['forget'] },
      ],
      act: (answer, finish) => finish((tx) => this.answer(tx, answer)),
    });
  }

  /** Gives waiting cards of a room, which the transaction has locked, their turn. */
  async take(tx: Transaction, room: Room): Promise<void> {
    const waiting = await this.repository.inStates(tx, room.id, ['waiting'], AT_ONCE);
    const isGuarded = await this.defence.isGuarded(tx, room);
    const kept = waiting.filter(({ isMinor }) => isMinor && isGuarded);
    await this.postpone(tx, kept, LOOKED_AGAIN_AFTER);
    const ready = waiting.filter((card) => !kept.includes(card));
    const left = ready.length > 0 ? await this.secondsLeft(tx, room, ready.length) : 0;
    if (left > 0) await this.postpone(tx, ready, left);
    else if (ready.length === 1) await this.cards.show(tx, room, ready);
    else if (ready.length > 1) await this.list(tx, room, ready);
  }

  /** A sentence about cards that a room’s state keeps from it, for what is told in place of them; undefined without any. */
  async keptFrom(tx: Transaction, room: Room): Promise<string | undefined> {
    const counts = await this.repository.count(tx, room.id, 'waiting', { onlyMinor: true });
    return counts.length > 0 ? `Until it is over, these wait: ${this.named(counts)}.` : undefined;
  }

  /** Seconds until a room may have its next card, or digest for more than one. */
  private async secondsLeft(tx: Transaction, room: Room, cards: number): Promise<number> {
    const shown = await this.repository.secondsSinceShown(tx, room.id, [DIGEST, ...this.kinds.paced()]);
    if (cards === 1) return APART - shown;
    const digest = await this.repository.secondsSinceShown(tx, room.id, [DIGEST]);
    return Math.max(APART - shown, DIGESTS_APART - digest);
  }

  private async list(tx: Transaction, room: Room, cards: readonly Card[]): Promise<void> {
    const ids = cards.map(({ id }) => id);
    await this.repository.list(tx, ids, this.openFor);
    await this.digest(tx, room);
  }

  /** Tells how many cards of each kind are listed, in place of the digest before. */
  private async digest(tx: Transaction, room: Room): Promise<void> {
    const counts = await this.repository.count(tx, room.id, 'listed');
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return;
    const text = `${total === 1 ? 'A question waits' : `${total} questions wait`} for you: ${this.named(counts)}.`;
    await this.cards.ask(tx, room, { kind: DIGEST, subject: DIGEST, argument: {}, text });
  }

  private named(counts: readonly { kind: string; count: number }[]): string {
    return counts.map(({ kind, count }) => `${count} × ${this.kinds.find(kind)?.paced ?? kind}`).join(', ');
  }

  private async answer(tx: Transaction, { room: token, actor, button }: CardAnswer<object>): Promise<string> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const listed = await this.repository.inStates(tx, room.id, ['listed'], AT_ONCE);
    if (button.reaction === '❌') {
      await this.cards.close(tx, room, listed);
      return `${listed.length} questions are forgotten. Held posts stay in the queue.`;
    }
    const some = listed.slice(0, SHOWN_AT_ONCE);
    if (some.length === 0) return 'All of them are settled already.';
    await this.cards.show(tx, room, some);
    await this.digest(tx, room);
    return `${some.length} of ${listed.length} are shown.`;
  }

  private postpone(tx: Transaction, cards: readonly Card[], seconds: number): Promise<void> {
    return this.repository.postpone(
      tx,
      cards.map(({ id }) => id),
      seconds,
    );
  }
}
