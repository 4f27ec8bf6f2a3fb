import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { InboxService } from '../inbox/inbox.service.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { type Room } from '../records/rooms/room.js';
import { TrustRepository } from '../records/defence/trust.repository.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { UsersService } from '../users/users.service.js';
import { CleanUpRepository } from '../records/messages/clean-up.repository.js';
import { Eraser } from './publication/eraser.service.js';

/** People whom one transaction bans: it holds the room for some tens of milliseconds. */
const PEOPLE_AT_ONCE = 250;

/** Where people are banned, and whether what they left goes. */
export interface CleanUp {
  /** A room's token, or null for the whole server. */
  room: string | null;
  /** Deletes their messages, reactions and files there; of a ban from the server their direct messages, too. */
  erase: boolean;
  /** The name that the audit log shows. */
  actor: string;
}

/** Counts of what a clean-up did, or would do. */
export interface CleanUpReport {
  people: number;
  messages: number;
  reactions: number;
  files: number;
  directMessages: number;
}

const NOTHING: CleanUpReport = { people: 0, messages: 0, reactions: 0, files: 0, directMessages: 0 };

/**
 * Bans hundreds of people at once and deletes what they left: the way to be rid of a raid. Each transaction takes some
 * of them, so a room is held only briefly and whoever polls goes on. A clean-up that is killed has dealt with some people
 * wholly and with the others not at all; done again, it goes on with those.
 */
@Injectable()
export class CleanUpService {
  constructor(
    private readonly database: Database,
    private readonly repository: CleanUpRepository,
    private readonly rooms: RoomsRepository,
    private readonly directory: RoomDirectory,
    private readonly users: UsersService,
    private readonly eraser: Eraser,
    private readonly inbox: InboxService,
    private readonly trust: TrustRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * People who were first seen at or after a moment, in a room or on the server (null); staff are never among them.
   * @param since unix seconds
   * @returns ids of users
   * @throws ProtocolError `room_not_found`
   */
  async newcomers(since: number, room: string | null): Promise<number[]> {
    return this.repository.newcomers({
      since,
      roomId: room === null ? null : (await this.mustFind(room)).id,
    });
  }

  /**
   * Tells what a clean-up would do.
   * @throws ProtocolError `room_not_found`
   */
  async preview(userIds: readonly number[], { room, erase }: CleanUp): Promise<CleanUpReport> {
    const people = { ...NOTHING, people: userIds.length };
    if (!erase) return people;
    const roomId = room === null ? null : (await this.mustFind(room)).id;
    const leavings = await this.repository.leavingsOf(this.database, userIds, roomId);
    const directMessages = room === null ? await this.inbox.countSent(userIds) : 0;
    return { ...people, ...leavings, directMessages };
  }

  /**
   * Bans people without an end, whoever of them has not become staff meanwhile, and deletes what they left.
   * @throws ProtocolError `room_not_found`
   */
  async banAll(userIds: readonly number[], cleanUp: CleanUp): Promise<CleanUpReport> {
    const total = { ...NOTHING };
    for (let start = 0; start < userIds.length; start += PEOPLE_AT_ONCE) {
      const some = userIds.slice(start, start + PEOPLE_AT_ONCE);
      add(
        total,
        await (cleanUp.room === null
          ? this.banGlobally(some, cleanUp)
          : this.banIn(cleanUp.room, some, cleanUp)),
      );
    }
    return total;
  }

  /**
   * Lifts bans of people from a room that the transaction has locked, or from the whole server (null).
   * @returns how many were banned
   */
  async unban(tx: Transaction, sessionIds: readonly string[], room: Room | null): Promise<number> {
    const people = await this.repository.lock(tx, await this.repository.idsOf(tx, sessionIds));
    for (const { sessionId } of people) this.users.forgetAfter(tx, sessionId);
    const ids = people.map(({ id }) => id);
    return (await this.repository.unban(tx, ids, room?.id ?? null)).length;
  }

  /** In one transaction, under the locks of the room and then of the people: no post of theirs can come between. */
  private banIn(token: string, userIds: readonly number[], cleanUp: CleanUp): Promise<CleanUpReport> {
    return this.database.transact(async (tx) =>
      this.banHere(tx, await this.lockRoom(tx, token), userIds, cleanUp),
    );
  }

  /** As {@link banAll} for some people in a room that the transaction has locked; it locks them, too. */
  async banHere(
    tx: Transaction,
    room: Room,
    userIds: readonly number[],
    { erase, actor }: Omit<CleanUp, 'room'>,
  ): Promise<CleanUpReport> {
    const people = await this.ban(tx, userIds, room);
    const erased = erase
      ? await this.eraser.allOf(
          tx,
          room,
          people.map(({ id }) => id),
        )
      : {};
    const report = { ...NOTHING, people: people.length, ...erased };
    await this.record(tx, { actor, people, room, report });
    return report;
  }

  /**
   * Bans first, so that nothing is written any more, then deletes room by room. A clean-up that was killed between finds
   * the banned again by what they left.
   */
  private async banGlobally(userIds: readonly number[], { erase, actor }: CleanUp): Promise<CleanUpReport> {
    const { report: total, ids } = await this.database.transact(async (tx) => {
      const people = await this.ban(tx, userIds, null);
      const ids = people.map(({ id }) => id);
      const directMessages = erase ? await this.inbox.deleteSent(tx, ids) : 0;
      const report = { ...NOTHING, people: people.length, directMessages };
      await this.record(tx, { actor, people, room: null, report });
      return { report, ids };
    });
    if (!erase) return total;
    for (const token of await this.repository.roomsOf(ids)) {
      const erased = await this.database.transact(async (tx) => {
        const room = await this.lockRoom(tx, token);
        const people = await this.repository.lock(tx, ids);
        const report = { ...NOTHING, ...(await this.eraser.allOf(tx, room, ids)) };
        await this.record(tx, { actor, people, room, report });
        return report;
      });
      add(total, erased);
    }
    return total;
  }

  /**
   * Bans people without an end from a room that the transaction has locked, or from the whole server (null), but no staff.
   * @returns those who are banned now, whose standing is locked
   */
  async ban(
    tx: Transaction,
    userIds: readonly number[],
    room: Room | null,
  ): Promise<{ id: number; sessionId: string }[]> {
    const people = await this.repository.lock(tx, userIds);
    await this.repository.ban(
      tx,
      people.map(({ id }) => id),
      room?.id ?? null,
    );
    const ids = people.map(({ id }) => id);
    if (room) await this.trust.fallToStranger(tx, room.id, ids);
    else await this.trust.fallEverywhere(tx, ids);
    for (const { sessionId } of people) this.users.forgetAfter(tx, sessionId);
    return people;
  }

  private async lockRoom(tx: Transaction, token: string): Promise<Room> {
    const room = await this.directory.lock(tx, token);
    if (!room) throw new ProtocolError('room_not_found');
    return room;
  }

  private async mustFind(token: string): Promise<Room> {
    const room = await this.rooms.find(token);
    if (!room) throw new ProtocolError('room_not_found');
    return room;
  }

  private record(
    tx: Transaction,
    {
      actor,
      people,
      room,
      report,
    }: {
      actor: string;
      people: readonly { sessionId: string }[];
      room: Room | null;
      report: CleanUpReport & { recent?: readonly number[] };
    },
  ): Promise<void> {
    const { recent = [], ...counts } = report;
    return this.events.record(tx, {
      actor,
      kind: 'people.clean_up',
      ...(room && { room: room.token }),
      after: { ...counts, session_ids: people.map(({ sessionId }) => sessionId), ids: recent },
    });
  }
}

function add(total: CleanUpReport, more: CleanUpReport): void {
  for (const name of Object.keys(NOTHING) as (keyof CleanUpReport)[]) total[name] += more[name];
}
