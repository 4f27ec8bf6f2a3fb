import { join } from 'node:path';
import { Actors } from '../support/actors.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { installServer, startServer, type TestServer } from '../support/server.js';

const FORBIDDEN = 403;
/** A ban is tried so often: the fault that it looks for shows in some milliseconds only. */
const BANS = 30;

interface StatusOutput {
  machines: { name: string; is_leaving: boolean; workers: { pid: number; hears_changes: boolean }[] }[];
  database: { is_standby: boolean };
  redis: null;
  storage: { kind: string; is_reachable: boolean };
  jobs: { failed: number };
  readers: { reader: string; waiting: number }[];
}

describe('two machines of one community', () => {
  let database: TestDatabase;
  let first: TestServer;
  let second: TestServer;
  let here: Actors;
  let there: Actors;

  /** The settings of a machine that shares what machines share. */
  const besides = (name: string) => ({
    MACHINE_NAME: name,
    SERVER_KEY_FILE: join(first.dataDir, 'key_x25519'),
    BALANCER_GRACE: '2',
  });

  beforeAll(async () => {
    database = await createDatabase({ migrated: true });
    first = await startServer({ database, workers: 2, env: { MACHINE_NAME: 'plaza-1' } });
    second = await startServer({
      database: { ...database, drop: () => Promise.resolve() },
      workers: 2,
      env: besides('plaza-2'),
    });
    here = new Actors(first);
    there = new Actors(second);
  });

  afterAll(async () => {
    await second.stop();
    await first.stop();
  });

  async function status(): Promise<StatusOutput> {
    const { code, stdout } = await first.plaza('status', '--json');
    expect(code).toBe(0);
    return JSON.parse(stdout) as StatusOutput;
  }

  it('keep someone whom one has banned out on the other, in the very next request', async () => {
    const boss = await here.globalAdmin();
    for (let count = 0; count < BANS; count += 1) {
      const name = `raider ${count}`;
      const raider = there.person(name);
      (await raider.pollInfo('lobby')).expect(200);
      (await boss.ban(raider.id, { rooms: ['lobby'] })).expect(200);
      expect((await raider.recentMessages('lobby')).status).toBe(FORBIDDEN);
    }
  });

  it('wait again for one that hears of changes again, because it shows itself before it asks a cache', async () => {
    const [began] = await first.sql('SELECT plaza_now() AS at');
    await first.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'plaza change feed' AND datname = current_database()`,
    );
    await eventually(() => second.log().split('The change feed is back').length === 3);
    const [shown] = await first.sql(`SELECT min(seen_at) AS at FROM processes WHERE machine LIKE 'plaza-2%'`);
    expect(Number(shown?.at)).toBeGreaterThan(Number(began?.at));
  });

  it('are shown by plaza status with their workers', async () => {
    await eventually(async () => (await status()).machines.flatMap(({ workers }) => workers).length === 4);
    const { machines, database: shown, redis, storage, jobs } = await status();
    expect(machines.map(({ name }) => name.replace(/:\d+$/, ''))).toEqual(['plaza-1', 'plaza-2']);
    expect(machines.flatMap(({ workers }) => workers.map((worker) => worker.hears_changes))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([shown.is_standby, redis, storage.kind, storage.is_reachable]).toEqual([
      false,
      null,
      'folder',
      true,
    ]);
    expect(jobs.failed).toBe(0);
    const lines = (await first.plaza('status')).stdout;
    expect(lines).toMatch(/^machine plaza-1:\d+\n {2}worker \d+, Plaza \d/);
  });

  it('are told of settings that differ, and a machine with another key does not start', async () => {
    const third = await installServer({
      database: { ...database, drop: () => Promise.resolve() },
      env: { ...besides('plaza-3'), MESSAGE_MAX_BYTES: '4096' },
    });
    await third.start();
    expect(third.log()).toMatch(/MESSAGE_MAX_BYTES is 4096 here and 65536 on plaza-1:\d+: make them equal/);
    await third.kill('SIGTERM');
    await expect(third.restart({ SERVER_KEY_FILE: join(third.dataDir, 'another_key') })).rejects.toThrow(
      /The server key of this machine is another one than that of plaza-1:\d+: give both the same SERVER_KEY/,
    );
    await third.stop();
  });

  it('go on without one that stops, which says so first and answers until then', async () => {
    const poller = there.alice;
    (await poller.pollInfo('lobby')).expect(200);
    const stopped = second.kill('SIGTERM');
    await eventually(async () => (await fetch(`${second.url}/health/ready`)).status === 503);
    const answer = await fetch(`${second.url}/room/lobby`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect((await status()).machines.find(({ name }) => name.startsWith('plaza-2'))?.is_leaving).toBe(true);
    await stopped;
    expect((await status()).machines.map(({ name }) => name.replace(/:\d+$/, ''))).toEqual(['plaza-1']);
    await second.restart();
  });
});
