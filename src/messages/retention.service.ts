import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../foundation/database/database.js';
import { type KeepingRoom, RetentionRepository } from '../records/rooms/retention.repository.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';

/** Rows of one transaction: it holds the room for some milliseconds. */
const AT_ONCE = 250;

/**
 * Removes what rooms keep for a time only. Messages go without a row that tells of it: a deletion row for each would make every
 * member download as many rows as there were messages, and would take from their devices what they may keep there.
 */
@Injectable()
export class Retention {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly retention: RetentionRepository,
  ) {}

  /**
   * Removes all that is too old, some rows in each transaction with pauses as long between them, so that posts and polls go on.
   * Called by the clock; safe to kill.
   * @returns how many messages and files
   */
  async removeOld(stopping: AbortSignal): Promise<{ messages: number; files: number }> {
    const total = { messages: 0, files: 0 };
    for (const room of await this.retention.rooms()) {
      if (room.keepMessages > 0) total.messages += await this.removeMessages(room, stopping);
      if (room.keepFiles > 0) total.files += await this.expireFiles(room, stopping);
    }
    return total;
  }

  private async removeMessages({ token, keepMessages }: KeepingRoom, stopping: AbortSignal): Promise<number> {
    const found = await this.rooms.find(token);
    if (!found) return 0;
    let removed = 0;
    const remove = async (ids: readonly number[]): Promise<void> => {
      if (ids.length === 0) return;
      removed += await this.database.transact(async (tx) =>
        (await this.rooms.lock(tx, token)) ? this.retention.remove(tx, ids) : 0,
      );
    };
    let after: number | null = 0;
    await inTurns(stopping, async () => {
      const page = await this.retention.oldMessages(found.id, keepMessages, after ?? 0, AT_ONCE);
      after = page.last;
      await remove(page.ids);
      return after !== null;
    });
    await inTurns(stopping, async () => {
      const ids = await this.retention.oldDeleted(found.id, keepMessages, AT_ONCE);
      await remove(ids);
      return ids.length > 0;
    });
    // Pages that are kept by the room's counters are made anew.
    if (removed > 0) await this.database.transact((tx) => this.rooms.raiseInfoUpdates(tx, [found.id]));
    return removed;
  }

  private async expireFiles({ token, keepFiles }: KeepingRoom, stopping: AbortSignal): Promise<number> {
    let expired = 0;
    await inTurns(stopping, async () => {
      const some = await this.database.transact(async (tx) => {
        const room = await this.rooms.lock(tx, token);
        return room ? this.retention.expireFiles(tx, room.id, keepFiles, AT_ONCE) : 0;
      });
      expired += some;
      return some === AT_ONCE;
    });
    return expired;
  }
}

/** Works until there is nothing left or the process stops, and rests as long as each part took. */
async function inTurns(stopping: AbortSignal, part: () => Promise<boolean>): Promise<void> {
  while (!stopping.aborted) {
    const begun = performance.now();
    if (!(await part())) return;
    await sleep(performance.now() - begun);
  }
}
