import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type Challenge } from '../../records/defence/challenge.js';
import { type RoomDefence } from '../../records/defence/room-defence.js';
import { type Room } from '../../records/rooms/room.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { ServerAuthor } from '../writing/server-author.service.js';
import { nextLevel } from './answer-counts.js';
import { ChallengeMeters } from './challenge-meters.js';
import { buttonsOf, newQuestion, questionText } from './question.js';
import { HELD_MESSAGE_TEXTS } from './texts/index.js';
import { type ExplainedReason, type HeldMessageTexts } from './texts/texts.js';
import { ANSWERED_WITHIN } from './times.js';

/** A room that the transaction has locked, with its defence. */
export interface LockedRoom {
  room: Room;
  defence: RoomDefence;
  /** Unix seconds, by the database's clock. */
  now: number;
}

/** Whispers to people whose posts are held. The rows that they return are the caller's to save. */
@Injectable()
export class ChallengeAsking {
  constructor(
    private readonly settings: Settings,
    private readonly server: ServerAuthor,
    private readonly meters: ChallengeMeters,
  ) {}

  /** Asks each of these people a question; returns their challenges as they are then. */
  async ask(
    tx: Transaction,
    { room, defence, now }: LockedRoom,
    people: readonly Challenge[],
  ): Promise<Challenge[]> {
    const settings = settingsOf(room, this.settings);
    const level = nextLevel(defence, now);
    const asked = people.map((person) => ({
      ...person,
      question: newQuestion(level, settings, person.question),
    }));
    const cards = await this.server.postCards(
      tx,
      room,
      asked.map(({ userId, sessionId, question, wrongTries }) => ({
        to: { id: userId, sessionId },
        text: questionText(question, settings.language, wrongTries > 0),
        buttons: buttonsOf(question),
      })),
    );
    tx.afterCommit(() => {
      this.meters.count('asked', people.length);
    });
    return asked.map((person, index) => ({
      ...person,
      state: 'asked',
      level,
      cardId: cards[index] ?? null,
      madeAt: now,
      readAt: null,
      dueAt: now + ANSWERED_WITHIN,
    }));
  }

  /** Tells people why their posts wait for a moderator. */
  async explain(
    tx: Transaction,
    { room }: Pick<LockedRoom, 'room'>,
    people: readonly { person: Challenge; reason: ExplainedReason }[],
  ): Promise<void> {
    const { why, lookedAt } = this.textsOf(room);
    const whispers = people.map(({ person, reason }) => ({
      to: { id: person.userId, sessionId: person.sessionId },
      text: `${why[reason]} ${lookedAt}`,
    }));
    await this.server.postWhispers(tx, room, whispers);
  }

  /** Tells people what has come of their answers. */
  async tell(
    tx: Transaction,
    { room }: Pick<LockedRoom, 'room'>,
    people: readonly Challenge[],
    what: 'failed' | 'waiting' | 'crowded' | 'tooLate',
  ): Promise<void> {
    const text = this.textsOf(room)[what];
    const whispers = people.map(({ userId, sessionId }) => ({ to: { id: userId, sessionId }, text }));
    await this.server.postWhispers(tx, room, whispers);
  }

  private textsOf(room: Room): HeldMessageTexts {
    return HELD_MESSAGE_TEXTS[settingsOf(room, this.settings).language];
  }
}
