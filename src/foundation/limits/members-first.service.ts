import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { boundedCache } from '../caches/bounded-cache.js';
import { Database } from '../database/database.js';
import { Meters } from '../metrics/meters.service.js';
import { GIVING_WAY, type GivesWay, Precedence } from './precedence.js';

/** Milliseconds between two looks at how late this process is. */
const TICK = 50;
/** Milliseconds by which a look is late when there is too much to do: every answer is as late then. */
const LATE = 100;
/** Milliseconds for which it counts as busy after it was late. */
const BUSY_FOR = 1_000;
/** Milliseconds between two turns while the database is what is busy: turns of the event loop are short then. */
const DATABASE_PAUSE = 10;
/** All members of a large community may come back at once after a restart, which knows none of them. */
const MOST_WAITING = 8_000;
const PATIENCE = 8_000;
const MEMBERS_REMEMBERED = 20_000;
/** Characters of a Session ID that tell members apart well enough for their place in a queue. */
const DIGITS = 12;

/**
 * Serves members first while this process, or the connections to its database, has too much to do. A member is somebody
 * who has proved a key that this process knows. Their requests never wait here, and cost no more than before.
 */
@Injectable()
export class MembersFirst implements OnModuleInit, OnModuleDestroy {
  private readonly precedence: Precedence;
  private readonly members = boundedCache<string, true>(MEMBERS_REMEMBERED);
  private timer: NodeJS.Timeout | undefined;
  private lookedAt = performance.now();
  private busyUntil = -Infinity;

  constructor(
    private readonly database: Database,
    meters: Meters,
  ) {
    const waits = meters.counter({
      name: 'plaza_gave_way_total',
      help: 'Requests that waited because members are served first while there is too much to do, by whose they were.',
      labels: ['by'],
    });
    const refusals = meters.counter({
      name: 'plaza_gave_way_refusals_total',
      help: 'Of these, the ones that were refused: too many waited, or for too long.',
      labels: ['by'],
    });
    const cells = { waits, refusals };
    for (const who of GIVING_WAY) for (const counter of [waits, refusals]) counter.cell(who);
    this.precedence = new Precedence({
      isBusy: () => this.isBusy,
      later: (work) => {
        if (this.isDatabaseBusy) setTimeout(work, DATABASE_PAUSE);
        else setImmediate(work);
      },
      now: () => performance.now(),
      mostWaiting: MOST_WAITING,
      patience: PATIENCE,
      count: (what, who) => cells[what].cell(who).value++,
    });
  }

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.look();
    }, TICK);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * Asks for the turn of a request that is no member's.
   * @returns what to wait for; undefined while there is not too much to do
   * @throws ProtocolError `unavailable`, in the promise
   */
  turn(who: GivesWay): Promise<void> | undefined {
    return this.precedence.turn(who);
  }

  /**
   * As {@link turn} for somebody who says that this is their key; undefined for a member, too. Caches of users are left aside
   * while a late process catches up, and members must not pass for strangers then.
   */
  turnOf(sessionId: string): Promise<void> | undefined {
    return this.members.get(digits(sessionId)) ? undefined : this.turn('stranger');
  }

  /** Remembers a member who has proved their key. */
  remember(sessionId: string): void {
    this.members.set(digits(sessionId), true);
  }

  private get isBusy(): boolean {
    return performance.now() < this.busyUntil || this.isDatabaseBusy;
  }

  /** Every connection of the pool has somebody who waits for it. */
  private get isDatabaseBusy(): boolean {
    const { waiting, size } = this.database.connections();
    return waiting >= size;
  }

  private look(): void {
    const now = performance.now();
    if (now - this.lookedAt > TICK + LATE) this.busyUntil = now + BUSY_FOR;
    this.lookedAt = now;
  }
}

function digits(sessionId: string): string {
  return sessionId.slice(2, 2 + DIGITS);
}
