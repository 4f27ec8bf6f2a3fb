import { Injectable, type OnModuleInit } from '@nestjs/common';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { ChangeFeed } from '../../foundation/database/change-feed.js';
import { type ChangeHearers } from '../../foundation/database/change-teller.js';
import { type Transaction } from '../../foundation/database/database.js';
import { meterCache } from '../../foundation/caches/meter-cache.js';
import { ReadCache } from '../../foundation/caches/read-cache.js';
import { type Eventual } from '../../foundation/eventual.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Room, type RoomExtras } from './room.js';
import { RoomsRepository } from './rooms.repository.js';
import { staffLists } from './staff-lists.js';

const CACHED_ROOMS = 1000;
/** Tokens, by 64 characters at most, that are kept of rooms that there are not, and of rooms that were refused. */
const CACHED_TOKENS = 20_000;

/** Rooms by token, kept in memory. Asks nobody for permission: that is RoomAccess. */
@Injectable()
export class RoomDirectory implements OnModuleInit {
  private readonly rooms = new ReadCache<string, Room | undefined>(CACHED_ROOMS, CACHED_TOKENS);
  private readonly hidden = boundedCache<string, true>(CACHED_TOKENS);
  private readonly extras = new ReadCache<number, RoomExtras>(CACHED_ROOMS);

  constructor(
    private readonly feed: ChangeFeed,
    private readonly repository: RoomsRepository,
    meters: Meters,
  ) {
    meterCache(meters, 'rooms', this.rooms);
    meterCache(meters, 'room details', this.extras);
  }

  onModuleInit(): void {
    this.rooms.follow(this.feed);
    this.feed.on('room', (token) => {
      this.rooms.drop(token);
    });
  }

  /** The room with a token, in whatever case it is written. */
  find(token: string): Eventual<Room | undefined> {
    const key = token.toLowerCase();
    return this.rooms.get(key, () => this.repository.find(key));
  }

  /** As {@link find} of what is cached; undefined says nothing about whether there is such a room. */
  peek(token: string): Room | undefined {
    return this.rooms.peek(token.toLowerCase());
  }

  /**
   * Makes the refusal of a room that is hidden from somebody cost what that of a missing one does: it is looked up in
   * the database the first time, and then never again, although the room may have been in memory all the time. So the
   * time of an answer does not tell that the room exists (protocol 10).
   * @param wasLookedUp whether the database has just been asked about it
   */
  hide(token: string, wasLookedUp: boolean): Eventual<unknown> {
    const key = token.toLowerCase();
    if (this.hidden.get(key)) return undefined;
    this.hidden.set(key, true);
    return wasLookedUp ? undefined : this.repository.find(key);
  }

  /** Pins and staff of a room as of its `infoUpdates`, which every change of them raises. */
  async extrasOf(room: Room): Promise<RoomExtras> {
    const cached = this.extras.peek(room.id);
    if (cached?.infoUpdates === room.infoUpdates) return cached;
    this.extras.drop(room.id);
    return this.extras.get(room.id, async () => {
      const [pins, staff] = await Promise.all([
        this.repository.pins(room.id),
        this.repository.staff(room.id),
      ]);
      return { infoUpdates: room.infoUpdates, pins, staff, lists: staffLists(staff) };
    });
  }

  /** As `RoomsRepository.lock`, for a transaction that changes the room: whoever asks later finds it changed. */
  async lock(tx: Transaction, token: string): Promise<Room | undefined> {
    const room = await this.repository.lock(tx, token);
    if (room) this.forgetAfter(tx, token);
    return room;
  }

  /**
   * Drops what processes have cached of a room, once the transaction that changed it has committed.
   * @param hearers whom its caller waits for
   */
  forgetAfter(tx: Transaction, token: string, hearers?: ChangeHearers): void {
    tx.changes(`room:${token.toLowerCase()}`, hearers);
  }
}
