import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type Challenge } from '../../records/defence/challenge.js';
import { ChallengesRepository } from '../../records/defence/challenges.repository.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { Eraser } from '../publication/eraser.service.js';
import { ChallengeAsking } from './challenge-asking.service.js';
import { challengedIds, ChallengeSolving } from './challenge-solving.service.js';
import { ANSWERED_WITHIN } from './times.js';

/** Rooms, and challenges of each, that a run looks at; the next run comes within seconds. */
const ROOMS_A_RUN = 20;
const CHALLENGES_A_ROOM = 100;

/** Challenges about which something is due: another question, another look at the budget, or their end. */
@Injectable()
export class ChallengeJobs {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly challenges: ChallengesRepository,
    private readonly defences: RoomDefenceRepository,
    private readonly asking: ChallengeAsking,
    private readonly solving: ChallengeSolving,
    private readonly eraser: Eraser,
  ) {}

  /** Does what is due, room by room; it is safe beside itself, and safe to end anywhere. */
  async run(): Promise<void> {
    for (const token of await this.challenges.roomsWithDue(ROOMS_A_RUN)) {
      await this.database.transact((tx) => this.settleDue(tx, token));
    }
  }

  private async settleDue(tx: Transaction, token: string): Promise<void> {
    const room = await this.rooms.lock(tx, token);
    const read = room && (await this.defences.find(tx, token));
    if (!room || !read) return;
    const place = { room, ...read };
    const due = await this.challenges.due(tx, room.id, CHALLENGES_A_ROOM);
    const wrong = due.filter(({ state }) => state === 'wrong');
    const held = await this.challenges.heldOf(tx, room.id, userIdsOf(wrong));
    const waiting = new Set(challengedIds(held));
    const authors = new Set(held.filter(({ id }) => waiting.has(id)).map(({ userId }) => userId));
    const again = wrong.filter(({ userId }) => authors.has(userId));
    await this.challenges.save(tx, room.id, await this.asking.ask(tx, place, again));
    // People who delete their held posts get no further tries by that.
    const paused = wrong.filter((challenge) => !again.includes(challenge));
    await this.challenges.save(
      tx,
      room.id,
      paused.map((person) => ({ ...person, state: 'explained', dueAt: place.now + ANSWERED_WITHIN })),
    );
    const over = due.filter(({ state }) => state !== 'solved' && state !== 'wrong');
    await this.eraser.rowsOf(
      tx,
      room,
      over.flatMap(({ cardId }) => cardId ?? []),
    );
    await this.challenges.remove(tx, room.id, userIdsOf(over));
    if (due.some(({ state }) => state === 'solved')) await this.solving.publishWaiting(tx, place);
  }
}

function userIdsOf(challenges: readonly Challenge[]): number[] {
  return challenges.map(({ userId }) => userId);
}
