import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type Card, type CardState } from '../../records/cards/card.js';
import { CardsRepository } from '../../records/cards/cards.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { CardEffects } from './card-effects.service.js';
import { CardTurns } from './card-turns.service.js';
import { Cards } from './cards.service.js';

/** Rooms, and cards of each, that a run looks at; the next run comes within seconds. */
const ROOMS_A_RUN = 20;
const CARDS_A_ROOM = 100;

/** Cards about which something is due: their turn, their end, and effects whose process was killed. */
@Injectable()
export class CardJobs {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly repository: CardsRepository,
    private readonly cards: Cards,
    private readonly turns: CardTurns,
    private readonly effects: CardEffects,
  ) {}

  /** Does what is due, room by room; it is safe beside itself, and safe to end anywhere. */
  async run(): Promise<void> {
    for (const token of await this.repository.roomsWithDue(ROOMS_A_RUN)) {
      const answered = await this.database.transact((tx) => this.settleDue(tx, token));
      for (const { id } of answered) await this.effects.resume(id);
    }
  }

  /** @returns answered cards whose effects are left to carry out */
  private async settleDue(tx: Transaction, token: string): Promise<Card[]> {
    const room = await this.rooms.lock(tx, token);
    if (!room) return [];
    const due = await this.repository.due(tx, room.id, CARDS_A_ROOM);
    const inState = (state: CardState): Card[] => due.filter((card) => card.state === state);
    await this.effects.tell(tx, room, inState('acted'));
    await this.cards.close(tx, room, [...inState('open'), ...inState('listed')]);
    if (inState('waiting').length > 0) await this.turns.take(tx, room);
    await this.repository.remove(
      tx,
      inState('settled').map(({ id }) => id),
    );
    return inState('answered');
  }
}
