import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { Settings } from '../foundation/config/settings.js';
import { Database, type DatabaseReader } from '../foundation/database/database.js';
import { removeInChunks } from '../foundation/database/remove-in-chunks.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { ActivityRepository, type LatestVisit } from '../records/users/activity.repository.js';
import { RecentVisitors } from './recent-visitors.js';
import { type Caller } from '../records/users/user.js';
import { UsersService } from './users.service.js';

/** Milliseconds between two writes. */
const INTERVAL = 1000;
/** Somebody who stays in a room is written down with one write in so many: once a minute. */
const WRITES_APART = 60;
const SECONDS_PER_DAY = 24 * 60 * 60;
/** Seconds: what room people have used is asked for longer than whether they are active there. */
const VISITS_KEPT = 60 * SECONDS_PER_DAY;

/**
 * Keeps when each user was last active in each room (protocol 7.5). Visits are gathered in memory and written every second in one
 * transaction, of somebody who stays once a minute; a crash loses that second and nothing else.
 */
@Injectable()
export class ActivityService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Activity');
  private readonly recent = new RecentVisitors(WRITES_APART);
  /** By room, then by user: unix seconds. */
  private visits = new Map<number, Map<number, number>>();
  private timer: NodeJS.Timeout | undefined;
  private writing = Promise.resolve();

  /** Seconds for which a visit makes someone count as active. */
  private readonly countedFor: number;

  constructor(
    settings: Settings,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly repository: ActivityRepository,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersService,
  ) {
    this.countedFor = settings.activeUsersDays * SECONDS_PER_DAY;
  }

  onModuleInit(): void {
    this.timer = setInterval(() => {
      void this.write();
      this.recent.forgetPart();
    }, INTERVAL);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  /**
   * Notes that somebody polls or reads a room now. It makes a stranger known, unless too many others come at once.
   * @returns the id of their user; null for somebody who stays a stranger
   */
  seenIn(roomId: number, caller: Caller): Eventual<number | null> {
    if (caller.id === null) {
      return andThen(this.users.introduce(caller), (user) => (user ? this.seenIn(roomId, user) : null));
    }
    this.note(roomId, caller.id);
    return caller.id;
  }

  /** Writes what has been noted until now; a failure is logged. */
  write(): Promise<void> {
    this.writing = this.writing.then(() => this.writeVisits());
    return this.writing;
  }

  /**
   * Whether a user has visited or posted to any room besides these, as far as it is written: posts at once, visits
   * some seconds later.
   * @param roomIds of the rooms that don't count
   */
  hasUsedOtherRooms(reader: DatabaseReader, userId: number, roomIds: readonly number[]): Promise<boolean> {
    return this.repository.hasUsedOtherRooms(reader, userId, roomIds);
  }

  /** Brings `active_users` of every room up to date (protocol 7.5). For the job. */
  async countActiveUsers(): Promise<void> {
    for (const { roomId, count } of await this.repository.changedCounts(this.countedFor)) {
      // One at a time: whoever posts to a room waits for its count alone.
      await this.database.transact((tx) => this.rooms.setActiveUsers(tx, roomId, count));
    }
  }

  /** Forgets visits that are too old to matter; returns how many. For the job. */
  async forgetOld(): Promise<number> {
    const keptFor = Math.max(this.countedFor, VISITS_KEPT);
    return removeInChunks((limit) =>
      this.database.transact((tx) => this.repository.removeOlder(tx, keptFor, limit)),
    );
  }

  private note(roomId: number, userId: number): void {
    if (!this.recent.note(roomId, userId)) return;
    let room = this.visits.get(roomId);
    if (!room) {
      room = new Map();
      this.visits.set(roomId, room);
    }
    room.set(userId, this.clock.seconds());
  }

  private async writeVisits(): Promise<void> {
    if (this.visits.size === 0) return;
    const visits: LatestVisit[] = [];
    for (const [roomId, users] of this.visits) {
      for (const [userId, at] of users) visits.push({ roomId, userId, at });
    }
    this.visits = new Map();
    try {
      await this.database.transact((tx) => this.repository.record(tx, visits));
    } catch (error) {
      this.recent.forgetAll();
      this.logger.warn(`Activity of a second was lost: ${String(error)}`);
    }
  }
}
