import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';
import { PEERS_PATIENCE } from './peer-messages.js';
import { Peers } from './peers.service.js';

/** Milliseconds between two signs of life of this process to itself. */
const TICK = 20;
/**
 * Milliseconds without such a sign after which others may have gone on without this process: they wait for
 * {@link PEERS_PATIENCE}, and it may have been stopped right after a tick.
 */
const LATE = PEERS_PATIENCE - 2 * TICK;

/**
 * Notices that this process did not run for a while, because it was stopped or busy: others were answered meanwhile
 * whose changes it has not heard of. Before it answers anybody it then receives what has been told to it. If that takes
 * long, caches ask the database until it is done.
 */
@Injectable()
export class Punctuality implements OnModuleInit, OnModuleDestroy {
  private lastSign = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private catchingUp: Promise<void> | undefined;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly peers: Peers,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.look(), TICK);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * Looks whether this process was late, at the beginning of each request.
   * @returns what to wait for before the request may ask a cache; undefined nearly always
   */
  look(): Promise<void> | undefined {
    const now = performance.now();
    const gap = now - this.lastSign;
    this.lastSign = now;
    if (gap > LATE) this.startCatchingUp(gap);
    return this.catchingUp;
  }

  /** A process that is late again while it catches up begins anew. */
  private startCatchingUp(gap: number): void {
    const heard = Promise.all([this.peers.catchUp(), this.feed.catchUp(PEERS_PATIENCE, gap)]);
    const caughtUp = heard.then(() => {
      if (this.catchingUp === caughtUp) this.catchingUp = undefined;
    });
    this.catchingUp = caughtUp;
  }
}
