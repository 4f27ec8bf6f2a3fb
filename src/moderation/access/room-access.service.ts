import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Outcome } from '../../foundation/database/group-commit.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../../foundation/eventual.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { ActivityRepository } from '../../records/users/activity.repository.js';
import { type Caller, isUnmarked, type User } from '../../records/users/user.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { type Actor, PLAZA } from './actor.js';
import { type Permissions, permissionsIn } from './permissions.js';

/** The permission that something in a room takes; `visible` is only to know that the room exists. */
export type RoomPermission = 'visible' | 'accessible' | 'read' | 'write' | 'upload' | 'moderator' | 'admin';

/** A room that someone was let into, and what they may do there. */
export interface RoomVisit {
  room: Room;
  may: Permissions;
}

/** A room that a writer was let into, under its lock. */
export interface WriteVisit extends RoomVisit {
  /** As they are now: a stranger may have got their row since their request was authenticated. */
  caller: Caller;
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
    private readonly users: UsersService,
    private readonly standings: UsersRepository,
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
    caller: Caller,
    permission: RoomPermission,
  ): Promise<WriteVisit> {
    const [outcome] = await this.visitTogetherToWrite(tx, token, [caller], permission);
    return admittedOrThrow(outcome);
  }

  /**
   * Lets staff, or the operator, in to look at a room, by what this process has cached.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async look(token: string, actor: Actor, permission: RoomPermission): Promise<Room> {
    if (actor !== PLAZA) return (await this.visit(token, actor, permission)).room;
    return existing(await this.directory.find(token));
  }

  /**
   * As {@link look}, for a transaction: by what the database says.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async lookWithin(tx: Transaction, token: string, actor: Actor, permission: RoomPermission): Promise<Room> {
    const room = await this.rooms.find(token, tx);
    return actor === PLAZA ? existing(room) : this.admit(room, actor, permission).room;
  }

  /**
   * Lets staff, or the operator, in to change a room, under its lock.
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async open(tx: Transaction, token: string, actor: Actor, permission: RoomPermission): Promise<Room> {
    if (actor !== PLAZA) return (await this.visitToWrite(tx, token, actor, permission)).room;
    return existing(await this.directory.lock(tx, token));
  }

  /**
   * Lets global staff, or the operator, in to change something of the whole server, until the transaction ends.
   * @throws ProtocolError `banned` or `permission_denied`
   */
  async openServer(tx: Transaction, actor: Actor, permission: 'moderator' | 'admin'): Promise<void> {
    if (actor === PLAZA) return;
    const asking = actor.id === null ? actor : await this.standings.holdStanding(tx, actor.id);
    if (asking.banned) throw new ProtocolError('banned');
    if (!asking[permission]) throw permissionDenied(permission);
  }

  /**
   * As {@link visitToWrite} for several writers of one room, some of whom may be refused.
   * @param named Session IDs of others whom the writes name
   * @returns in the order of the callers
   */
  async visitTogetherToWrite(
    tx: Transaction,
    token: string,
    callers: readonly Caller[],
    permission: RoomPermission,
    named: readonly string[] = [],
  ): Promise<Outcome<WriteVisit>[]> {
    const sessionIds = new Set(callers.map(({ sessionId }) => sessionId));
    const known = this.directory.peek(token);
    const seesHidden = callers.some((caller) =>
      known ? permissionsIn(known, caller).visible : caller.moderator || caller.overrides.size > 0,
    );
    // Asked for at once, run in this order: the room's lock comes first.
    const strangers = callers.filter(({ id }) => id === null).map(({ sessionId }) => sessionId);
    const [room, , current] = await Promise.all([
      this.rooms.lockVisible(tx, token, seesHidden),
      this.users.lockPeople(tx, [...strangers, ...named]),
      this.standings.holdStandings(tx, [...sessionIds]),
    ]);
    if (room) this.directory.forgetAfter(tx, token);
    return callers.map((asking) => {
      const caller = current.get(asking.sessionId) ?? (asking.id === null ? asking : undefined);
      if (!caller || caller.banned) return { refusal: new ProtocolError('banned') };
      const outcome = this.admitted(room, caller, permission);
      if ('refusal' in outcome) return outcome;
      return { result: { room: outcome.result.room, may: outcome.result.may, caller } };
    });
  }

  /**
   * Gives writers who were let in the rows that they have not got yet: the last thing before something refers to them, so
   * that refused writes leave no rows.
   * @returns all of them, by Session ID
   * @throws PrerequisiteError when staff has decided about one of them since they were let in
   */
  async enterTogether(tx: Transaction, callers: readonly Caller[]): Promise<Map<string, User>> {
    const users = new Map<string, User>();
    const strangers = new Set<string>();
    for (const caller of callers) {
      if (caller.id === null) strangers.add(caller.sessionId);
      else users.set(caller.sessionId, caller);
    }
    for (const [sessionId, user] of await this.users.enterTogether(tx, [...strangers])) {
      if (!isUnmarked(user)) throw this.users.mustBeAdopted(sessionId);
      users.set(sessionId, user);
    }
    return users;
  }

  /** As {@link enterTogether} for one writer. */
  async enter(tx: Transaction, caller: Caller): Promise<User> {
    const user = (await this.enterTogether(tx, [caller])).get(caller.sessionId);
    if (!user) throw new Error('A writer got no row');
    return user;
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

/** The refusal of somebody who lacks a permission in a room. */
export function permissionDenied(permission: RoomPermission): ProtocolError {
  return new ProtocolError('permission_denied', `this takes the room's ${permission} permission`);
}

/** @throws ProtocolError `room_not_found` when there is no such room */
function existing(room: Room | undefined): Room {
  if (!room) throw new ProtocolError('room_not_found');
  return room;
}

function admittedOrThrow<Visit>(outcome: Outcome<Visit> | undefined): Visit {
  if (outcome && 'result' in outcome) return outcome.result;
  throw outcome?.refusal ?? new Error('Nobody was let in or refused');
}
