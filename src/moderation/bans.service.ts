import { Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { TrustRepository } from '../records/defence/trust.repository.js';
import { type Room } from '../records/rooms/room.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type Marks, marksIn, marksOf, type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { type Actor, actorName, PLAZA } from './access/actor.js';
import { type EventChanges } from '../records/events/event.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { MarksRepository } from '../records/moderation/marks.repository.js';
import { NO_OVERRIDE, OverridesRepository } from '../records/moderation/overrides.repository.js';
import { permissionsIn } from './access/permissions.js';
import { SchedulesRepository } from '../records/moderation/schedules.repository.js';
import { type Scope } from './scope.js';
import { forEachTarget, StandingGate } from './standing-gate.service.js';

/** A person to ban, and where. */
export interface Ban extends Omit<BanOfPeople, 'targets'> {
  /** `05…` or `15…`. */
  sessionId: string;
}

/** People to ban, and where. */
export interface BanOfPeople {
  /** `05…` or `15…`. */
  targets: readonly string[];
  scope: Scope;
  /** Seconds, or null for a ban without an end. */
  timeout: number | null;
  /**
   * Seconds for which the person reads on, and sees why they are banned: they write nothing any more from now on, and are
   * banned then. Left out for a ban that begins now.
   */
  readsFor?: number;
  /** A line that the person may read. */
  reason?: string | undefined;
}

/** Seconds for which somebody reads on who is banned by a command. */
export const READS_FOR = 60;
/** Seconds by which a scheduled ban may be late; until then the person writes nothing. */
const LATENESS = 10 * 60;

/** Someone, and the room in question or null for the whole server. */
interface BanCase {
  actor: Actor;
  target: User;
  room: Room | null;
}

/**
 * Bans, from rooms and from the whole server (protocol 7.3). A ban waits for what the person was already let in to
 * write, and whatever they write afterwards is refused.
 */
@Injectable()
export class BansService {
  constructor(
    private readonly clock: Clock,
    private readonly gate: StandingGate,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly overrides: OverridesRepository,
    private readonly marks: MarksRepository,
    private readonly schedules: SchedulesRepository,
    private readonly trust: TrustRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Bans someone everywhere in the scope or nowhere; takes their roles in the rooms. With a timeout or without, it
   * replaces what was scheduled before.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`, which also protects staff
   */
  async ban(tx: Transaction, actor: Actor, { sessionId, ...request }: Ban): Promise<void> {
    await this.banAll(tx, actor, { ...request, targets: [sessionId] });
  }

  /**
   * Bans several people, or nobody when one of them can't be, as {@link ban} does.
   * @throws ProtocolError as {@link ban}, whose `target` says because of whom
   */
  async banAll(tx: Transaction, actor: Actor, request: BanOfPeople): Promise<void> {
    const { targets, scope, timeout, readsFor, reason } = request;
    await this.changeEach(tx, { actor, targets, scope }, async (target, room, current) => {
      const ban = { actor: current, target, room };
      refuseProtected(ban);
      await this.schedules.dropBans(tx, target.id, room?.id ?? null);
      const before = await this.put(tx, target, room, readsFor);
      const after: EventChanges['ban']['after'] = { until: null };
      if (readsFor !== undefined) {
        after.readsUntil = await this.schedules.addBan(tx, target.id, room?.id ?? null, readsFor);
      }
      if (timeout !== null) {
        const seconds = (readsFor ?? 0) + timeout;
        after.until = await this.schedules.addUnban(tx, target.id, room?.id ?? null, seconds);
      }
      if (reason !== undefined) after.reason = reason;
      await this.record(tx, ban, { kind: 'ban', before, after });
    });
  }

  /**
   * Lifts a ban and drops what was scheduled about it; does nothing where there is none.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async unban(tx: Transaction, actor: Actor, { sessionId, scope }: Omit<Ban, 'timeout'>): Promise<void> {
    await this.unbanAll(tx, actor, { targets: [sessionId], scope });
  }

  /** As {@link unban}, for several people. */
  async unbanAll(
    tx: Transaction,
    actor: Actor,
    { targets, scope }: Omit<BanOfPeople, 'timeout'>,
  ): Promise<void> {
    await this.changeEach(tx, { actor, targets, scope }, async (target, room, current) => {
      const dropped = await this.schedules.dropBans(tx, target.id, room?.id ?? null);
      const lifted = await this.lift(tx, target, room);
      if (!lifted && dropped.some(({ banned }) => banned)) await this.endSilence(tx, target, room);
      if (!lifted && dropped.length === 0) return;
      await this.record(tx, { actor: current, target, room }, { kind: 'unban' });
    });
  }

  /** Carries out a ban or unban that came due, under locks that the caller of this holds; spares global staff. */
  async applyDue(tx: Transaction, target: User, room: Room | null, banned: boolean): Promise<void> {
    const due = { actor: PLAZA, target, room } as const;
    if (!banned) {
      if (await this.lift(tx, target, room)) await this.record(tx, due, { kind: 'unban' });
    } else if (!target.moderator) {
      const before = await this.put(tx, target, room);
      await this.record(tx, due, { kind: 'ban', before, after: { until: null } });
    }
  }

  private async changeEach(
    tx: Transaction,
    { actor, targets, scope }: { actor: Actor; targets: readonly string[]; scope: Scope },
    change: (target: User, room: Room | null, current: Actor) => Promise<void>,
  ): Promise<void> {
    const opened = await this.gate.open(tx, {
      actor,
      targets,
      scope,
      permission: 'moderator',
    });
    await forEachTarget(opened, async (target) => {
      for (const room of scope.global ? [null] : opened.rooms) {
        await change(target, room, opened.actor);
      }
    });
  }

  /**
   * Bans somebody, or has them write nothing until they are banned.
   * @param readsFor as in `Ban`
   * @returns what the ban takes away
   */
  private async put(
    tx: Transaction,
    target: User,
    room: Room | null,
    readsFor?: number,
  ): Promise<EventChanges['ban']['before']> {
    const earned = await this.trust.earnedBy(tx, target.id, room && [room.token]);
    const before = { ...standingIn(target, room), ...(Object.keys(earned).length > 0 && { earned }) };
    if (room === null) {
      await this.trust.fallEverywhere(tx, [target.id]);
      if (readsFor === undefined) await this.users.setGlobalBan(tx, target.id, true);
      await this.users.setGlobalMarks(tx, target.id, this.marksWith(target, readsFor));
      return before;
    }
    await this.trust.fallToStranger(tx, room.id, [target.id]);
    const override = target.overrides.get(room.id) ?? NO_OVERRIDE;
    const effect = {
      ...this.marksWith(override, readsFor),
      banned: override.banned || readsFor === undefined,
    };
    const banned = { ...override, ...effect, moderator: false, admin: false, visible: true };
    await this.overrides.save(tx, { roomId: room.id, userId: target.id }, banned);
    if (override.moderator) await this.rooms.raiseInfoUpdates(tx, [room.id]);
    return before;
  }

  /** The marks with the silence before a ban; without it when the ban begins now: it must not outlast the ban. */
  private marksWith(marks: Marks, readsFor: number | undefined): Marks {
    return readsFor === undefined ? this.audible(marks) : this.silenced(marks, readsFor);
  }

  private audible(marks: Marks): Marks {
    const isSilence = (marks.mutedUntil ?? 0) <= this.clock.seconds() + READS_FOR + LATENESS;
    return { ...marksOf(marks), ...(isSilence && { mutedUntil: null }) };
  }

  private silenced(marks: Marks, readsFor: number): Marks {
    const until = this.clock.seconds() + readsFor + LATENESS;
    return { ...marksOf(marks), mutedUntil: Math.max(until, marks.mutedUntil ?? 0) };
  }

  /** Lets somebody write again who was about to be banned. */
  private async endSilence(tx: Transaction, target: User, room: Room | null): Promise<void> {
    await this.marks.change(tx, target, room, this.audible(marksIn(target, room)));
  }

  /** @returns false when there was no ban to lift */
  private async lift(tx: Transaction, target: User, room: Room | null): Promise<boolean> {
    if (room === null) {
      if (target.banned) await this.users.setGlobalBan(tx, target.id, false);
      return target.banned;
    }
    const override = target.overrides.get(room.id);
    if (!override?.banned) return false;
    await this.overrides.save(tx, { roomId: room.id, userId: target.id }, { ...override, banned: false });
    return true;
  }

  private record(
    tx: Transaction,
    { actor, target, room }: BanCase,
    what: ({ kind: 'ban' } & EventChanges['ban']) | { kind: 'unban' },
  ): Promise<void> {
    return this.events.record(tx, {
      actor: actorName(actor),
      target: target.sessionId,
      ...(room && { room: room.token }),
      ...what,
    });
  }
}

/** Nobody bans themselves or global staff, and only admins ban staff of a room from it (protocol 7.3). */
function refuseProtected({ actor, target, room }: BanCase): void {
  if (actor !== PLAZA && actor.id === target.id) {
    throw new ProtocolError('permission_denied', 'nobody can ban themselves');
  }
  if (target.moderator) {
    throw new ProtocolError(
      'permission_denied',
      'a global moderator cannot be banned: remove the role first',
    );
  }
  if (!room || !target.overrides.get(room.id)?.moderator) return;
  if (actor !== PLAZA && !permissionsIn(room, actor).admin) {
    throw new ProtocolError('permission_denied', 'only an admin can ban a moderator of the room');
  }
}

function standingIn(target: User, room: Room | null): EventChanges['ban']['before'] {
  const { banned, moderator, admin } = room ? (target.overrides.get(room.id) ?? NO_OVERRIDE) : target;
  return { banned, moderator, admin };
}
