import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Outcome } from '../../foundation/database/group-commit.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../../foundation/eventual.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { ActivityRepository } from '../../records/users/activity.repository.js';
import { type Caller, type User } from '../../records/users/user.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { type Permissions, permissionsIn } from './permissions.js';

/** The permission that something in a room takes; `visible` is only to know that the room exists. */
export type RoomPermission = 'visible' | 'accessible' | 'read' | 'write' | 'upload' | 'moderator' | 'admin';

/** The token of no room. */
const NO_TOKEN = '';

/** A room that someone was let into, and what they may do there. */
export interface RoomVisit {
  room: Room;
  may: Permissions;
}

/**
 * The gate that every service passes first. A room that is hidden from the caller is answered like one that does
 * not exist (protocol 10), whatever the caller wanted to do there.
 */
@Injectable()
export class RoomAccess {
  constructor(
    private readonly directory: RoomDirectory,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly activity: ActivityRepository,
  ) {}

  /**
   * Lets a reader in, by what this process has cached.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  visit(token: string, caller: Caller | null, permission: RoomPermission): Eventual<RoomVisit> {
    const found = this.directory.find(token);
    return andThen(found, (room) => {
      const outcome = this.admitted(room, caller, permission);
      if ('result' in outcome) return outcome.result;
      return this.refuse(token, room, outcome.refusal, found instanceof Promise);
    });
  }

  /**
   * As {@link visit} for somebody who polls a room to read it. A former member who was banned from a room that is
   * hidden from them now is told 403 and not 404: iOS closes a room's input field on that answer alone. They know the
   * room anyway; strangers, banned ones too, go on to see nothing.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  visitToPoll(token: string, caller: Caller | null): Eventual<RoomVisit> {
    const found = this.directory.find(token);
    return andThen(found, (room) => {
      const outcome = this.admitted(room, caller, 'read');
      if ('result' in outcome) return outcome.result;
      const isBanned = room !== undefined && caller?.overrides.get(room.id)?.banned === true;
      if (isBanned && !permissionsIn(room, caller).visible) return this.refuseBanned(room, caller);
      return this.refuse(token, room, outcome.refusal, found instanceof Promise);
    });
  }

  /** Refuses, and takes as long for a room that is hidden as for one that there is not. */
  private refuse(
    token: string,
    room: Room | undefined,
    refusal: Error,
    wasLookedUp: boolean,
  ): Eventual<never> {
    const isHidden = room && refusal instanceof ProtocolError && refusal.code === 'room_not_found';
    return andThen(isHidden ? this.directory.hide(token, wasLookedUp) : undefined, () => {
      throw refusal;
    });
  }

  private async refuseBanned(room: Room, caller: Caller): Promise<never> {
    const hasUsed = caller.id !== null && (await this.activity.hasUsed(room.id, caller.id));
    if (hasUsed) throw permissionDenied('read');
    throw new ProtocolError('room_not_found');
  }

  /**
   * Lets a writer in, by what the database says under the locks of the room and, weaker, of the caller: until the
   * transaction ends no ban or change of role can come between the check and the write.
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async visitToWrite(
    tx: Transaction,
    token: string,
    caller: User,
    permission: RoomPermission,
  ): Promise<RoomVisit> {
    const [outcome] = await this.visitTogetherToWrite(tx, token, [caller], permission);
    return admittedOrThrow(outcome);
  }

  /**
   * As {@link visitToWrite} for several writers of one room, some of whom may be refused.
   * @returns in the order of the callers
   */
  async visitTogetherToWrite(
    tx: Transaction,
    token: string,
    callers: readonly User[],
    permission: RoomPermission,
  ): Promise<Outcome<RoomVisit>[]> {
    const ids = new Set(callers.map((caller) => caller.id));
    const known = this.directory.peek(token);
    const isHidden = known !== undefined && callers.every((caller) => !permissionsIn(known, caller).visible);
    // Asked for at once, run in this order: the room's lock comes first. A room that is hidden from all of them is asked
    // for like one that there is not: to wait for its lock would tell them that others write there.
    const [room, current] = await Promise.all([
      this.rooms.lock(tx, isHidden ? NO_TOKEN : token),
      this.users.holdStandings(tx, [...ids]),
    ]);
    if (room) this.directory.forgetAfter(tx, token);
    return callers.map(({ id }) => {
      const caller = current.get(id);
      if (!caller || caller.banned) return { refusal: new ProtocolError('banned') };
      return this.admitted(room, caller, permission);
    });
  }

  /**
   * Lets someone in by rows that the caller of this has read, under whatever locks it holds.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  admit(room: Room | undefined, caller: Caller | null, permission: RoomPermission): RoomVisit {
    return admittedOrThrow(this.admitted(room, caller, permission));
  }

  private admitted(
    room: Room | undefined,
    caller: Caller | null,
    permission: RoomPermission,
  ): Outcome<RoomVisit> {
    const may = room && permissionsIn(room, caller);
    if (!room || !may?.visible) return { refusal: new ProtocolError('room_not_found') };
    if (may[permission]) return { result: { room, may } };
    return {
      refusal:
        permission === 'accessible' ? new ProtocolError('room_not_found') : permissionDenied(permission),
    };
  }
}

function permissionDenied(permission: RoomPermission): ProtocolError {
  return new ProtocolError('permission_denied', `this takes the room's ${permission} permission`);
}

function admittedOrThrow(outcome: Outcome<RoomVisit> | undefined): RoomVisit {
  if (outcome && 'result' in outcome) return outcome.result;
  throw outcome?.refusal ?? new Error('Nobody was let in or refused');
}
