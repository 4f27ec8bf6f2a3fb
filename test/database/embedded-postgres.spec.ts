import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedProcess } from '../support/embedded-process.js';
import { eventually } from '../support/eventually.js';
import { findProcesses } from '../support/processes.js';

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  let cluster: string;
  const started: EmbeddedProcess[] = [];

  const start = async (role: 'server' | 'command'): Promise<EmbeddedProcess> => {
    const process = await EmbeddedProcess.start({ role, dataDir });
    started.push(process);
    return process;
  };
  const postmasters = (): Promise<number[]> => findProcesses(`-D ${cluster} `);

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'plaza-embedded-'));
    // When root runs the tests, PostgreSQL runs as another user and has to get in.
    await chmod(dataDir, 0o711);
    cluster = join(dataDir, 'postgres', 'cluster');
  });

  afterEach(async () => {
    for (const process of started.splice(0)) await process.stop();
    await eventually(async () => (await postmasters()).length === 0);
  });

  afterAll(async () => {
    await rm(dataDir, { recursive: true });
  });

  it('lets one of two servers win that start at once on an empty folder, and tells the other which one did', async () => {
    const outcomes = await Promise.allSettled([start('server'), start('server')]);
    const [winner] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const [reason] = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [String(outcome.reason)] : [],
    );
    expect(reason).toContain('already used by another plaza server');
    expect(reason).toContain(`process ${winner?.pid}`);
    expect(reason).not.toContain('\n');
    await expect(winner?.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('keeps its data when it stops and starts again', async () => {
    const first = await start('server');
    await first.query('CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start('server');
    await expect(second.query('SELECT answer FROM kept')).resolves.toEqual([{ answer: 42 }]);
  });

  it('keeps its password from other users', async () => {
    await start('server');
    const { mode } = await stat(join(dataDir, 'postgres', 'password'));
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(cluster)).mode & 0o077).toBe(0);
  });

  it('compares text alike on every machine, and handles letters beyond ASCII', async () => {
    const server = await start('server');
    await expect(
      server.query(`SELECT lower('ÄÖ') AS lower, 'a' < 'B' AS folded, current_setting('timezone') AS zone`),
    ).resolves.toEqual([{ lower: 'äö', folded: false, zone: 'UTC' }]);
  });

  it('refuses a second server while the first lives, and does not disturb the first', async () => {
    const first = await start('server');
    await expect(start('server')).rejects.toThrow(`process ${first.pid}`);
    await expect(first.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('ends by itself when its server is killed, and loses no committed data', async () => {
    const first = await start('server');
    await first.query('CREATE TABLE survived AS SELECT 7 AS rows');
    await first.kill();
    await eventually(async () => (await postmasters()).length === 0);
    const second = await start('server');
    await expect(second.query('SELECT rows FROM survived')).resolves.toEqual([{ rows: 7 }]);
  });

  it('takes over a PostgreSQL that outlived its server', async () => {
    const first = await start('server');
    const [orphan = 0] = await postmasters();
    for (const pid of await findProcesses(`kill -INT "$0" ${orphan} `)) process.kill(pid, 'SIGKILL');
    await first.kill();
    expect(await postmasters()).toContain(orphan);
    const second = await start('server');
    expect(await postmasters()).not.toContain(orphan);
    await expect(second.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('starts when PostgreSQL was killed too, and its old process id is that of another program now', async () => {
    const first = await start('server');
    const [postmaster = 0] = await postmasters();
    await first.kill();
    process.kill(postmaster, 'SIGKILL');
    await eventually(async () => (await postmasters()).length === 0);
    const { uid, gid } = await stat(cluster);
    const stranger: ChildProcess = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {});
    try {
      for (const lock of [join(cluster, 'postmaster.pid'), join(cluster, '../socket/.s.PGSQL.5432.lock')]) {
        await writeFile(lock, (await readFile(lock, 'utf8')).replace(/^\d+/, String(stranger.pid)));
      }
      const second = await start('server');
      await expect(second.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('lets a command work beside the running server', async () => {
    const server = await start('server');
    const command = await start('command');
    await command.query('CREATE TABLE by_command AS SELECT 1 AS one');
    await command.stop();
    await expect(server.query('SELECT one FROM by_command')).resolves.toEqual([{ one: 1 }]);
  });

  it('starts for a command when no server runs, and stops after it', async () => {
    const command = await start('command');
    await expect(command.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await command.stop();
    expect(await postmasters()).toEqual([]);
  });

  it('stays for a second command when the first, which started it, is done', async () => {
    const first = await start('command');
    const second = await start('command');
    const ended = first.stop();
    await expect(second.query('SELECT pg_sleep(0.3), 1 AS one')).resolves.toMatchObject([{ one: 1 }]);
    await second.stop();
    await ended;
  });

  it('makes a server wait for a command that is about to finish', async () => {
    const command = await start('command');
    const server = start('server');
    await expect(command.query('SELECT pg_sleep(0.5), 1 AS one')).resolves.toMatchObject([{ one: 1 }]);
    await command.stop();
    await expect((await server).query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});
