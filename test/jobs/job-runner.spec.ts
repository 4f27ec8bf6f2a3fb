import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { JobLock } from '../../src/operation/jobs/job-lock.js';
import { JobRunner } from '../../src/operation/jobs/job-runner.service.js';
import { type Job } from '../../src/operation/jobs/job.js';
import { type Cable, layCable } from '../support/cable.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

const TICK = 10;

describe('the runner of jobs', () => {
  let database: TestDatabase;
  let runners: JobRunner[];

  /** Starts a runner as a process of its own would. */
  const start = (job: Pick<Job, 'everySeconds' | 'run'>, url = database.url): JobRunner => {
    const runner = new JobRunner([{ name: 'test', ...job }], new JobLock(url), TICK);
    runners.push(runner);
    runner.onApplicationBootstrap();
    return runner;
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createDatabase();
  });

  beforeEach(() => {
    runners = [];
  });

  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.onModuleDestroy()));
  });

  afterAll(async () => {
    await database.drop();
  });

  it('runs a job again and again, as often as it is due', async () => {
    const starts: number[] = [];
    start({
      everySeconds: 0.3,
      run: () => Promise.resolve(starts.push(performance.now())),
    });
    await eventually(() => starts.length === 4);
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThan(280);
  });

  it('never runs a job beside itself, however long it takes', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    start({
      everySeconds: 0,
      run: async () => {
        most = Math.max(most, ++running);
        await sleep(10 * TICK);
        running--;
        runs++;
      },
    });
    await eventually(() => runs === 5);
    expect(most).toBe(1);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('out of luck'))],
    [
      'throws',
      (): Promise<void> => {
        throw new Error('out of luck');
      },
    ],
  ])('tries a job that %s again when it is next due', async (_how, fail) => {
    let attempts = 0;
    start({
      everySeconds: 0.05,
      run: () => {
        attempts++;
        return fail();
      },
    });
    await eventually(() => attempts === 3);
  });

  it('lets the job that runs finish before it stops, and starts none after', async () => {
    const events: string[] = [];
    const runner = start({
      everySeconds: 0,
      run: async () => {
        events.push('start');
        await sleep(200);
        events.push('end');
      },
    });
    await eventually(() => events.length === 1);
    await runner.onModuleDestroy();
    expect(events).toEqual(['start', 'end']);
    await sleep(5 * TICK);
    expect(events).toHaveLength(2);
  });

  it('leaves the jobs to one of many, and to the next when that one stops', async () => {
    const runs: number[] = [];
    for (let index = 0; index < 4; index++) {
      start({ everySeconds: 0, run: () => Promise.resolve(runs.push(index)) });
    }
    await eventually(() => runs.length > 20);
    const [first = -1] = runs;
    expect(new Set(runs)).toEqual(new Set([first]));
    await runners[first]?.onModuleDestroy();
    const before = runs.length;
    await eventually(() => runs.length > before + 20);
    const successors = new Set(runs.slice(before));
    expect(successors.size).toBe(1);
    expect(successors).not.toContain(first);
  });

  describe('whose connection is cut', () => {
    let cable: Cable;

    beforeEach(async () => {
      cable = await layCable(database.url);
    });

    afterEach(async () => {
      await cable.cut();
    });

    it('runs nothing until it is mended, while another one takes over', async () => {
      const runs: string[] = [];
      start({ everySeconds: 0, run: () => Promise.resolve(runs.push('first')) }, cable.url);
      await eventually(() => runs.length > 0);
      start({ everySeconds: 0, run: () => Promise.resolve(runs.push('second')) });
      await cable.cut();
      await eventually(() => runs.includes('second'));
      await cable.mend();
      const before = runs.length;
      await eventually(() => runs.length > before + 20);
      expect(new Set(runs.slice(runs.indexOf('second')))).toEqual(new Set(['second']));
    });

    it('runs again when nobody else wants to', async () => {
      let runs = 0;
      start({ everySeconds: 0, run: () => Promise.resolve(runs++) }, cable.url);
      await eventually(() => runs > 0);
      await cable.cut();
      await sleep(10 * TICK);
      const before = runs;
      await sleep(10 * TICK);
      expect(runs).toBe(before);
      await cable.mend();
      await eventually(() => runs > before);
    });
  });
});
