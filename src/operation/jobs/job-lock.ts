import { Logger } from '@nestjs/common';
import pg from 'pg';
import { errorLine } from '../../foundation/error-line.js';
import { hangUp } from '../../foundation/database/hang-up.js';

/** Key of our advisory lock: a pair of numbers, chosen once, at random. */
const LOCK = [1_480_772_361, 1] as const;
/** Milliseconds to wait for an answer of the database. */
const PATIENCE = 3_000;
/** PostgreSQL ends the session of a process that has not asked for this long: it hangs, or its machine is gone. */
const LEASE = '10s';

/** Another process holds the lock while this one is waiting, as far as it knows. */
type State = 'held' | 'waiting' | 'failing';

/**
 * The right to run the jobs, which one process at a time has: an advisory lock of a PostgreSQL session. It is free
 * again as soon as the process that holds it is dead, and some seconds after it hangs.
 */
export class JobLock {
  private readonly logger = new Logger('Jobs');
  private client: pg.Client | undefined;
  private state: State = 'waiting';

  /** @param url of the database; behind a pooler it must be one that keeps sessions */
  constructor(private readonly url: string) {}

  /**
   * Whether this process has the lock, which it tries to take if it has not. To be asked every second or so, before
   * anything is run by it.
   */
  async hold(): Promise<boolean> {
    try {
      this.client ??= await this.connect();
      this.become((await this.askFor(this.client)) ? 'held' : 'waiting');
    } catch (error) {
      await this.hangUp();
      this.become('failing', errorLine(error));
    }
    return this.state === 'held';
  }

  /** Gives the lock up for another process to take. */
  async release(): Promise<void> {
    await this.hangUp();
    this.become('waiting');
  }

  private async hangUp(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    if (client) await hangUp(client);
  }

  private become(state: State, reason = ''): void {
    if (state === this.state) return;
    this.state = state;
    if (state === 'held') this.logger.debug('This process runs the jobs now');
    if (state === 'failing') this.logger.warn(`This process cannot run jobs for the moment: ${reason}`);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      // The process's own number tells operators which one it is.
      application_name: `plaza jobs ${process.pid}`,
      connectionTimeoutMillis: PATIENCE,
      query_timeout: PATIENCE,
    });
    // The next question finds the connection broken; without a listener the process would end instead.
    client.on('error', () => undefined);
    try {
      await client.connect();
      // PostgreSQL 13 does not have the setting and goes without it.
      await client.query(
        `SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'`,
        [LEASE],
      );
      return client;
    } catch (error) {
      void hangUp(client);
      throw error;
    }
  }

  /** Tries and does not wait for it: a session that waits in a statement for days would keep vacuum from its work. */
  private async askFor(client: pg.Client): Promise<boolean> {
    if (this.state === 'held') {
      await client.query('SELECT 1');
      return true;
    }
    const { rows } = await client.query<{ granted: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS granted',
      [...LOCK],
    );
    return rows[0]?.granted === true;
  }
}
