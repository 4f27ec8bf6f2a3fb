import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { FilesRepository } from '../records/files/files.repository.js';
import { ForbiddenFilesRepository } from '../records/files/forbidden-files.repository.js';
import { type Actor, actorName, PLAZA } from '../moderation/access/actor.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { type Room, type RoomProperties } from '../records/rooms/room.js';
import { changedSettings, type RoomSettingsChange } from '../records/rooms/room-settings.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';

/** Those of a room's properties whose changes clients learn of by `info_updates` (protocol 7.2). */
const COUNTED: readonly (keyof RoomProperties)[] = ['name', 'description', 'imageId', 'isArchived'];

/** A picture whose bytes are kept. */
export interface NewImage {
  /** Bytes. */
  size: number;
  storageKey: string;
  /** The SHA-256 of its bytes. */
  sha256: Buffer;
  filename: string;
}

/** Changes what an admin can set of a room (protocol 6, `PUT /room/T`). */
@Injectable()
export class RoomUpdateService {
  constructor(
    private readonly access: RoomAccess,
    private readonly directory: RoomDirectory,
    private readonly rooms: RoomsRepository,
    private readonly files: FilesRepository,
    private readonly forbidden: ForbiddenFilesRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Changes properties of a room, under its lock; `info_updates` rises by one for each that clients are shown.
   * @returns the room's `info_updates`
   * @throws ProtocolError `banned`, `room_not_found`, `permission_denied` or `unknown_image`
   */
  async update(
    tx: Transaction,
    actor: Actor,
    token: string,
    wanted: Partial<RoomProperties>,
  ): Promise<number> {
    const room = await this.open(tx, actor, token);
    await this.replaceImage(tx, room, wanted.imageId);
    const changed = changedProperties(room, wanted);
    if (changed.length === 0) return room.infoUpdates;
    await this.rooms.update(tx, { ...room, ...wanted });
    if (wanted.imageId !== undefined && room.imageId !== null) {
      await this.files.releaseRoomImage(tx, room.imageId);
    }
    const raise = changed.filter((name) => COUNTED.includes(name)).length;
    if (raise > 0) await this.rooms.raiseInfoUpdates(tx, [room.id], raise);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'room.update',
      room: room.token,
      before: pick(room, changed),
      after: pick({ ...room, ...wanted }, changed),
    });
    return room.infoUpdates + raise;
  }

  /**
   * Gives a room an image whose bytes are kept already, but known to no row; for the command line.
   * @throws ProtocolError `room_not_found` or `file_forbidden`
   */
  async giveImage(tx: Transaction, token: string, image: NewImage): Promise<void> {
    const room = await this.open(tx, PLAZA, token);
    if (await this.forbidden.hasFor(tx, image.sha256)) throw new ProtocolError('file_forbidden');
    const file = { ...image, roomId: room.id, uploaderId: null, byStranger: false };
    await this.update(tx, PLAZA, token, { imageId: await this.files.insert(tx, file) });
  }

  /**
   * Changes what a room sets for itself, under its lock. Clients are shown nothing of it.
   * @param permission that it takes
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async changeSettings(
    tx: Transaction,
    actor: Actor,
    token: string,
    change: RoomSettingsChange,
    permission: 'moderator' | 'admin' = 'admin',
  ): Promise<void> {
    const { id, token: room, settings: before } = await this.open(tx, actor, token, permission);
    const after = changedSettings(before, change);
    if (isDeepStrictEqual(after, before)) return;
    await this.rooms.saveSettings(tx, id, after);
    await this.events.record(tx, { kind: 'room.settings', actor: actorName(actor), room, before, after });
  }

  private async open(
    tx: Transaction,
    actor: Actor,
    token: string,
    permission: 'moderator' | 'admin' = 'admin',
  ): Promise<Room> {
    if (actor !== PLAZA) return (await this.access.visitToWrite(tx, token, actor, permission)).room;
    const room = await this.rooms.lock(tx, token);
    if (!room) throw new ProtocolError('room_not_found');
    this.directory.forgetAfter(tx, token, 'all machines');
    return room;
  }

  /** An image may have been uploaded by anyone to this room; being the room's, it lives without end. */
  private async replaceImage(tx: Transaction, room: Room, imageId: number | null | undefined): Promise<void> {
    if (imageId === undefined || imageId === null) return;
    if (!(await this.files.keepAsRoomImage(tx, room.id, imageId))) throw new ProtocolError('unknown_image');
  }
}

function changedProperties(room: Room, wanted: Partial<RoomProperties>): (keyof RoomProperties)[] {
  const names = Object.keys(wanted) as (keyof RoomProperties)[];
  return names.filter((name) => wanted[name] !== undefined && wanted[name] !== room[name]);
}

function pick(room: RoomProperties, names: readonly (keyof RoomProperties)[]): Partial<RoomProperties> {
  return Object.fromEntries(names.map((name) => [name, room[name]]));
}
