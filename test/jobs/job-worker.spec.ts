import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { Meters } from '../../src/foundation/metrics/meters.service.js';
import { type Job } from '../../src/operation/jobs/job.js';
import { JobWorker } from '../../src/operation/jobs/job-worker.service.js';
import { visitQueue } from '../../src/operation/jobs/open-queue.js';
import { type Cable, layCable } from '../support/cable.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

const SOON = 0.1;

describe('a worker for jobs', () => {
  let database: TestDatabase;
  let observer: pg.Client;
  let workers: JobWorker[];

  /** Starts a worker as a process of its own would. */
  const start = (jobs: Partial<Job>[], { url = database.url, dueAtOnce = true } = {}): JobWorker => {
    const all = jobs.map((job) => ({
      name: 'test',
      everySeconds: SOON,
      run: () => Promise.resolve(),
      ...job,
    }));
    const worker = new JobWorker(
      all,
      { databaseUrl: url, redis: { url: undefined, prefix: '' } },
      new Meters(),
    );
    workers.push(worker);
    worker.start(dueAtOnce);
    return worker;
  };

  const stop = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.onModuleDestroy()));
    workers = [];
  };

  const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await observer.query<Record<string, unknown>>(sql)).rows;

  const schedules = async (): Promise<unknown[]> =>
    (await rows('SELECT scheduler_id FROM plaza_jobs.scheduler ORDER BY 1')).map((row) => row.scheduler_id);

  const failures = (): Promise<Record<string, unknown>[]> =>
    rows(`SELECT name, failed_reason AS reason, attempts_made AS attempts
          FROM plaza_jobs.job WHERE state = 'failed' ORDER BY name`);

  const activeRuns = async (): Promise<number> =>
    (await rows(`SELECT FROM plaza_jobs.job WHERE state = 'active'`)).length;

  /** Puts a run of the job into the queue that is due at once. */
  const planRun = (jobId: string): Promise<unknown> =>
    visitQueue({ databaseUrl: database.url, redis: { url: undefined, prefix: '' } }, (queue) =>
      queue.add('test', {}, { jobId }),
    );

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    database = await createDatabase({ migrated: true });
    observer = new pg.Client(database.url);
    await observer.connect();
    workers = [];
  });

  afterEach(async () => {
    await stop();
    await observer.end();
    await database.drop();
  });

  it('runs a job again and again, as often as it is due', async () => {
    const starts: number[] = [];
    const began = performance.now();
    start([{ everySeconds: 0.5, run: () => Promise.resolve(starts.push(performance.now())) }]);
    await eventually(() => starts.length >= 5);
    // The first one is due at once and the second one soon after; a busy machine may begin each of them late.
    expect((starts[4] ?? 0) - began).toBeGreaterThan(1_400);
  });

  it('runs a job in one process at a time, also one that takes longer than its period', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const run = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await sleep(350);
      running--;
      runs++;
    };
    for (let index = 0; index < 4; index++) start([{ run }], { dueAtOnce: index === 0 });
    await eventually(() => runs >= 6, 100_000);
    expect(most).toBe(1);
  });

  it('plans one run of a job that many processes put into the queue at the same moment', async () => {
    let runs = 0;
    const job = { everySeconds: 3600, run: () => Promise.resolve(runs++) };
    const sessions = async (): Promise<number> =>
      (
        await rows(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'plaza-jobs%'`,
        )
      ).length;
    for (let index = 0; index < 8; index++) start([job], { dueAtOnce: false });
    // Each hears of new runs once it has put its schedules.
    await eventually(async () => (await sessions()) === 8);
    await eventually(() => runs > 0);
    await stop();
    expect(runs).toBe(1);
    expect(await rows('SELECT state FROM plaza_jobs.job')).toEqual([{ state: 'delayed' }]);
  });

  it('does not begin a run beside one that was planned for later and has begun', async () => {
    let begun = 0;
    let mayEnd = 0;
    const run = async (): Promise<void> => {
      const own = ++begun;
      while (own > mayEnd) await sleep(20);
    };
    try {
      start([{ everySeconds: 60, run }]);
      await eventually(() => begun === 1);
      await planRun('repeat:test:1');
      await eventually(async () => (await activeRuns()) === 2);
      // As long as three looks at the other run.
      await sleep(1_500);
      expect(begun).toBe(1);
      mayEnd = 1;
      await eventually(() => begun === 2);
    } finally {
      mayEnd = Infinity;
    }
  });

  it('does not let one job wait for another', async () => {
    let runs = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    start([
      { name: 'held', run: () => held },
      { name: 'free', run: () => Promise.resolve(runs++) },
    ]);
    await eventually(() => runs >= 5);
    release();
  });

  it('shares the runs of a job among processes, so that it runs no more often than by one', async () => {
    const processes = 3;
    let runs = 0;
    const began = performance.now();
    for (let index = 0; index < processes; index++) {
      start([{ run: () => Promise.resolve(runs++) }], { dueAtOnce: index === 0 });
    }
    await eventually(() => runs >= 10);
    await stop();
    // By the clock, because each process that starts has the queue count its schedule's runs anew.
    const due = (performance.now() - began) / 1000 / SOON;
    expect(runs).toBeLessThanOrEqual(due + processes);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('out of luck'))],
    [
      'throws',
      (): Promise<void> => {
        throw new Error('out of luck');
      },
    ],
  ])(
    'tries a job that %s again when it is next due, and keeps the first failure of a row',
    async (_how, fail) => {
      let attempts = 0;
      start([
        {
          run: () => {
            attempts++;
            return fail();
          },
        },
        { name: 'other', everySeconds: 30, run: fail },
      ]);
      await eventually(() => attempts >= 5);
      await stop();
      expect(await failures()).toEqual([
        { name: 'other', reason: 'out of luck', attempts: 1 },
        { name: 'test', reason: 'out of luck', attempts: 1 },
      ]);
    },
  );

  it('tries a rare job again after a pause, and forgets runs that succeed', async () => {
    let attempts = 0;
    start([
      {
        everySeconds: 60 * 60,
        run: () => (++attempts === 1 ? Promise.reject(new Error('out of luck')) : Promise.resolve()),
      },
    ]);
    await eventually(() => attempts === 2);
    await stop();
    expect(await failures()).toEqual([]);
    expect(await rows(`SELECT id FROM plaza_jobs.job WHERE state = 'completed'`)).toEqual([]);
  });

  it('lets the run under way finish before it stops, and starts none after', async () => {
    const events: string[] = [];
    const worker = start([
      {
        run: async () => {
          events.push('start');
          await sleep(300);
          events.push('end');
        },
      },
    ]);
    await eventually(() => events.length === 1);
    await worker.onModuleDestroy();
    expect(events).toEqual(['start', 'end']);
    await sleep(300);
    expect(events).toHaveLength(2);
  });

  it('leaves its jobs to another one when it stops', async () => {
    const runs: string[] = [];
    const first = start([{ run: () => Promise.resolve(runs.push('first')) }]);
    await eventually(() => runs.length > 0);
    start([{ run: () => Promise.resolve(runs.push('second')) }], { dueAtOnce: false });
    await first.onModuleDestroy();
    const before = runs.length;
    await eventually(() => runs.length > before + 5);
    expect(new Set(runs.slice(before))).toEqual(new Set(['second']));
  });

  it('runs all jobs at a start, and at their time when it takes over', async () => {
    const runs: string[] = [];
    const job = (name: string): Partial<Job> => ({
      name,
      everySeconds: 3600,
      run: () => Promise.resolve(runs.push(name)),
    });
    start([job('a')]);
    await eventually(() => runs.length === 1);
    await stop();
    start([job('a'), job('b')], { dueAtOnce: false });
    await eventually(() => runs.includes('b'));
    expect(runs).toEqual(['a', 'b']);
    await stop();
    start([job('a'), job('b')]);
    await eventually(() => runs.length === 4);
    expect(runs.slice(2).sort()).toEqual(['a', 'b']);
  });

  it('drops the schedules of jobs that no longer exist, and skips their runs', async () => {
    start([{ name: 'old' }, { name: 'test' }]);
    await eventually(async () => (await schedules()).length === 2);
    let runs = 0;
    await stop();
    await observer.query(`UPDATE plaza_jobs.job SET state = 'waiting' WHERE name = 'old'`);
    start([{ name: 'test', run: () => Promise.resolve(runs++) }]);
    await eventually(() => runs > 1);
    expect(await schedules()).toEqual(['test']);
    await eventually(async () => (await rows(`SELECT FROM plaza_jobs.job WHERE name = 'old'`)).length === 0);
  });

  it('leaves the schedules of a newer version alone', async () => {
    start([{ name: 'new' }, { name: 'test' }]);
    await eventually(async () => (await schedules()).length === 2);
    await stop();
    // A run writes the version that it was planned by into the schedule when it begins.
    await observer.query(
      `UPDATE plaza_jobs.scheduler SET template_data = '{"version": "999.0.0"}';
       UPDATE plaza_jobs.job SET data = '{"version": "999.0.0"}'`,
    );
    let runs = 0;
    start([{ name: 'old' }, { name: 'test', run: () => Promise.resolve(runs++) }]);
    await eventually(() => runs > 1);
    expect(await schedules()).toEqual(['new', 'test']);
  });

  it('creates schedules again when the queue was emptied, and those that are far ahead', async () => {
    let runs = 0;
    start([{ run: () => Promise.resolve(runs++) }]);
    await eventually(() => runs > 1);
    await observer.query('TRUNCATE plaza_jobs.scheduler, plaza_jobs.job CASCADE');
    // One may be under way.
    let before = runs + 1;
    await eventually(() => runs > before + 2);
    await observer.query(
      `UPDATE plaza_jobs.scheduler SET next_run_ms = next_run_ms + 3600000;
       UPDATE plaza_jobs.job SET process_at_ms = process_at_ms + 3600000, id = 'repeat:test:' || process_at_ms + 3600000
       WHERE state = 'delayed'`,
    );
    before = runs;
    await eventually(() => runs > before + 2);
  });

  it('plans runs again when it takes over a queue that lost schedules or runs, or has them far ahead', async () => {
    const runs = { emptied: 0, lost: 0, far: 0 };
    const names = ['emptied', 'lost', 'far'] as const;
    const worker = start(names.map((name) => ({ name, run: () => Promise.resolve(runs[name]++) })));
    await eventually(() => names.every((name) => runs[name] > 0));
    await worker.onModuleDestroy();
    await observer.query(
      `DELETE FROM plaza_jobs.scheduler WHERE name = 'emptied';
       DELETE FROM plaza_jobs.job WHERE name IN ('emptied', 'lost');
       UPDATE plaza_jobs.scheduler SET next_run_ms = next_run_ms + 3600000 WHERE name = 'far';
       UPDATE plaza_jobs.job SET process_at_ms = process_at_ms + 3600000, id = 'repeat:far:' || process_at_ms + 3600000
       WHERE name = 'far'`,
    );
    Object.assign(runs, { emptied: 0, lost: 0, far: 0 });
    start(
      names.map((name) => ({ name, run: () => Promise.resolve(runs[name]++) })),
      { dueAtOnce: false },
    );
    await eventually(() => names.every((name) => runs[name] > 2));
  });

  it('plans a run again that is lost while it works, beside others that go on', async () => {
    const runs = { lost: 0, other: 0 };
    start([
      { name: 'lost', everySeconds: 5, run: () => Promise.resolve(runs.lost++) },
      { name: 'other', everySeconds: 0.1, run: () => Promise.resolve(runs.other++) },
    ]);
    await eventually(() => runs.lost > 0 && runs.other > 0);
    await eventually(
      async () =>
        (await observer.query(`DELETE FROM plaza_jobs.job WHERE name = 'lost' AND state = 'delayed'`))
          .rowCount === 1,
    );
    const { lost, other } = runs;
    await eventually(() => runs.lost > lost && runs.other > other);
  });

  describe('whose connection is cut', () => {
    let cable: Cable;

    beforeEach(async () => {
      cable = await layCable(database.url);
    });

    afterEach(async () => {
      await cable.cut();
    });

    it('runs no job until it is mended, while others go on', async () => {
      const runs: string[] = [];
      start([{ run: () => Promise.resolve(runs.push('first')) }], { url: cable.url });
      await eventually(() => runs.length > 0);
      start([{ run: () => Promise.resolve(runs.push('second')) }], { dueAtOnce: false });
      await cable.cut();
      await eventually(() => runs.includes('second'));
      const before = runs.length;
      await eventually(() => runs.length > before + 5);
      expect(runs.slice(before)).not.toContain('first');
      await cable.mend();
      await eventually(() => runs.slice(before).includes('first'));
    });

    it('begins when the connection is mended', async () => {
      let runs = 0;
      await cable.cut();
      start([{ run: () => Promise.resolve(runs++) }], { url: cable.url });
      await sleep(300);
      await cable.mend();
      await eventually(() => runs > 0);
    });
  });
});
