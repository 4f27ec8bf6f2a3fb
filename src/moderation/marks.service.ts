import { Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type TrustRecord } from '../records/defence/trust.js';
import { TrustRepository } from '../records/defence/trust.repository.js';
import { type Event } from '../records/events/event.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { MarksRepository } from '../records/moderation/marks.repository.js';
import { type Room } from '../records/rooms/room.js';
import { isStaff, type Marks, marksIn, NO_END, type User } from '../records/users/user.js';
import { type Actor, actorName } from './access/actor.js';
import { type Scope } from './scope.js';
import { forEachTarget, StandingGate } from './standing-gate.service.js';

/** The most characters of a reason. */
export const LONGEST_REASON = 500;

/** People to mark, the place where that holds, and the reason. */
export interface MarkRequest {
  /** Session IDs, seen by this server before or not. */
  targets: readonly string[];
  scope: Scope;
  /** A line that the person may read. */
  reason?: string | undefined;
  /** Whether a whisper tells the person at once. */
  isTold?: boolean;
}

/** A person whose standing is locked, and the room in question or null for the whole server. */
interface MarkCase {
  target: User;
  room: Room | null;
}

type MarkEvent = Event<'mute' | 'unmute' | 'shadow' | 'unshadow' | 'trust' | 'untrust'>;
type ChangeOfMarks = Pick<MarkEvent, 'kind' | 'before' | 'after'>;

/**
 * Mutes, shadow bans and trust by staff, in rooms and on the whole server. As bans do, they wait for what the person was
 * already let in to write.
 */
@Injectable()
export class MarksService {
  constructor(
    private readonly clock: Clock,
    private readonly gate: StandingGate,
    private readonly marks: MarksRepository,
    private readonly trust: TrustRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Mutes people, who read on; a mute that they have already is replaced.
   * @param seconds null for a mute without an end
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`, which also protects staff
   */
  async mute(tx: Transaction, actor: Actor, request: MarkRequest, seconds: number | null): Promise<void> {
    const mutedUntil = seconds === null ? NO_END : Math.min(NO_END, this.clock.seconds() + seconds);
    await this.mark(tx, actor, request, 'mute', { mutedUntil });
  }

  /**
   * Ends mutes.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async unmute(tx: Transaction, actor: Actor, request: MarkRequest): Promise<void> {
    await this.mark(tx, actor, request, 'unmute', { mutedUntil: null });
  }

  /**
   * Keeps what people write from all others from now on, and does not tell them.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`, which also protects staff
   */
  async shadow(tx: Transaction, actor: Actor, request: MarkRequest): Promise<void> {
    await this.mark(tx, actor, request, 'shadow', { shadowed: true });
  }

  /**
   * Lets others see again what people write from now on.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async unshadow(tx: Transaction, actor: Actor, request: MarkRequest): Promise<void> {
    await this.mark(tx, actor, request, 'unshadow', { shadowed: false });
  }

  /**
   * Vouches for people, who are regulars by that.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async vouch(tx: Transaction, actor: Actor, request: MarkRequest): Promise<void> {
    await this.mark(tx, actor, request, 'trust', { trusted: true });
  }

  /**
   * Makes people strangers: takes back that staff vouches for them, and what they have earned by their posts, in the rooms or,
   * for the whole server, in all rooms.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async distrust(tx: Transaction, actor: Actor, request: MarkRequest): Promise<void> {
    const { scope } = request;
    const opened = await this.open(tx, actor, request);
    for (const target of opened.targets) {
      const earned = await this.trust.roomsOf(target.id, tx);
      for (const place of scope.global ? [null] : opened.rooms) {
        const rooms = place ? [place] : opened.rooms;
        const change = distrustOf(target, place, rooms, earned);
        if (!change) continue;
        for (const room of rooms) await this.fall(tx, target, room);
        if (!place) await this.marks.change(tx, target, null, { trusted: false });
        await this.record(tx, opened.actor, { target, room: place }, explained(change, request));
      }
    }
  }

  /**
   * Takes back that staff vouches for people; they keep what they have earned.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async unvouch(tx: Transaction, actor: Actor, request: MarkRequest): Promise<void> {
    const opened = await this.open(tx, actor, request);
    for (const target of opened.targets) {
      for (const room of request.scope.global ? [null] : opened.rooms) {
        if (!marksIn(target, room).trusted) continue;
        await this.marks.change(tx, target, room, { trusted: false });
        const before = { trusted: true, rooms: room ? [room.token] : [], earned: {} };
        await this.record(
          tx,
          opened.actor,
          { target, room },
          { kind: 'untrust', before, after: { trusted: false } },
        );
      }
    }
  }

  /**
   * Takes back that people were made strangers.
   * @param before of the event `untrust`
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async trustAgain(
    tx: Transaction,
    actor: Actor,
    request: MarkRequest,
    { trusted, rooms, earned }: Event<'untrust'>['before'],
  ): Promise<void> {
    const opened = await this.open(tx, actor, request);
    for (const target of opened.targets) {
      if (trusted && request.scope.global) await this.marks.change(tx, target, null, { trusted });
      for (const room of opened.rooms) {
        if (rooms.includes(room.token)) await this.marks.change(tx, target, room, { trusted: true });
      }
      await this.restore(tx, target, opened.rooms, earned);
      const place = request.scope.global ? null : (opened.rooms[0] ?? null);
      const change = { kind: 'trust', before: { trusted: false }, after: { trusted } } as const;
      await this.record(tx, opened.actor, { target, room: place }, change);
    }
  }

  /**
   * Gives people back what they had earned by posting before a ban.
   * @param earned records by room token
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async giveBackEarned(
    tx: Transaction,
    actor: Actor,
    request: MarkRequest,
    earned: Readonly<Record<string, TrustRecord>>,
  ): Promise<void> {
    const { targets, rooms } = await this.open(tx, actor, request);
    for (const target of targets) await this.restore(tx, target, rooms, earned);
  }

  private async restore(
    tx: Transaction,
    target: User,
    rooms: readonly Room[],
    earned: Readonly<Record<string, TrustRecord>>,
  ): Promise<void> {
    for (const room of rooms) {
      const record = earned[room.token];
      if (record) await this.trust.restore(tx, room.id, target.id, record);
    }
  }

  private async fall(tx: Transaction, target: User, room: Room): Promise<void> {
    await this.trust.fallToStranger(tx, room.id, [target.id]);
    if (target.overrides.get(room.id)?.trusted) await this.marks.change(tx, target, room, { trusted: false });
  }

  private async mark<Name extends keyof Marks>(
    tx: Transaction,
    actor: Actor,
    request: MarkRequest,
    kind: Exclude<MarkEvent['kind'], 'untrust'>,
    after: Pick<Marks, Name>,
  ): Promise<void> {
    const opened = await this.open(tx, actor, request);
    await forEachTarget(opened, async (target) => {
      for (const room of request.scope.global ? [null] : opened.rooms) {
        if (kind === 'mute' || kind === 'shadow') refuseStaff({ target, room });
        const [name] = Object.keys(after) as [Name];
        const before = { [name]: marksIn(target, room)[name] } as Pick<Marks, Name>;
        if (before[name] === after[name]) continue;
        await this.marks.change(tx, target, room, after);
        const change = { kind, before, after } as unknown as ChangeOfMarks;
        await this.record(tx, opened.actor, { target, room }, explained(change, request));
      }
    });
  }

  private open(tx: Transaction, actor: Actor, { targets, scope }: MarkRequest) {
    return this.gate.open(tx, { actor, targets, scope, permission: 'moderator' });
  }

  private record(
    tx: Transaction,
    actor: Actor,
    { target, room }: MarkCase,
    change: ChangeOfMarks,
  ): Promise<void> {
    return this.events.record(tx, {
      actor: actorName(actor),
      target: target.sessionId,
      ...(room && { room: room.token }),
      ...change,
    } as MarkEvent);
  }
}

function explained(change: ChangeOfMarks, { reason, isTold = false }: MarkRequest): ChangeOfMarks {
  const told = isTold ? { told: true as const } : {};
  return { ...change, after: { ...change.after, ...(reason !== undefined && { reason }), ...told } };
}

/** The change that makes somebody a stranger in rooms; undefined when they are nothing else there. */
function distrustOf(
  target: User,
  place: Room | null,
  rooms: readonly Room[],
  records: ReadonlyMap<string, TrustRecord>,
): ChangeOfMarks | undefined {
  const trusting = rooms.filter(({ id }) => target.overrides.get(id)?.trusted);
  const earned = Object.fromEntries(
    rooms.flatMap(({ token }) => {
      const record = records.get(token);
      return record ? [[token, record]] : [];
    }),
  );
  const trusted = place ? trusting.length > 0 : target.trusted;
  if (!trusted && trusting.length === 0 && Object.keys(earned).length === 0) return undefined;
  const before = { trusted, rooms: trusting.map(({ token }) => token), earned };
  return { kind: 'untrust', before, after: { trusted: false } };
}

/** Nobody mutes or shadows staff: their role is to be taken first. */
function refuseStaff({ target, room }: MarkCase): void {
  const isProtected = room ? target.moderator || target.overrides.get(room.id)?.moderator : isStaff(target);
  if (!isProtected) return;
  throw new ProtocolError(
    'permission_denied',
    'staff can be neither muted nor shadowed: remove the role first',
  );
}
