import { Injectable } from '@nestjs/common';
import { type Transaction } from '../foundation/database/database.js';
import { UsersService } from '../users/users.service.js';
import { type Actor, actorName } from './access/actor.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { grantsOf, NO_OVERRIDE, OverridesRepository } from '../records/moderation/overrides.repository.js';
import { PERMISSIONS, type PermissionsBody, type ScheduleBody } from './permissions.dto.js';
import {
  type FutureView,
  futureViews,
  futureViewsByUser,
  permissionsView,
  type PermissionsView,
} from './permissions.views.js';
import { RoomAccess } from './access/room-access.service.js';
import { SchedulesRepository } from '../records/moderation/schedules.repository.js';
import { type PersonInRoom } from './scope.js';
import { StandingGate } from './standing-gate.service.js';

/** The permissions of users in a room beyond its defaults, now and on schedule (protocol 7.4). */
@Injectable()
export class PermissionsService {
  constructor(
    private readonly access: RoomAccess,
    private readonly gate: StandingGate,
    private readonly users: UsersService,
    private readonly overrides: OverridesRepository,
    private readonly schedules: SchedulesRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Everyone's overrides in a room, by Session ID.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async ofRoom(token: string, actor: Actor): Promise<Record<string, PermissionsView>> {
    const room = await this.access.look(token, actor, 'moderator');
    const all = await this.overrides.ofRoom(room.id);
    const views = all.map(({ sessionId, ...override }) => [sessionId, permissionsView(override)] as const);
    // The row of somebody who is muted or trusted need not say anything about permissions.
    return Object.fromEntries(views.filter(([, view]) => Object.keys(view).length > 0));
  }

  /**
   * A user's overrides in a room; nothing for someone without any or unknown.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async ofMember(actor: Actor, { token, sessionId }: PersonInRoom): Promise<PermissionsView> {
    const room = await this.access.look(token, actor, 'moderator');
    const user = await this.users.resolve(sessionId);
    return permissionsView(user?.overrides.get(room.id));
  }

  /**
   * Sets and clears overrides, and drops scheduled changes of them when `unschedule` is true.
   * @returns all the user's overrides in the room
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async change(
    tx: Transaction,
    actor: Actor,
    { token, sessionId }: PersonInRoom,
    { change, unschedule }: PermissionsBody,
  ): Promise<PermissionsView & { session_id: string }> {
    const { room, target } = await this.gate.openForMember(tx, actor, { token, sessionId });
    const member = { roomId: room.id, userId: target.id };
    const before = target.overrides.get(room.id) ?? NO_OVERRIDE;
    const after = { ...before, ...change };
    const named = { read: 'read' in change, write: 'write' in change, upload: 'upload' in change };
    const unscheduled = unschedule ? await this.schedules.dropPermissions(tx, member, named) : 0;
    if (unscheduled > 0 || PERMISSIONS.some((name) => after[name] !== before[name])) {
      await this.overrides.save(tx, member, after);
      await this.events.record(tx, {
        actor: actorName(actor),
        kind: 'permissions.change',
        target: target.sessionId,
        room: room.token,
        before: grantsOf(before),
        after: { ...grantsOf(after), unscheduled },
      });
    }
    return { ...permissionsView(after), session_id: target.sessionId };
  }

  /**
   * Everything that is scheduled in a room, bans included, soonest first.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async futureOfRoom(token: string, actor: Actor): Promise<FutureView[]> {
    const room = await this.access.look(token, actor, 'moderator');
    return futureViewsByUser(await this.schedules.ofRoom(room.id));
  }

  /**
   * The changes that are scheduled for a user in a room, bans included, soonest first.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async futureOfMember(actor: Actor, { token, sessionId }: PersonInRoom): Promise<FutureView[]> {
    const room = await this.access.look(token, actor, 'moderator');
    const user = await this.users.resolve(sessionId);
    return user ? futureViews(await this.schedules.ofMember({ roomId: room.id, userId: user.id })) : [];
  }

  /**
   * Schedules a change of permissions beside those that are scheduled already.
   * @returns everything that is scheduled for the user in the room
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async schedule(
    tx: Transaction,
    actor: Actor,
    { token, sessionId }: PersonInRoom,
    { values, after }: ScheduleBody,
  ): Promise<FutureView[]> {
    const { room, target } = await this.gate.openForMember(tx, actor, { token, sessionId });
    const member = { roomId: room.id, userId: target.id };
    const dueAt = await this.schedules.addPermissions(tx, member, values, after);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'permissions.schedule',
      target: target.sessionId,
      room: room.token,
      after: { ...values, at: dueAt },
    });
    return futureViews(await this.schedules.ofMember(member, tx));
  }
}
