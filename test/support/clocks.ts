import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Clock } from '../../src/foundation/clock.js';
import { ALIVE_FOR } from '../../src/records/processes/processes.repository.js';
import { inDatabase } from './database.js';

const PRELOADED = fileURLToPath(new URL('move-clock.js', import.meta.url));
const SECONDS: Record<string, number> = { second: 1, minute: 60, hour: 60 * 60, day: 24 * 60 * 60 };

/** Seconds of a duration such as `2 days`, `1 hour` or `0.5 seconds`; throws for any other text. */
export function durationOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ([a-z]+?)s?$/.exec(text) ?? [];
  const seconds = Number(amount) * (SECONDS[unit] ?? NaN);
  if (Number.isNaN(seconds)) throw new Error(`No duration: ${text}`);
  return seconds;
}

/**
 * SQL that gives a database another clock. Every process that uses it follows that clock from its next statement on,
 * also in statements that it has prepared.
 * @param seconds SQL for unix seconds, as volatile as `statement_timestamp()` at most
 */
function databaseClock(seconds: string): string {
  return `CREATE OR REPLACE FUNCTION plaza_now() RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT (${seconds})::float8 $$`;
}

/**
 * SQL that renews the heartbeats of living processes, as they do themselves while time goes by:
 * otherwise they would count as dead until the next beat, and no command would wait for them.
 */
function movedSigns(seconds: number): string {
  return `UPDATE processes SET seen_at = seen_at + ${seconds} WHERE seen_at > plaza_now() - ${ALIVE_FOR}`;
}

/** A clock that stands still until a test moves it, with that of a database. Rates refill by it, too. */
export class HeldClock extends Clock {
  private constructor(
    private readonly client: pg.Client,
    private now: number,
  ) {
    super();
  }

  /** Holds the clock of a database that has been migrated, at this millisecond. */
  static async hold(databaseUrl: string): Promise<HeldClock> {
    // One connection for all moves: a suite that drives a day moves it some thousand times.
    const client = new pg.Client(databaseUrl);
    await client.connect();
    const clock = new HeldClock(client, Date.now());
    await clock.advance('0 seconds');
    return clock;
  }

  /** Ends its connection to the database; the time stays as it is. */
  async letGo(): Promise<void> {
    await this.client.end();
  }

  override milliseconds(): number {
    return this.now;
  }

  override monotonic(): number {
    return this.now;
  }

  /** Moves it forward: `await clock.advance('2 days')`. */
  async advance(duration: string): Promise<void> {
    const seconds = durationOf(duration);
    this.now += seconds * 1000;
    await this.client.query(`${movedSigns(seconds)}; ${databaseClock(String(this.seconds()))}`);
  }
}

/**
 * The clock of a running server: that of its database and that of all its processes, `plaza` commands included. It goes
 * on by itself, and a test moves it forward. Once it has been moved, work that counts from when a
 * file was written, as the removal of unfinished uploads does, takes a new file for an old one.
 */
export class MovedClock extends Clock {
  private offset = 0;

  private constructor(
    private readonly databaseUrl: string,
    private readonly file: string,
  ) {
    super();
  }

  /** @param file tells the processes by how much it has been moved */
  static async make(databaseUrl: string, file: string): Promise<MovedClock> {
    const clock = new MovedClock(databaseUrl, file);
    await clock.tellProcesses();
    return clock;
  }

  /** The environment that makes a process follow this clock. */
  get environment(): { NODE_OPTIONS: string; PLAZA_TEST_CLOCK: string } {
    return environmentOf(this.file);
  }

  override milliseconds(): number {
    return Date.now() + this.offset;
  }

  /** Moves it forward, once the server has been started: `await server.clock.advance('2 days')`. */
  async advance(duration: string): Promise<void> {
    const seconds = durationOf(duration);
    this.offset += seconds * 1000;
    await this.tellProcesses();
    const moved = `extract(epoch FROM statement_timestamp()) + ${this.offset / 1000}`;
    await inDatabase(this.databaseUrl, `${movedSigns(seconds)}; ${databaseClock(moved)}`);
  }

  private tellProcesses(): Promise<void> {
    return writeOffset(this.file, this.offset);
  }
}

/**
 * The environment of a process whose own clock is ahead of everybody else's, the database's included.
 * @param file tells the process by how much; written here
 */
export async function aheadOfOthers(file: string, minutes: number): Promise<MovedClock['environment']> {
  await writeOffset(file, minutes * 60_000);
  return environmentOf(file);
}

function environmentOf(file: string): { NODE_OPTIONS: string; PLAZA_TEST_CLOCK: string } {
  return { NODE_OPTIONS: `--import=${PRELOADED}`, PLAZA_TEST_CLOCK: file };
}

async function writeOffset(file: string, offset: number): Promise<void> {
  const milliseconds = Buffer.alloc(8);
  milliseconds.writeDoubleLE(offset);
  await writeFile(file, milliseconds);
}
