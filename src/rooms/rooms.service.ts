import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { Database, type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { PLAZA } from '../moderation/access/actor.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { type Permissions, permissionsIn } from '../moderation/access/permissions.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { ActivityService } from '../users/activity.service.js';
import { type Caller } from '../records/users/user.js';
import { PollTexts } from './poll-texts.js';
import { StorageSumsRepository } from '../records/files/storage-sums.repository.js';
import { RoomCountsRepository } from '../records/rooms/room-counts.repository.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { type Room } from '../records/rooms/room.js';
import { settingsOf } from '../records/rooms/room-settings.js';
import { pollInfoView, roomSummary, type RoomView, roomView } from './room.views.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';

/** A room to be created. */
export interface NewRoom {
  /** `[A-Za-z0-9_-]{1,64}`. */
  token: string;
  /** As `roomNameSchema` gives it; the token when left out. */
  name?: string | undefined;
  /** Null, as when left out, for none. */
  description?: string | null | undefined;
}

/** Rooms and what of them a caller sees (protocol 7.1, 7.2). */
@Injectable()
export class RoomsService {
  private readonly activeUsersCutoff: number;
  private readonly pollTexts = new PollTexts();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly directory: RoomDirectory,
    private readonly rooms: RoomsRepository,
    private readonly counts: RoomCountsRepository,
    private readonly sums: StorageSumsRepository,
    private readonly activity: ActivityService,
    private readonly events: EventsRepository,
  ) {
    this.activeUsersCutoff = settings.activeUsersDays * 24 * 60 * 60;
  }

  /** Every room that the caller may know of, by token. */
  async list(caller: Caller | null): Promise<RoomView[]> {
    const views: RoomView[] = [];
    for (const room of await this.rooms.all()) {
      const may = permissionsIn(room, caller);
      if (may.accessible) views.push(await this.view(room, may));
    }
    return views;
  }

  /**
   * A room's details.
   * @throws ProtocolError `room_not_found`
   */
  async details(token: string, caller: Caller | null): Promise<RoomView> {
    const { room, may } = await this.access.visit(token, caller, 'accessible');
    return this.view(room, may);
  }

  /**
   * Whether a room is over: it is read, and nobody writes there. Clients are told by permissions alone.
   * @throws ProtocolError `room_not_found`
   */
  async isArchived(token: string, caller: Caller | null): Promise<boolean> {
    const { room } = await this.access.visit(token, caller, 'accessible');
    return room.isArchived;
  }

  /**
   * The answer to a poll, as JSON text. It has the details only when `knownInfoUpdates` is not the current count. Marks
   * the caller active in the room.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  pollInfo(token: string, caller: Caller | null, knownInfoUpdates: number): Eventual<string> {
    return andThen(this.access.visitToPoll(token, caller), ({ room, may }) => {
      const seen = caller && this.activity.seenIn(room.id, caller);
      return andThen(seen, () => this.pollText(room, may, room.infoUpdates !== knownInfoUpdates));
    });
  }

  /**
   * Creates a room; for the command line, which nobody needs to ask.
   * @throws ProtocolError `room_exists`
   */
  async create(tx: Transaction, { token, name = token, description }: NewRoom): Promise<void> {
    const room = { token, name, description: description ?? null };
    const created = await this.rooms.create(tx, room);
    if (!created) throw new ProtocolError('room_exists');
    await this.events.record(tx, { actor: PLAZA, kind: 'room.create', room: token, after: room });
    this.directory.forgetAfter(tx, token, 'all machines');
  }

  /**
   * Opens a room with this token, if one is given, in a community that has none.
   * @returns the token of the room that newcomers are sent to: that one, or else the oldest, if there is one
   */
  async openFirst(token: string | undefined): Promise<string | undefined> {
    const rooms = await this.rooms.all();
    const named = rooms.find((room) => room.token === token);
    const [oldest] = rooms.toSorted((one, other) => one.id - other.id);
    const first = named ?? oldest;
    if (first || token === undefined) return first?.token;
    await this.database.transact((tx) => this.create(tx, { token }));
    return token;
  }

  /**
   * Deletes a room and everything in it; for the command line.
   * @throws ProtocolError `room_not_found`
   */
  async delete(tx: Transaction, token: string): Promise<void> {
    const room = await this.rooms.lock(tx, token);
    if (!room) throw new ProtocolError('room_not_found');
    await this.rooms.delete(tx, room.id);
    const { name, description } = room;
    await this.events.record(tx, {
      actor: PLAZA,
      kind: 'room.delete',
      room: room.token,
      before: { token: room.token, name, description },
    });
    this.directory.forgetAfter(tx, token, 'all machines');
  }

  /** Every room, by token; for the command line. */
  all(): Promise<Room[]> {
    return this.rooms.all();
  }

  /**
   * A room as `plaza room show` prints it.
   * @throws ProtocolError `room_not_found`
   */
  async summary(token: string): Promise<Record<string, string | number | boolean | null>> {
    const room = await this.rooms.find(token);
    if (!room) throw new ProtocolError('room_not_found');
    const [counts, { files, bytes }, server] = await Promise.all([
      this.counts.of(room.id),
      this.sums.ofRoom(room.id),
      this.sums.ofServer(),
    ]);
    const { storageBytesPerUser, storageBytes } = this.settings;
    return roomSummary(room, settingsOf(room, this.settings), {
      ...counts,
      files,
      fileBytes: bytes,
      serverFileBytes: server.bytes,
      personLimit: storageBytesPerUser,
      serverLimit: storageBytes,
    });
  }

  private pollText(room: Room, may: Permissions, detailed: boolean): Eventual<string> {
    const kept = this.pollTexts.find(room, may, detailed);
    if (kept !== undefined) return kept;
    return andThen(detailed ? this.view(room, may) : undefined, (details) => {
      const text = JSON.stringify(pollInfoView(room, may, details));
      this.pollTexts.keep(room, may, detailed, text);
      return text;
    });
  }

  private async view(room: Room, may: Permissions): Promise<RoomView> {
    return roomView(room, await this.directory.extrasOf(room), may, this.activeUsersCutoff);
  }
}
