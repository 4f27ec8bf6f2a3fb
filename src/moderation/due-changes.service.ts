import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../foundation/database/database.js';
import { type Room } from '../records/rooms/room.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type PermissionOverride, type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { PLAZA } from './access/actor.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { BansService } from './bans.service.js';
import { grantsOf, NO_OVERRIDE, OverridesRepository } from '../records/moderation/overrides.repository.js';
import {
  type DueChange,
  SchedulesRepository,
  type ScheduledValues,
} from '../records/moderation/schedules.repository.js';

/** Changes looked up at once. */
const PAGE = 500;

/** Carries out scheduled changes of permissions and bans when they are due (protocol 7.4). */
@Injectable()
export class DueChangesService {
  constructor(
    private readonly database: Database,
    private readonly directory: RoomDirectory,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersService,
    private readonly usersRepository: UsersRepository,
    private readonly schedules: SchedulesRepository,
    private readonly overrides: OverridesRepository,
    private readonly bans: BansService,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Applies everything that is due, in the order in which it came due. Any number of processes may do this at once:
   * each change is taken from the schedule under its room's and user's locks, by one of them.
   * @returns how many changes this call applied
   */
  async apply(): Promise<number> {
    let applied = 0;
    for (;;) {
      const due = await this.schedules.due(PAGE);
      for (const change of due) {
        if (await this.database.transact((tx) => this.applyOne(tx, change))) applied++;
      }
      if (due.length < PAGE) return applied;
    }
  }

  private async applyOne(tx: Transaction, change: DueChange): Promise<boolean> {
    const [room] = change.roomId === null ? [] : await this.rooms.lockMany(tx, [change.roomId]);
    if (change.roomId !== null && !room) return false;
    const target = await this.usersRepository.lockStanding(tx, change.userId);
    // Gone when another process applied it, a moderator dropped it, or its user got their blinded ID meanwhile.
    if (!(await this.schedules.take(tx, change))) return false;
    this.users.forgetAfter(tx, target.sessionId);
    if (room) this.directory.forgetAfter(tx, room.token);
    if (change.banned !== null) {
      await this.bans.applyDue(tx, target, room ?? null, change.banned);
    } else if (room) {
      await this.applyPermissions(tx, { room, target }, change);
    }
    return true;
  }

  private async applyPermissions(
    tx: Transaction,
    { room, target }: { room: Room; target: User },
    values: ScheduledValues,
  ): Promise<void> {
    const before = target.overrides.get(room.id) ?? NO_OVERRIDE;
    const after: PermissionOverride = {
      ...before,
      read: valueAfter(before.read, values.read, room.defaultRead),
      write: valueAfter(before.write, values.write, room.defaultWrite),
      upload: valueAfter(before.upload, values.upload, room.defaultUpload),
    };
    await this.overrides.save(tx, { roomId: room.id, userId: target.id }, after);
    await this.events.record(tx, {
      actor: PLAZA,
      kind: 'permissions.change',
      target: target.sessionId,
      room: room.token,
      before: grantsOf(before),
      after: grantsOf(after),
    });
  }
}

/** A value equal to the room's default clears the override: such a change is the end of a temporary one. */
function valueAfter(current: boolean | null, due: boolean | null, roomDefault: boolean): boolean | null {
  if (due === null) return current;
  return due === roomDefault ? null : due;
}
