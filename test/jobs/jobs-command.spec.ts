import type * as scheduling from '../../src/operation/jobs/scheduled-jobs.js';
import { type JobsReport } from '../../src/operation/jobs/queue-report.service.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { describeWithRedis, startRedis } from '../support/redis.js';

const { ScheduledJobs } = await compiled<typeof scheduling>('operation/jobs/scheduled-jobs.js');

async function reportOf(server: OpenServer): Promise<JobsReport> {
  const { code, stdout, stderr } = await server.plaza('jobs', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as JobsReport;
}

/** Has the job "active users" fail at its next run, and waits until that is reported. */
async function failOnce(server: OpenServer): Promise<JobsReport['failures'][number]> {
  await server.sql('ALTER TABLE room_users RENAME TO room_users_out_of_reach');
  try {
    let failure: JobsReport['failures'][number] | undefined;
    await eventually(async () => {
      failure = (await reportOf(server)).failures.find(({ job }) => job === 'active users');
      return failure !== undefined;
    });
    if (!failure) throw new Error('it did not fail');
    return failure;
  } finally {
    await server.sql('ALTER TABLE room_users_out_of_reach RENAME TO room_users');
  }
}

async function showsJobsAndRetries(server: OpenServer): Promise<void> {
  const all = server
    .get(ScheduledJobs)
    .all.map(({ name }) => name)
    .sort();
  await eventually(async () => {
    const { schedules } = await reportOf(server);
    expect(schedules.map(({ name }) => name).sort()).toEqual(all);
    return schedules.every(({ last_run }) => last_run !== null);
  });
  const { schedules } = await reportOf(server);
  expect(schedules.map(({ name }) => name)).toContain('due permissions and bans');
  for (const { last_run, next_run, every_seconds } of schedules) {
    expect(next_run - (last_run ?? 0)).toBeCloseTo(every_seconds);
  }

  const failure = await failOnce(server);
  expect(failure).toMatchObject({ attempts: 1, reason: expect.stringContaining('room_users') as string });
  const { stdout } = await server.plaza('jobs');
  expect(stdout).toMatch(/^active users\tevery 10 s\t(\d{4}-\S+ \S+Z\t){2}\d{4}-\S+ \S+Z$/m);
  expect(stdout).toContain(`\t${failure.id}\n`);

  expect(await server.plaza('jobs', 'retry', failure.id)).toEqual({
    code: 0,
    stdout: `run ${failure.id} is due again\n`,
    stderr: '',
  });
  await eventually(async () => (await reportOf(server)).failures.every(({ id }) => id !== failure.id));
  const again = await server.plaza('jobs', 'retry', failure.id);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('no failed run has the id');
}

describe('plaza jobs', () => {
  it('shows jobs and those that failed for good, and tries these again', async () => {
    const server = await openServer({ jobs: true });
    try {
      await showsJobsAndRetries(server);
    } finally {
      await server.stop();
    }
  });
});

describeWithRedis('plaza jobs of a community with Redis', () => {
  it('shows the same, and says so when Redis does not answer', async () => {
    const redis = await startRedis();
    const server = await openServer({ jobs: true, env: { REDIS_URL: redis.url } });
    try {
      await showsJobsAndRetries(server);
      await redis.kill();
      const { code, stderr } = await server.plaza('jobs');
      expect(code).toBe(1);
      expect(stderr).toContain('the queue of jobs does not answer');
    } finally {
      await server.stop();
      await redis.stop();
    }
  });
});
