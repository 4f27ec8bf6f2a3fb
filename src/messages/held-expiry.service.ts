import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { Database } from '../foundation/database/database.js';
import { HeldEditsRepository } from '../records/messages/held-edits.repository.js';
import { PublicationRepository } from '../records/messages/publication.repository.js';
import { RoomDirectory } from '../records/rooms/room-directory.service.js';
import { Publication } from './publication/publication.service.js';

const HOUR = 60 * 60;
/** Messages that one look at the table finds; a room is held for some tens of milliseconds then. */
const MESSAGES_AT_ONCE = 500;

/** Deletes what was held and what nobody has looked at. */
@Injectable()
export class HeldExpiry {
  /** Seconds. */
  private readonly heldFor: number;
  private readonly rejectedFor: number;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly rooms: RoomDirectory,
    private readonly messages: PublicationRepository,
    private readonly edits: HeldEditsRepository,
    private readonly publication: Publication,
  ) {
    this.heldFor = settings.heldHours * HOUR;
    this.rejectedFor = settings.rejectedDays * 24 * HOUR;
  }

  /** Deletes messages and edits that are held for longer than HELD_HOURS; called by the clock. Returns how many. */
  async removeExpired(): Promise<number> {
    let removed = await this.database.transact((tx) => this.edits.prune(tx, this.heldFor, this.rejectedFor));
    for (;;) {
      const rooms = await this.messages.heldFor(this.heldFor, MESSAGES_AT_ONCE);
      if (rooms.length === 0) return removed;
      for (const { token, ids } of rooms) {
        removed += await this.database.transact(async (tx) => {
          const room = await this.rooms.lock(tx, token);
          return room ? (await this.publication.drop(tx, room, ids)).length : 0;
        });
      }
    }
  }
}
