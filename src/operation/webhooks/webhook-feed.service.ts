import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { EventCursorsRepository } from '../../records/events/event-cursors.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { DeliveriesRepository } from '../../records/webhooks/deliveries.repository.js';
import { type Notice } from '../../records/webhooks/notice.js';
import { heldNotice, noticeOf } from './notices.js';

const READER = 'webhooks';
/** Events of one transaction. */
const PAGE = 1_000;
/** Seconds for which a held message waits before anybody outside is told of it: a challenge takes less. */
const SETTLES = 2 * 60;
/** Seconds between two notices that messages wait in a room. */
const PAUSE = 10 * 60;

/** Turns what has happened into notices that webhooks have still to get. */
@Injectable()
export class WebhookFeed {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly cursors: EventCursorsRepository,
    private readonly rooms: RoomsRepository,
    private readonly deliveries: DeliveriesRepository,
  ) {}

  /** Goes through what has happened since the last call. A notice and the cursor behind its event are one transaction. */
  async gather(): Promise<void> {
    for (;;) {
      const taken = await this.database.transact(async (tx) => {
        const events = await this.cursors.take(tx, READER, PAGE);
        for (const notice of events.flatMap((event) => noticeOf(event) ?? [])) {
          if (await this.isMeant(tx, notice)) await this.deliveries.add(tx, notice);
        }
        return events.length;
      });
      if (taken < PAGE) return;
    }
  }

  /** Tells of messages that wait for moderators, once for all that came to a room. */
  async gatherHeld(): Promise<void> {
    await this.database.transact(async (tx) => {
      const rooms = await this.deliveries.takeHeld(tx, { settles: SETTLES, pause: PAUSE });
      for (const room of rooms) await this.deliveries.add(tx, heldNotice(room));
    });
  }

  /** A defence that only watches calls rooms guarded and holds nothing: there is no raid to tell of. */
  private async isMeant(tx: Transaction, { kind, room }: Notice): Promise<boolean> {
    if (kind !== 'raid.started' || room === null) return true;
    const found = await this.rooms.find(room, tx);
    return found !== undefined && settingsOf(found, this.settings).defence === 'on';
  }
}
