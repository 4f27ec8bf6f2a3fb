import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { GroupCommit } from '../../foundation/database/group-commit.js';
import { type Challenge } from '../../records/defence/challenge.js';
import { ChallengesRepository, type HeldMessage } from '../../records/defence/challenges.repository.js';
import { HOLD_REASONS, isChallenged } from '../../records/defence/held.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type Message, type MessageReader } from '../../records/messages/message.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { ChallengeAsking } from './challenge-asking.service.js';
import { type ExplainedReason } from './texts/texts.js';
import { ANSWERED_WITHIN } from './times.js';

/** Milliseconds between the starts of two writes to a room: a raid that polls shares few transactions. */
const WRITES_APART = 100;
/** People of whom a process remembers up to which held message it has attended to them. */
const REMEMBERED = 20_000;

type Evidence = Pick<Message, 'id' | 'isHeld' | 'isUnreadCard'>;

/**
 * Attends to people whose posts are held when they poll: only then is it known that somebody reads what the server says.
 * It goes by what pages that are made for one reader show, so that no other poll costs anything, and keeps none waiting.
 */
@Injectable()
export class ChallengeAttendance {
  private readonly logger = new Logger('Challenges');
  private readonly groups: GroupCommit<number, undefined>;
  /** Ids of messages, by room and person. */
  private readonly attended = boundedCache<string, number>(REMEMBERED);

  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly challenges: ChallengesRepository,
    private readonly defences: RoomDefenceRepository,
    private readonly asking: ChallengeAsking,
  ) {
    this.groups = new GroupCommit(async (token, userIds) => {
      await this.database.transact((tx) => this.attendTogether(tx, token, [...new Set(userIds)]));
      return userIds.map(() => ({ result: undefined }));
    }, WRITES_APART);
  }

  /** Takes note of the messages of a page that was made for one reader. */
  notice(room: Room, { userId }: MessageReader, messages: readonly Evidence[]): void {
    if (userId === null) return;
    const cards = messages.filter(({ isUnreadCard }) => isUnreadCard).map(({ id }) => id);
    if (cards.length > 0) this.inBackground(this.challenges.markRead(userId, cards));
    const held = messages.filter(({ isHeld }) => isHeld).map(({ id }) => id);
    if (held.length > 0) this.attend(room, userId, Math.max(...held));
  }

  private attend(room: Room, userId: number, latest: number): void {
    const key = `${room.id} ${userId}`;
    if ((this.attended.get(key) ?? 0) >= latest) return;
    this.attended.set(key, latest);
    const attending = this.groups.add(room.token, userId).catch((error: unknown) => {
      // The next page that shows it is another chance.
      this.attended.delete(key);
      throw error;
    });
    this.inBackground(attending);
  }

  private async attendTogether(tx: Transaction, token: string, userIds: readonly number[]): Promise<void> {
    const room = await this.rooms.lock(tx, token);
    if (!room) return;
    const [held, known, read] = await Promise.all([
      this.challenges.heldOf(tx, room.id, userIds),
      this.challenges.of(tx, room.id, userIds),
      this.defences.find(tx, token),
    ]);
    if (!read) return;
    const place = { room, ...read };
    const people = peopleHeld(held, known, read.now);
    const explained = people.flatMap(({ person, reasons }) => {
      const reason = reasons.find(isExplained);
      return reason && !person.isExplained ? { person, reason } : [];
    });
    await this.asking.explain(tx, place, explained);
    const told = new Set(explained.map(({ person }) => person));
    const asked = people.filter(
      ({ person, reasons }) =>
        (person.state === 'explained' || person.state === 'published') && reasons.some(isChallenged),
    );
    const marked = (person: Challenge): Challenge => ({
      ...person,
      isExplained: person.isExplained || told.has(person),
    });
    const others = people.filter((one) => told.has(one.person) && !asked.includes(one));
    await this.challenges.save(tx, room.id, [
      ...(await this.asking.ask(
        tx,
        place,
        asked.map(({ person }) => ({
          ...marked(person),
          wrongTries: person.state === 'published' ? 0 : person.wrongTries,
        })),
      )),
      ...others.map(({ person }) => marked(person)),
    ]);
  }

  private inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.logger.error('Somebody was not attended to', error instanceof Error ? error.stack : undefined);
    });
  }
}

/** The people who have held messages, each with their challenge, or one in which nothing has happened yet. */
function peopleHeld(
  held: readonly HeldMessage[],
  known: readonly Challenge[],
  now: number,
): { person: Challenge; reasons: (string | null)[] }[] {
  const challenges = new Map(known.map((challenge) => [challenge.userId, challenge]));
  const people = new Map<number, { person: Challenge; reasons: (string | null)[] }>();
  for (const { userId, sessionId, heldFor } of held) {
    const person = challenges.get(userId) ?? untouched(userId, sessionId, now);
    const one = people.get(userId) ?? { person, reasons: [] };
    one.reasons.push(heldFor);
    people.set(userId, one);
  }
  return [...people.values()];
}

function untouched(userId: number, sessionId: string, now: number): Challenge {
  return {
    userId,
    sessionId,
    state: 'explained',
    level: 1,
    question: null,
    cardId: null,
    madeAt: now,
    readAt: null,
    wrongTries: 0,
    dueAt: now + ANSWERED_WITHIN,
    isExplained: false,
  };
}

/** Whether only a moderator can decide about a message that is held for this reason. Some rules tell by themselves. */
function isExplained(reason: string | null): reason is ExplainedReason {
  const isKnown = HOLD_REASONS.some((known) => known === reason);
  return isKnown && !isChallenged(reason) && reason !== 'told' && reason !== 'sanction';
}
