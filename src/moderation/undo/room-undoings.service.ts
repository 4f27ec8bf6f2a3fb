import { Injectable } from '@nestjs/common';
import { RoomUpdateService } from '../../rooms/room-update.service.js';
import { present, type Undoings } from './undoing.js';

/** Taking back what changed a room. */
@Injectable()
export class RoomUndoings {
  readonly all: Undoings = {
    'room.update': async (tx, actor, event) => {
      const room = present(event.room);
      await this.rooms.update(tx, actor, room, event.before);
      const { isArchived } = event.before;
      if (isArchived !== undefined) return `room ${room} is ${isArchived ? 'archived' : 'open'} again`;
      return `room ${room} has its former ${Object.keys(event.before).join(', ')}`;
    },
    'room.settings': async (tx, actor, event) => {
      const room = present(event.room);
      const { before, after } = event;
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof typeof before)[];
      const changed = names.filter((name) => before[name] !== after[name]);
      const change = Object.fromEntries(changed.map((name) => [name, before[name] ?? null]));
      const permission = changed.every((name) => name === 'slowMode') ? 'moderator' : 'admin';
      await this.rooms.changeSettings(tx, actor, room, change, permission);
      return `room ${room} has its former ${changed.join(', ')}`;
    },
  };

  constructor(private readonly rooms: RoomUpdateService) {}
}
