import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ChangeFeed } from '../../src/foundation/database/change-feed.js';
import { column } from '../../src/foundation/database/columns.js';
import { type Database } from '../../src/foundation/database/database.js';
import { DatabaseUnavailableError } from '../../src/foundation/database/errors.js';
import { openEmbeddedPostgres } from '../../src/foundation/database/embedded/embedded-postgres.js';
import { eventually } from '../support/eventually.js';
import { findProcesses, killPostgresIn, postgresProcesses } from '../support/processes.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

describe('a server whose PostgreSQL is killed', () => {
  let dataDir: string;
  let postgres: Awaited<ReturnType<typeof openEmbeddedPostgres>>;
  let database: Database;
  let opened: OpenDatabase;
  let feed: ChangeFeed;
  const said: string[] = [];
  /** Lines of PostgreSQL's own log. */
  const written: string[] = [];

  const killPostgres = (): Promise<void> => killPostgresIn(dataDir);
  const processesNamed = (name: string): Promise<number[]> => postgresProcesses(dataDir, name);
  const count = async (): Promise<number | undefined> =>
    (await database.row({ count: column.number }, 'SELECT count(*) AS count FROM posts'))?.count;
  const post = (): Promise<number> =>
    database.transact((transaction) => transaction.run('INSERT INTO posts DEFAULT VALUES'));

  beforeAll(async () => {
    Logger.overrideLogger(false);
    dataDir = await mkdtemp(join(tmpdir(), 'plaza-recovery-'));
    await chmod(dataDir, 0o711);
    const log = {
      debug: (line: string) => written.push(line),
      info: () => undefined,
      warn: (line: string) => said.push(line),
    };
    postgres = await openEmbeddedPostgres({ dataDir, log });
    opened = await openDatabase(postgres.url);
    database = opened.database;
    await database.transact((transaction) => transaction.run('CREATE TABLE posts (id serial PRIMARY KEY)'));
    feed = new ChangeFeed(postgres.url, undefined, 500);
    await feed.onModuleInit();
  });

  afterAll(async () => {
    await feed.close();
    await opened.close();
    await postgres.stop();
    await rm(dataDir, { recursive: true });
  });

  it('starts it again, answers with everything that was committed, and hears changes again', async () => {
    const heard: string[] = [];
    feed.on('room', (subject) => heard.push(subject));
    const restored = new Promise<void>((resolve) => {
      feed.onRestored(resolve);
    });
    await post();
    await killPostgres();
    await restored;
    await eventually(async () => (await count()) === 1);
    await database.run(`SELECT pg_notify('plaza', 'room:1')`);
    await eventually(() => heard.includes('1'));
    expect(said).toContain('PostgreSQL stopped unexpectedly; starting it again');
  });

  it('keeps every post that was answered while it died, and none twice', async () => {
    const before = (await count()) ?? 0;
    const posting = Array.from({ length: 200 }, (_, index) =>
      setTimeout(index)
        .then(post)
        .then(
          () => 'stored',
          (error: unknown) => error,
        ),
    );
    const killed = setTimeout(100).then(killPostgres);
    const outcomes = await Promise.all(posting);
    await killed;
    const stored = outcomes.filter((outcome) => outcome === 'stored').length;
    const failures = outcomes.filter((outcome) => outcome !== 'stored');
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toBeInstanceOf(DatabaseUnavailableError);

    await eventually(async () => (await count()) !== undefined);
    const kept = ((await count()) ?? 0) - before;
    expect(kept).toBeGreaterThanOrEqual(stored);
    // A commit whose answer was lost may have happened: at most one for each connection of the pool.
    expect(kept).toBeLessThanOrEqual(stored + 4);
  });

  it('opens few connections while it recovers, however many requests wait for one', async () => {
    const sleeping = Array.from({ length: 4 }, () => database.run('SELECT pg_sleep(30)'));
    const waiting = Array.from({ length: 400 }, () => count());
    await eventually(async () => (await processesNamed('SELECT')).length === 4);
    written.length = 0;
    for (const pid of await processesNamed('walwriter')) process.kill(pid, 'SIGKILL');
    const outcomes = await Promise.allSettled([...sleeping, ...waiting]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(4);
    await eventually(count);
    const attempts = written.filter((line) => line.includes('FATAL:  the database system is'));
    expect(attempts.length).toBeLessThan(60);
  });

  it('stops for good even while it is being started again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plaza-recovery-'));
    await chmod(folder, 0o711);
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
    const other = await openEmbeddedPostgres({ dataDir: folder, log });
    await killPostgresIn(folder);
    await setTimeout(150);
    await other.stop();
    expect(await findProcesses(`-D ${folder}`)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
