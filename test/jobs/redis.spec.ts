import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Meters } from '../../src/foundation/metrics/meters.service.js';
import { type Job } from '../../src/operation/jobs/job.js';
import { JobWorker } from '../../src/operation/jobs/job-worker.service.js';
import { eventually } from '../support/eventually.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { startServer } from '../support/server.js';

describeWithRedis('jobs of a community with Redis', () => {
  let redis: TestRedis;
  let workers: JobWorker[];
  let warnings: string[];

  /** Starts a worker as a process of its own would. Its database does not exist, so the queue can only be in Redis. */
  const start = (
    run: Job['run'],
    { community = 'one', dueAtOnce = true, everySeconds = 0.1 } = {},
  ): JobWorker => {
    const address = {
      databaseUrl: 'postgres://127.0.0.1:1/none',
      redis: { url: redis.url, prefix: `plaza:${community}:` },
    };
    const worker = new JobWorker([{ name: 'test', everySeconds, run }], address, new Meters());
    workers.push(worker);
    worker.start(dueAtOnce);
    return worker;
  };

  const stop = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.onModuleDestroy()));
    workers = [];
  };

  beforeEach(async () => {
    warnings = [];
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (message: string) => warnings.push(message),
    });
    redis = await startRedis();
    workers = [];
  });

  afterEach(async () => {
    await stop();
    await redis.stop();
  });

  it('are run by one process at a time, and by another one when that stops', async () => {
    let running = 0;
    let most = 0;
    const runs: string[] = [];
    const job = (name: string) => async (): Promise<void> => {
      most = Math.max(most, ++running);
      await sleep(250);
      running--;
      runs.push(name);
    };
    const first = start(job('first'));
    await eventually(() => runs.length > 0);
    start(job('second'), { dueAtOnce: false });
    await eventually(() => runs.length >= 5);
    await first.onModuleDestroy();
    const before = runs.length;
    await eventually(() => runs.length > before + 2);
    expect(new Set(runs.slice(before))).toEqual(new Set(['second']));
    expect(most).toBe(1);
  });

  it('stay apart for two communities that share one Redis', async () => {
    const runs = { one: 0, two: 0 };
    start(() => Promise.resolve(runs.one++), { community: 'one', everySeconds: 3600 });
    start(() => Promise.resolve(runs.two++), { community: 'two', everySeconds: 3600 });
    await eventually(() => runs.one === 1 && runs.two === 1);
    await stop();
    expect(runs).toEqual({ one: 1, two: 1 });
  });

  it('wait while Redis is away, which is reported once, and go on although it comes back empty', async () => {
    let runs = 0;
    start(() => Promise.resolve(runs++));
    await eventually(() => runs > 2);
    await redis.kill();
    await eventually(() => warnings.length > 0);
    await sleep(2_000);
    const before = runs;
    await redis.start();
    await eventually(() => runs > before + 3);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^The queue of jobs cannot be used for the moment: /);
  });

  it('go on although the next run was lost', async () => {
    let runs = 0;
    start(() => Promise.resolve(runs++), { everySeconds: 5 });
    await eventually(() => runs > 0);
    const connection = await redis.connect();
    await eventually(async () => (await connection.del('plaza:one:plaza-jobs:delayed')) === 1);
    connection.disconnect();
    const before = runs;
    await eventually(() => runs > before);
  });

  it('begin when Redis begins', async () => {
    let runs = 0;
    await redis.kill();
    start(() => Promise.resolve(runs++));
    await eventually(() => warnings.length > 0);
    await redis.start();
    await eventually(() => runs > 0);
  });

  it.each([
    ['for a moment', 3_000],
    ['until its connections were given up', 14_000],
  ])('go on after Redis hung %s', async (_howLong, milliseconds) => {
    let runs = 0;
    start(() => Promise.resolve(runs++));
    await eventually(() => runs > 0);
    redis.freeze();
    await sleep(milliseconds);
    redis.thaw();
    const before = runs;
    await eventually(() => runs > before + 3);
  });

  it.each([
    [
      'is away',
      async (): Promise<void> => {
        await redis.kill();
        await eventually(() => warnings.length > 0);
      },
    ],
    [
      'hangs',
      (): Promise<void> => {
        redis.freeze();
        return Promise.resolve();
      },
    ],
  ])('do not keep a process from ending while Redis %s', async (_how, lose) => {
    let runs = 0;
    const worker = start(() => Promise.resolve(runs++));
    await eventually(() => runs > 0);
    await lose();
    await worker.onModuleDestroy();
    redis.thaw();
  });

  it('do not keep a process from ending that has never reached it', async () => {
    await redis.kill();
    const worker = start(() => Promise.resolve());
    await eventually(() => warnings.length > 0);
    await worker.onModuleDestroy();
  });

  it('need no tables in the database', async () => {
    const server = await startServer({ workers: 2, env: { REDIS_URL: redis.url, LOG_LEVEL: 'debug' } });
    try {
      await eventually(() => server.log().includes('The job \\"expired nonces\\" took'));
      expect(await server.sql('SELECT FROM plaza_jobs.scheduler')).toEqual([]);
      await redis.kill();
      await eventually(() => server.log().includes('The queue of jobs cannot be used'));
      // Time in which it could say so again.
      await sleep(2_000);
      expect(server.log().match(/The queue of jobs cannot be used/g)).toHaveLength(1);
      await server.kill('SIGTERM');
      expect(server.log()).not.toContain('have not finished in time');
    } finally {
      await server.stop();
    }
  });
});
