import type * as databases from '../../src/foundation/database/database.js';
import type * as publications from '../../src/messages/publication/publication.service.js';
import type * as rooms from '../../src/records/rooms/room-directory.service.js';
import { type Room } from '../../src/records/rooms/room.js';
import { compiled } from './compiled.js';
import { type OpenServer } from './open-server.js';

const { Database } = await compiled<typeof databases>('foundation/database/database.js');
const { RoomDirectory } = await compiled<typeof rooms>('records/rooms/room-directory.service.js');
const { Publication } = await compiled<typeof publications>('messages/publication/publication.service.js');

/** Does something in a transaction of a server that has locked a room. */
export function inRoom<Result>(
  server: OpenServer,
  token: string,
  work: (tx: databases.Transaction, room: Room) => Promise<Result>,
): Promise<Result> {
  return server.get(Database).transact(async (tx) => {
    const room = await server.get(RoomDirectory).lock(tx, token);
    if (!room) throw new Error(`There is no room ${token}`);
    return work(tx, room);
  });
}

/** A move of messages from one state to another, in a transaction of its own. */
export class Moves {
  constructor(
    private readonly server: OpenServer,
    private readonly token = 'lobby',
  ) {}

  publish(...ids: number[]): Promise<publications.PublicationResult> {
    return inRoom(this.server, this.token, (tx, room) => this.publication.publish(tx, room, ids));
  }

  reject(...ids: number[]): Promise<number[]> {
    return inRoom(this.server, this.token, (tx, room) => this.publication.reject(tx, room, ids));
  }

  async takeBack(...ids: number[]): Promise<number[]> {
    const taken = await inRoom(this.server, this.token, (tx, room) =>
      this.publication.takeBack(tx, room, ids, null),
    );
    return taken.map(({ id }) => id);
  }

  giveBack(...ids: number[]): Promise<publications.PublicationResult> {
    return inRoom(this.server, this.token, (tx, room) => this.publication.giveBack(tx, room, ids));
  }

  private get publication(): publications.Publication {
    return this.server.get(Publication);
  }
}
