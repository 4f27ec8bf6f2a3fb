import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { ALERT_FOR } from '../../messages/raids/room-watch.service.js';
import { IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { RaidsRepository } from '../../records/defence/raids.repository.js';
import { type RoomDefence, type RoomDefenceNow } from '../../records/defence/room-defence.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type RoomState } from '../../records/defence/room-state.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';

/** How the defence of a room stands. */
export interface RaidView {
  state: RoomState;
  /** When the state began, in unix seconds; null in a room where it was never another. */
  since: number | null;
  /** Messages that are held in the room. */
  held: number;
  /** Messages of the incident that are published, and those that were taken back. */
  published: number;
  withdrawn: number;
  /** The incident that goes on, or has just ended; null without one. */
  incident: number | null;
}

/** The state of a room's defence, as staff sees and changes it. */
@Injectable()
export class RaidStates {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly defences: RoomDefenceRepository,
    private readonly incidents: IncidentsRepository,
    private readonly raids: RaidsRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * How the defence of a room stands.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async show(actor: Actor, token: string): Promise<RaidView> {
    const room = await this.access.look(token, actor, 'moderator');
    const found = await this.defences.find(this.database, room.token);
    if (!found) throw new ProtocolError('room_not_found');
    const { state, since, incidentId } = found.defence;
    const held = await this.raids.countHeld(room.id);
    const numbers = incidentId === null ? undefined : await this.incidents.numbers(incidentId);
    return {
      state,
      since: since === 0 ? null : since,
      held,
      published: numbers?.published ?? 0,
      withdrawn: numbers?.withdrawn ?? 0,
      incident: incidentId,
    };
  }

  /**
   * Guards a room until staff says otherwise. An incident goes on; without one, one begins.
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async guard(tx: Transaction, actor: Actor, token: string): Promise<void> {
    const { room, defence, now } = await this.open(tx, actor, token);
    if (defence.state === 'guarded' && defence.isForced) return;
    const goesOn = defence.state === 'guarded' && defence.incidentId !== null;
    const incidentId = goesOn
      ? defence.incidentId
      : await this.incidents.open(tx, room.id, { beganAt: now, cause: 'staff' });
    const since = defence.state === 'guarded' ? defence.since : now;
    const next = { ...defence, state: 'guarded' as const, since, until: null, isForced: true, incidentId };
    await this.change(tx, actor, room, { defence, next, cause: 'staff' });
  }

  /**
   * Makes a room calm, whatever it was, and ends its incident. Strangers who came before that do not count any more, so
   * that the next one does not make it guarded again.
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async calm(tx: Transaction, actor: Actor, token: string): Promise<void> {
    const { room, defence, now } = await this.open(tx, actor, token);
    if (defence.state === 'calm') return;
    await this.endIncident(tx, defence);
    const calm = { state: 'calm' as const, until: null, isForced: false, incidentId: null, attempts: [] };
    await this.change(tx, actor, room, { defence, next: { ...defence, ...calm, since: now } });
  }

  /**
   * Closes a room to strangers and newcomers; an incident ends.
   * @param seconds after which it is calm by itself; null for a room that staff opens
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async close(tx: Transaction, actor: Actor, token: string, seconds: number | null): Promise<void> {
    const { room, defence, now } = await this.open(tx, actor, token);
    await this.endIncident(tx, defence);
    const until = seconds === null ? null : now + seconds;
    const closed = { state: 'closed' as const, since: now, until, isForced: false, incidentId: null };
    await this.change(tx, actor, room, { defence, next: { ...defence, ...closed }, cause: 'staff' });
  }

  /**
   * Ends the incident of a guarded room, which goes to the alert: strangers solve a challenge for some hours more.
   * @returns false when the room was not guarded
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async end(tx: Transaction, actor: Actor, token: string): Promise<boolean> {
    const { room, defence, now } = await this.open(tx, actor, token);
    if (defence.state !== 'guarded') return false;
    await this.endIncident(tx, defence);
    const alert = {
      state: 'alert' as const,
      since: now,
      until: now + ALERT_FOR,
      isForced: false,
      attempts: [],
    };
    await this.change(tx, actor, room, { defence, next: { ...defence, ...alert } });
    return true;
  }

  /** Locks a room for staff, and reads its defence. */
  private async open(tx: Transaction, actor: Actor, token: string): Promise<RoomDefenceNow & { room: Room }> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const found = await this.defences.find(tx, room.token);
    if (!found) throw new ProtocolError('room_not_found');
    return { ...found, room };
  }

  private async endIncident(tx: Transaction, { incidentId }: RoomDefence): Promise<void> {
    if (incidentId !== null) await this.incidents.change(tx, incidentId, { ends: true });
  }

  private async change(
    tx: Transaction,
    actor: Actor,
    room: Room,
    { defence, next, cause }: { defence: RoomDefence; next: RoomDefence; cause?: string },
  ): Promise<void> {
    await this.defences.save(tx, room.id, next);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'raid.state',
      room: room.token,
      before: { state: defence.state, incident: defence.incidentId },
      after: {
        state: next.state,
        ...(next.incidentId !== null && { incident: next.incidentId }),
        ...(cause !== undefined && { cause }),
      },
    });
  }
}
