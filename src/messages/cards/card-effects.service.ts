import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Card } from '../../records/cards/card.js';
import { CardsRepository, type PlacedCard } from '../../records/cards/cards.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { MODERATORS, ServerAuthor } from '../writing/server-author.service.js';
import { type CardAnswer, CardKinds } from './card-kinds.service.js';
import { resultText } from './card-text.js';

/** Seconds for which one process carries out an effect alone; another one takes it over then. */
export const LEASE = 60;
/** Beginnings after which an effect that fails is given up. */
const MOST_ATTEMPTS = 5;
const HOUR = 60 * 60;
const FAILED = 'This did not work, and was tried several times. The operator finds the reason in the log.';

/**
 * Carries out what answers to cards cause. The answer is committed before, so none is lost; the effect is committed with the
 * note that it is done, so it is done once; and moderators are told of it in a transaction that locks the room. The process
 * of the answer begins at once, and a job does what that one leaves when it is killed.
 */
@Injectable()
export class CardEffects implements OnModuleDestroy {
  private readonly logger = new Logger('Cards');
  private readonly underWay = new Set<Promise<void>>();
  /** Seconds. */
  private readonly keptFor: number;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly kinds: CardKinds,
    private readonly cards: CardsRepository,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly server: ServerAuthor,
  ) {
    this.keptFor = settings.cardHours * HOUR;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Carries out the effect of a card that this process has just had answered, in the background. */
  begin(card: PlacedCard): void {
    const work = this.carryOut(card)
      .catch((error: unknown) => {
        this.logger.error(`Card ${card.id} waits`, error instanceof Error ? error.stack : undefined);
      })
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Carries out the effect of a card that was answered some time ago, unless somebody does or has. */
  async resume(id: number): Promise<void> {
    const card = await this.cards.takeOver(id, LEASE);
    if (card) await this.carryOut(card);
  }

  /** Tells of effects that have been carried out, in a room that the transaction has locked. */
  async tell(tx: Transaction, room: Room, cards: readonly Pick<Card, 'id'>[]): Promise<void> {
    const ids = cards.map(({ id }) => id);
    const acted = await this.cards.settle(tx, ids, { from: ['acted'], keptFor: this.keptFor });
    for (const { answer, answeredBy, forUserId, result } of acted) {
      if (result === null || answer === null || answeredBy === null) continue;
      const actor = await this.users.get(answeredBy, tx);
      const whisper =
        forUserId === null
          ? { to: MODERATORS, text: resultText(result, answer, actor.sessionId) }
          : { to: actor, text: result };
      await this.server.postWhispers(tx, room, [whisper]);
    }
  }

  private async carryOut(card: PlacedCard): Promise<void> {
    await this.act(card).catch((error: unknown) => this.fail(card, error));
    await this.database.transact(async (tx) => {
      const room = await this.rooms.lock(tx, card.room);
      if (room) await this.tell(tx, room, [card]);
    });
  }

  private async act(card: PlacedCard): Promise<void> {
    const kind = this.kinds.find(card.kind);
    if (!kind) throw new Error(`No cards are of the kind ${card.kind}`);
    await kind.act(await this.answerOf(card), (work) =>
      this.database.transact(async (tx) => {
        if (!(await this.cards.lockAnswered(tx, card.id))) return;
        await this.cards.markActed(tx, card.id, await work(tx));
      }),
    );
  }

  private async answerOf(card: PlacedCard): Promise<CardAnswer<object>> {
    const { id, room, argument, answer, answeredBy } = card;
    const button = card.buttons.find(({ reaction }) => reaction === answer);
    if (!button || answeredBy === null) throw new Error(`Card ${id} has no answer`);
    const actor = await this.users.get(answeredBy);
    return { card: id, room, argument, button, actor };
  }

  /** Refusals are final; anything else is tried again some times. */
  private async fail(card: PlacedCard, error: unknown): Promise<void> {
    const isRefusal = error instanceof ProtocolError;
    if (!isRefusal && card.attempts < MOST_ATTEMPTS) throw error;
    if (!isRefusal) {
      this.logger.error(`Card ${card.id} is given up`, error instanceof Error ? error.stack : undefined);
    }
    const result = isRefusal ? `Nothing was done. ${error.message}.` : FAILED;
    await this.database.transact((tx) => this.cards.markActed(tx, card.id, result));
  }
}
