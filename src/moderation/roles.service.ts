import { Injectable } from '@nestjs/common';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type Room } from '../records/rooms/room.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { type Actor, actorName } from './access/actor.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { NO_OVERRIDE, OverridesRepository } from '../records/moderation/overrides.repository.js';
import { isAppointment, type Role, roleAfter, type RoleChange, sameRole } from './roles.js';
import { type Scope } from './scope.js';
import { forEachTarget, StandingGate } from './standing-gate.service.js';

/** A change of somebody's role, and its place. */
export interface RoleRequest {
  /** Session IDs. */
  targets: readonly string[];
  scope: Scope;
  change: RoleChange;
}

/** Moderators and admins, of rooms and global (protocol 7.3). */
@Injectable()
export class RolesService {
  constructor(
    private readonly gate: StandingGate,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly overrides: OverridesRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Gives or takes roles: all of them or, when one can't be changed, none. Takes an admin of every room named, or a
   * global admin. Nothing is raised where nothing changes.
   * @returns `info_updates` of every room of the scope, by token
   * @throws ProtocolError `banned`, `permission_denied`, `room_not_found` or `banned_cannot_be_appointed`
   */
  async change(
    tx: Transaction,
    actor: Actor,
    { targets, scope, change }: RoleRequest,
  ): Promise<Record<string, number>> {
    const opened = await this.gate.open(tx, { actor, targets, scope, permission: 'admin' });
    await forEachTarget(opened, async (target) => {
      if (scope.global) await this.changeGlobally(tx, actor, target, change);
      else for (const room of opened.rooms) await this.changeInRoom(tx, actor, { room, target }, change);
    });
    return this.rooms.infoUpdatesOf(
      tx,
      opened.rooms.map((room) => room.id),
    );
  }

  private async changeGlobally(
    tx: Transaction,
    actor: Actor,
    target: User,
    change: RoleChange,
  ): Promise<void> {
    if (isAppointment(change) && target.banned) throw new ProtocolError('banned_cannot_be_appointed');
    const before = roleOf(target);
    const after = roleAfter(before, change, false);
    if (sameRole(before, after)) return;
    await this.users.setGlobalRole(tx, target.id, after);
    await this.rooms.raiseAllInfoUpdates(tx);
    await this.record(tx, { actor, target }, { before, after });
  }

  private async changeInRoom(
    tx: Transaction,
    actor: Actor,
    { room, target }: { room: Room; target: User },
    change: RoleChange,
  ): Promise<void> {
    const override = target.overrides.get(room.id) ?? NO_OVERRIDE;
    if (isAppointment(change) && (target.banned || override.banned)) {
      throw new ProtocolError('banned_cannot_be_appointed');
    }
    const before = roleOf(override);
    const after = roleAfter(before, change, true);
    if (sameRole(before, after)) return;
    await this.overrides.save(tx, { roomId: room.id, userId: target.id }, { ...override, ...after });
    await this.rooms.raiseInfoUpdates(tx, [room.id]);
    await this.record(tx, { actor, target, room }, { before, after });
  }

  private record(
    tx: Transaction,
    { actor, target, room }: { actor: Actor; target: User; room?: Room },
    roles: { before: Role; after: Role },
  ): Promise<void> {
    return this.events.record(tx, {
      actor: actorName(actor),
      kind: 'role.change',
      target: target.sessionId,
      ...(room && { room: room.token }),
      ...roles,
    });
  }
}

function roleOf({ moderator, admin, visible }: Role): Role {
  return { moderator, admin, visible };
}
