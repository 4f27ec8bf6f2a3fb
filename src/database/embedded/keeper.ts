import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance } from './instance.js';
import { type EmbeddedLog } from './log.js';
import { own, type Owned } from './own.js';
import { Postmaster } from './postmaster.js';

const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/** Starts PostgreSQL again, and claims it again, whenever it is lost; for as long as a server lives. */
export class Keeper {
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  constructor(
    private readonly instance: Instance,
    private owned: Owned,
    private readonly log: EmbeddedLog,
  ) {
    this.watching = this.watch();
  }

  /** Stops PostgreSQL and waits until all is on disk. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.owned.postmaster.stop();
    await this.watching;
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async watch(): Promise<void> {
    for (;;) {
      await this.owned.lost;
      if (this.isStopping()) return;
      this.log.warn('PostgreSQL stopped unexpectedly; starting it again');
      await this.recover();
      // Asked to stop while it was recovering: nobody but us knows of this new one.
      if (this.isStopping()) await this.owned.postmaster.stop();
    }
  }

  private async recover(): Promise<void> {
    for (let pause = SHORTEST_PAUSE; !this.isStopping(); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        const { postmaster } = this.owned;
        const running = postmaster.isRunning
          ? postmaster
          : await Postmaster.start(this.instance, postmaster.address, this.log);
        const owned = running && (await own(this.instance, running, 'server'));
        if (owned) {
          this.owned = owned;
          this.log.info('PostgreSQL is back');
          return;
        }
      } catch (error) {
        this.log.warn(error instanceof Error ? error.message : 'PostgreSQL could not be started again');
      }
      await sleep(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
