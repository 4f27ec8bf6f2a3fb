import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const COMMAND = fileURLToPath(new URL('../../bin/plaza.js', import.meta.url));

const OWN = { UPLOAD_MAX_BYTES: '30000000' };

let server: OpenServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-pipe-'));
  server = await openServer({ env: { ...OWN, BACKUP_TO: join(folder, 'kept') } });
  const { alice } = new Actors(server, 'lobby', 'plain');
  for (let file = 0; file < 4; file++) {
    const { id } = (await alice.upload('lobby', randomBytes(25_000_000))).expect(201).json;
    (await alice.postMessage('lobby', 'large', { files: [id] })).expect(201);
  }
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function plaza(...args: string[]) {
  return spawn(process.execPath, [COMMAND, ...args], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: server.database.url,
      DATA_DIR: server.dataDir,
      BACKUP_TO: join(folder, 'kept'),
      ...OWN,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

it('a backup is written to a pipe, and its messages are not', async () => {
  const file = join(folder, 'piped.tar');
  const command = plaza('backup', '-');
  const ended = once(command, 'exit');
  const [told] = await Promise.all([text(command.stderr), pipeline(command.stdout, createWriteStream(file))]);
  expect([(await ended)[0], told]).toEqual([
    0,
    expect.stringMatching(/^Backed up \d+ rows and 4 files\.\n$/),
  ]);
  // Whether it is whole, a restore says, which reads all of it before it refuses to overwrite what is there.
  const { stderr } = await server.plaza('restore', file);
  expect(stderr).toContain('Plaza is running on this database');
});

it('a backup that is killed in the middle leaves no archive that looks whole, and the next one removes its remains', async () => {
  const command = plaza('backups', 'now');
  const ended = once(command, 'exit');
  await eventually(async () =>
    (await readdir(join(folder, 'kept'))).some((name) => name.endsWith('.unfinished')),
  );
  command.kill('SIGKILL');
  await ended;
  expect((await readdir(join(folder, 'kept'))).every((name) => name.endsWith('.unfinished'))).toBe(true);
  const listed = async (): Promise<string> => (await server.plaza('backups', 'list')).stdout;
  expect(await listed()).toMatch(/^made by itself\t\S+\t.*\tunder way, or killed\n$/);
  // The lock of the killed one goes with its connection, which the database notices by itself.
  await eventually(async () => (await server.plaza('backups', 'now')).code === 0);
  const [made, ...others] = await readdir(join(folder, 'kept'));
  expect([made, others]).toEqual([expect.stringMatching(/\.tar$/), []]);
});
