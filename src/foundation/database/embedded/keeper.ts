import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isConnectionRefused } from '../errors.js';
import { type EmbeddedInstance } from './instance.js';
import { type EmbeddedLog } from './log.js';
import { own, type OwnedPostgres } from './own.js';
import { Postmaster } from './postmaster.js';

const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
/** Milliseconds after which a PostgreSQL that runs but cannot be reached at all will not be reached later either. */
const PATIENCE = 60_000;
/** As above, for one whose socket is gone. */
const SOCKET_PATIENCE = 5_000;
/** Milliseconds by which the end of a session may be known before the end of PostgreSQL. */
const NEWS_TIME = 50;

/**
 * Starts PostgreSQL again, and claims it again, whenever it is lost; for as long as a server lives.
 *
 * The claim ends with its session, and a session ends for two reasons. PostgreSQL is gone: it is started again. Or one of
 * its processes died, whatever killed it: PostgreSQL ends all others, recovers and lets sessions in again, all by itself
 * in less than a second mostly, so it is left alone meanwhile. It is stopped only when it can't be reached for long.
 */
export class PostgresKeeper {
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;
  private postmaster: Postmaster;

  constructor(
    private readonly instance: EmbeddedInstance,
    private owned: OwnedPostgres,
    private readonly log: EmbeddedLog,
  ) {
    this.postmaster = owned.postmaster;
    this.watching = this.watch();
  }

  /** Stops PostgreSQL and waits until all is on disk. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.postmaster.stop();
    await this.watching;
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async watch(): Promise<void> {
    for (;;) {
      await this.owned.lost;
      if (this.isStopping()) return;
      await Promise.race([this.postmaster.exited, sleep(NEWS_TIME)]);
      this.log.warn(
        this.postmaster.isRunning
          ? 'PostgreSQL ended its sessions, as it does when one of its processes dies; waiting until it has recovered'
          : 'PostgreSQL stopped unexpectedly; starting it again',
      );
      await this.recover();
      // Asked to stop while it was recovering: nobody but us knows of this new one.
      if (this.isStopping()) await this.postmaster.stop();
    }
  }

  private async recover(): Promise<void> {
    let unreachableSince = Infinity;
    for (let pause = SHORTEST_PAUSE; !this.isStopping(); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        if (!this.postmaster.isRunning) {
          unreachableSince = Infinity;
          const { address } = this.postmaster;
          const started = await Postmaster.start(this.instance, address, this.log);
          if (started) this.postmaster = started;
        }
        const owned = this.postmaster.isRunning && (await own(this.instance, this.postmaster, 'server'));
        if (owned) {
          this.owned = owned;
          this.log.info('PostgreSQL is back');
          return;
        }
      } catch (error) {
        this.log.warn(error instanceof Error ? error.message : 'PostgreSQL could not be started again');
        // PostgreSQL has been reached when it refuses by itself, such as one session too many.
        unreachableSince =
          error instanceof pg.DatabaseError ? Infinity : Math.min(unreachableSince, performance.now());
        const patience = isConnectionRefused(error) ? SOCKET_PATIENCE : PATIENCE;
        if (this.postmaster.isRunning && performance.now() - unreachableSince > patience) {
          this.log.warn('PostgreSQL runs but can not be reached; stopping it');
          await this.postmaster.stop();
        }
      }
      await sleep(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
