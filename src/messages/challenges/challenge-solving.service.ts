import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Challenge } from '../../records/defence/challenge.js';
import { ChallengesRepository, type HeldMessage } from '../../records/defence/challenges.repository.js';
import { isChallenged } from '../../records/defence/held.js';
import { type RoomDefence } from '../../records/defence/room-defence.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { Eraser } from '../publication/eraser.service.js';
import { Publication } from '../publication/publication.service.js';
import { areGuessing, isFlooded, roomForSolvers, withAnswer, withSolved } from './answer-counts.js';
import { ChallengeAsking, type LockedRoom } from './challenge-asking.service.js';
import { ChallengeMeters } from './challenge-meters.js';
import { ANSWERED_WITHIN, ASKED_AGAIN_AFTER, LOOKED_AGAIN_AFTER, READ_WITHIN, WRONG_TRIES } from './times.js';

/** People published in one transaction. */
const PUBLISHED_AT_ONCE = 20;
/** People left to a moderator in one transaction. */
const LEFT_AT_ONCE = 200;

/** Publishes people's posts for right answers, and counts wrong ones, in rooms that the transaction has locked. */
@Injectable()
export class ChallengeSolving {
  constructor(
    private readonly challenges: ChallengesRepository,
    private readonly defences: RoomDefenceRepository,
    private readonly publication: Publication,
    private readonly eraser: Eraser,
    private readonly asking: ChallengeAsking,
    private readonly meters: ChallengeMeters,
  ) {}

  /** Takes an answer to the question that somebody is asked now. One that comes too fast is wrong. */
  async settle(
    tx: Transaction,
    place: LockedRoom,
    challenge: Challenge,
    isRightAnswer: boolean,
  ): Promise<void> {
    const { room, now } = place;
    // When its reader got a card is noted after the page has left, and may have been lost with a process.
    const isRight = isRightAnswer && now - (challenge.readAt ?? challenge.madeAt) >= READ_WITHIN;
    const defence = challenge.level === 1 ? withAnswer(place.defence, isRight, now) : place.defence;
    if (challenge.cardId !== null) await this.eraser.rowsOf(tx, room, [challenge.cardId]);
    const settled = { ...challenge, cardId: null };
    const counted = isRight
      ? await this.solved(tx, { ...place, defence }, settled)
      : await this.missed(tx, { ...place, defence }, settled);
    await this.defences.save(tx, room.id, counted);
    tx.afterCommit(() => {
      this.meters.count(isRight ? 'right' : 'wrong');
    });
  }

  /**
   * Publishes the posts of people who have solved their challenge and wait, as many as the budget has room for, in random
   * order: a raid that answers faster than people must not come first.
   */
  async publishWaiting(tx: Transaction, place: LockedRoom): Promise<void> {
    const { room, now } = place;
    if (isFlooded(place.defence, now)) {
      await this.leaveToStaff(tx, place, await this.challenges.waiting(tx, room.id, LEFT_AT_ONCE));
      return;
    }
    const isClosed = place.defence.state === 'closed';
    const waiting = isClosed ? [] : await this.challenges.waiting(tx, room.id, PUBLISHED_AT_ONCE);
    const left = { 1: roomForSolvers(place.defence, 1, now), 2: roomForSolvers(place.defence, 2, now) };
    const turn = waiting.filter(({ level, messageIds }) => {
      if (messageIds.length === 0) return true;
      if (left[level] === 0) return false;
      left[1] -= 1;
      left[2] -= 1;
      return true;
    });
    const defence = await this.publish(tx, place, turn);
    if (defence !== place.defence) await this.defences.save(tx, room.id, defence);
    const { usually, closed } = LOOKED_AGAIN_AFTER;
    await this.challenges.postponeWaiting(tx, room.id, now + (isClosed ? closed : usually));
  }

  private async solved(tx: Transaction, place: LockedRoom, challenge: Challenge): Promise<RoomDefence> {
    const { room, defence, now } = place;
    // Cards of level 1 were still out when it was switched off, and a guess at one of them is right as often as before.
    if (challenge.level === 1 && areGuessing(defence, now)) {
      await this.challenges.save(tx, room.id, await this.asking.ask(tx, place, [challenge]));
      return defence;
    }
    const held = await this.challenges.heldOf(tx, room.id, [challenge.userId]);
    const messageIds = challengedIds(held);
    const hasRoom =
      roomForSolvers(defence, challenge.level, now) > 0 &&
      defence.state !== 'closed' &&
      !(await this.isItsTurnLater(tx, place));
    if (hasRoom || messageIds.length === 0) {
      return this.publish(tx, place, [{ ...challenge, messageIds }]);
    }
    if (isFlooded(defence, now)) {
      await this.leaveToStaff(tx, place, [challenge]);
      return defence;
    }
    await this.asking.tell(tx, place, [challenge], 'waiting');
    const dueAt = now + LOOKED_AGAIN_AFTER.usually;
    await this.challenges.save(tx, room.id, [{ ...challenge, state: 'solved', dueAt }]);
    return defence;
  }

  /**
   * Leaves people who solved to a moderator. In a flood most of them are raiders, and when it is over these would be
   * published hours later, whenever there is room.
   */
  private async leaveToStaff(
    tx: Transaction,
    place: LockedRoom,
    people: readonly Challenge[],
  ): Promise<void> {
    await this.asking.tell(tx, place, people, 'crowded');
    const dueAt = place.now + ANSWERED_WITHIN;
    await this.challenges.save(
      tx,
      place.room.id,
      people.map((person) => ({ ...person, state: 'failed', dueAt })),
    );
  }

  /** Whether others wait whose turn it may be first. In a flooded room nobody waits for a turn. */
  private async isItsTurnLater(tx: Transaction, { room, defence, now }: LockedRoom): Promise<boolean> {
    return !isFlooded(defence, now) && (await this.challenges.waiting(tx, room.id, 1)).length > 0;
  }

  private async missed(tx: Transaction, place: LockedRoom, challenge: Challenge): Promise<RoomDefence> {
    const { room, defence, now } = place;
    const wrongTries = challenge.wrongTries + 1;
    const isLast = wrongTries >= WRONG_TRIES;
    if (isLast) await this.asking.tell(tx, place, [challenge], 'failed');
    await this.challenges.save(tx, room.id, [
      {
        ...challenge,
        state: isLast ? 'failed' : 'wrong',
        wrongTries,
        dueAt: now + (isLast ? ANSWERED_WITHIN : ASKED_AGAIN_AFTER),
      },
    ]);
    return defence;
  }

  /** Publishes held posts of people who have solved; returns the room's defence with them counted. */
  private async publish(
    tx: Transaction,
    place: LockedRoom,
    people: readonly (Challenge & { messageIds: number[] })[],
  ): Promise<RoomDefence> {
    if (people.length === 0) return place.defence;
    const { room, now } = place;
    const ids = people.flatMap(({ messageIds }) => messageIds).sort((one, other) => one - other);
    const { published, tooLate } = await this.publication.publish(tx, room, ids);
    const authors = new Set(published.map(({ userId }) => userId));
    for (const person of people) {
      const isTooLate = !authors.has(person.userId) && person.messageIds.some((id) => tooLate.includes(id));
      if (isTooLate) await this.asking.tell(tx, place, [person], 'tooLate');
    }
    await this.challenges.save(
      tx,
      room.id,
      people.map((person) => ({ ...person, state: 'published', dueAt: now + ANSWERED_WITHIN })),
    );
    tx.afterCommit(() => {
      this.meters.count('published', authors.size);
    });
    return withSolved(place.defence, authors.size, now);
  }
}

/** Ids of those held messages that a solved challenge publishes. */
export function challengedIds(held: readonly HeldMessage[]): number[] {
  return held.filter(({ heldFor, isSilenced }) => isChallenged(heldFor) && !isSilenced).map(({ id }) => id);
}
