import { Injectable } from '@nestjs/common';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { roomTokenSchema } from '../protocol/requests/path.schemas.js';
import { type Room } from '../records/rooms/room.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { type Actor, PLAZA } from './access/actor.js';
import { permissionsIn } from './access/permissions.js';
import { RoomAccess } from './access/room-access.service.js';
import { OWN_ROOMS, type PersonInRoom, type Scope } from './scope.js';

/** A request to change people's standing: its actor, its targets, its place, and the permission that it takes. */
export interface StandingRequest {
  actor: Actor;
  /** Session IDs, `05…` or `15…`; seen by this server before or not. */
  targets: readonly string[];
  scope: Scope;
  /** The permission that the actor needs in every room of the scope, or globally. */
  permission: 'moderator' | 'admin';
}

/** A change of standing that was let in: everything here is locked and as it is now. */
export interface StandingChange {
  actor: Actor;
  /** Each person once. */
  targets: readonly User[];
  /** By id; every room there is for a global change. */
  rooms: readonly Room[];
  /** How the request names each person, by id. */
  names: ReadonlyMap<number, string>;
}

/**
 * Changes each person of a change that was let in. A refusal says because of whom, where it is one of several.
 * @throws as `work` does
 */
export async function forEachTarget(
  { targets, names }: StandingChange,
  work: (target: User) => Promise<void>,
): Promise<void> {
  for (const target of targets) {
    try {
      await work(target);
    } catch (error) {
      const isOneOfSeveral = targets.length > 1 && error instanceof ProtocolError;
      throw isOneOfSeveral ? error.about(names.get(target.id)) : error;
    }
  }
}

/**
 * The gate before every change of someone's role, bans or permissions. It locks in the order of everyone, rooms by
 * id and then users by id: two changes of one person happen one after the other, and so do a change and a write that
 * the person was let in for.
 */
@Injectable()
export class StandingGate {
  constructor(
    private readonly access: RoomAccess,
    private readonly directory: RoomDirectory,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersService,
    private readonly usersRepository: UsersRepository,
  ) {}

  /**
   * Lets an actor in to change people's standing, until the transaction ends.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async open(
    tx: Transaction,
    { actor, targets, scope, permission }: StandingRequest,
  ): Promise<StandingChange> {
    // Refused before anything is locked or created: asking must not be enough to hold up every room.
    const asking = isRecorded(actor) ? await this.usersRepository.get(actor.id, tx) : actor;
    const wanted = this.admit(asking, await this.find(tx, scope), { scope, permission });
    const rooms = scope.global
      ? await this.rooms.lockAll(tx)
      : await this.rooms.lockMany(
          tx,
          wanted.map((room) => room.id),
        );
    const people = await this.lockPeople(tx, actor, targets);
    const change = { ...people, rooms: this.admit(people.actor, rooms, { scope, permission }) };
    if (!scope.global && scope.rooms !== OWN_ROOMS && rooms.length < wanted.length) {
      throw new ProtocolError('room_not_found');
    }
    for (const room of change.rooms) this.directory.forgetAfter(tx, room.token);
    for (const target of change.targets) this.users.forgetAfter(tx, target.sessionId);
    return change;
  }

  /**
   * Lets a moderator of a room in to change what one user may do there.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async openForMember(
    tx: Transaction,
    actor: Actor,
    { token, sessionId }: PersonInRoom,
  ): Promise<{ room: Room; target: User }> {
    const scope = { global: false, rooms: [token] } as const;
    const opened = await this.open(tx, { actor, targets: [sessionId], scope, permission: 'moderator' });
    const [room] = opened.rooms;
    const [target] = opened.targets;
    if (!room || !target) throw new Error('The gate opened for nobody or nowhere');
    return { room, target };
  }

  /** The rooms that the scope speaks of, before anyone's permissions. */
  private async find(tx: Transaction, scope: Scope): Promise<Room[]> {
    if (scope.global || scope.rooms === OWN_ROOMS) return this.rooms.all(tx);
    const tokens = scope.rooms.map((token) => token.toLowerCase());
    if (!tokens.every((token) => roomTokenSchema.safeParse(token).success)) {
      throw new ProtocolError('room_not_found');
    }
    if (new Set(tokens).size < tokens.length) {
      throw new ProtocolError('permission_denied', 'a room is named twice');
    }
    const found = new Map(
      (await this.rooms.findMany(tx, tokens)).map((room) => [room.token.toLowerCase(), room]),
    );
    return tokens.map((token) => {
      const room = found.get(token);
      if (!room) throw new ProtocolError('room_not_found');
      return room;
    });
  }

  private admit(
    actor: Actor,
    rooms: readonly Room[],
    { scope, permission }: Pick<StandingRequest, 'scope' | 'permission'>,
  ): readonly Room[] {
    if (actor === PLAZA) return rooms;
    if (actor.banned) throw new ProtocolError('banned');
    if (scope.global) {
      if (!actor[permission])
        throw new ProtocolError('permission_denied', `this takes a global ${permission}`);
      return rooms;
    }
    if (scope.rooms !== OWN_ROOMS) {
      for (const room of rooms) this.access.admit(room, actor, permission);
      return rooms;
    }
    const own = rooms.filter((room) => permissionsIn(room, actor)[permission]);
    if (own.length === 0) throw new ProtocolError('permission_denied', `you are ${permission} of no room`);
    return own;
  }

  private async lockPeople(
    tx: Transaction,
    actor: Actor,
    sessionIds: readonly string[],
  ): Promise<Pick<StandingChange, 'actor' | 'targets' | 'names'>> {
    const names = new Map<number, string>();
    await this.users.lockPeople(tx, sessionIds);
    for (const sessionId of sessionIds) {
      names.set((await this.users.resolveOrCreate(tx, sessionId)).id, sessionId);
    }
    const actorId = isRecorded(actor) ? [actor.id] : [];
    const locked = await this.usersRepository.lockStandings(tx, [...new Set([...names.keys(), ...actorId])]);
    return {
      actor: locked.find(({ id }) => actorId.includes(id)) ?? actor,
      targets: locked.filter(({ id }) => names.has(id)),
      names,
    };
  }
}

/** Whether an actor has a row. Strangers have none, nor any permission that opens the gate. */
function isRecorded(actor: Actor): actor is User {
  return actor !== PLAZA && actor.id !== null;
}
