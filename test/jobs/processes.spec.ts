import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

/** Runs of jobs among which one by another process would show. */
const RUNS = 10;

/** Ids of the worker processes that take runs of jobs from the queue. */
async function runnersOf(server: TestServer): Promise<number[]> {
  const rows = await server.sql(
    `SELECT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'plaza-jobs:w:%'`,
  );
  return rows.map(({ name }) => Number(String(name).split(':').at(-1)));
}

/** Ids of the worker processes that ran a job, according to the log from a position in it. */
function ranJobs(server: TestServer, from: number): Set<number> {
  return new Set(jobRuns(server, from));
}

/** The worker process of each run of any job. */
function jobRuns(server: TestServer, from: number): number[] {
  const lines = server.log().slice(from).split('\n');
  return lines
    .filter((line) => /The job \\".*\\" took/.test(line))
    .map((line) => (JSON.parse(line) as { pid: number }).pid);
}

describe('jobs of a server with several processes', () => {
  let server: TestServer;

  const theRunner = async (): Promise<number> => {
    const runners = await runnersOf(server);
    expect(runners).toHaveLength(1);
    return runners[0] ?? 0;
  };

  beforeAll(async () => {
    server = await startServer({ workers: 3, env: { LOG_LEVEL: 'debug' } });
  });

  afterAll(async () => {
    await server.stop();
  });

  it('are run by exactly one of them', async () => {
    await eventually(async () => (await runnersOf(server)).length === 1);
    // Long enough for another one to carry out some, too.
    await eventually(() => jobRuns(server, 0).length >= RUNS);
    expect([...ranJobs(server, 0)]).toEqual([await theRunner()]);
  });

  it('are taken over within seconds when that process is killed', async () => {
    const killed = await theRunner();
    process.kill(killed, 'SIGKILL');
    await eventually(async () => {
      const [runner] = await runnersOf(server);
      return runner !== undefined && runner !== killed;
    });
    const successor = await theRunner();
    // The last lines of the killed process are there by now.
    const from = server.log().length;
    await eventually(() => ranJobs(server, from).has(successor));
    expect([...ranJobs(server, from)]).toEqual([successor]);
  });

  it('are taken over when that process hangs, and not taken back when it goes on', async () => {
    const hung = await theRunner();
    process.kill(hung, 'SIGSTOP');
    try {
      await eventually(async () => (await runnersOf(server)).length === 2);
      const from = server.log().length;
      await eventually(() => ranJobs(server, from).size === 1);
      expect(ranJobs(server, from)).not.toContain(hung);
    } finally {
      process.kill(hung, 'SIGCONT');
    }
    await eventually(async () => (await runnersOf(server)).length === 1);
    expect(await theRunner()).not.toBe(hung);
  });

  it('are tried again after one has failed', async () => {
    await server.sql('ALTER TABLE room_users RENAME TO room_users_out_of_reach');
    const failure = 'The job \\"active users\\" failed and will be tried again in 10 s';
    try {
      await eventually(() => server.log().includes(failure));
    } finally {
      await server.sql('ALTER TABLE room_users_out_of_reach RENAME TO room_users');
    }
    const from = server.log().length;
    await eventually(() => ranJobs(server, from).size === 1);
  });

  it('go on after the database was away', async () => {
    await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await eventually(async () => (await runnersOf(server)).length === 1);
    const from = server.log().length;
    await eventually(() => ranJobs(server, from).size === 1);
  });

  it('do not keep the server from stopping', async () => {
    await server.kill('SIGTERM');
    expect(server.log()).not.toContain('have not finished in time');
    await server.restart();
    await eventually(async () => (await runnersOf(server)).length === 1);
  });
});
