import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Actors } from '../support/actors.js';
import { type CommandResult } from '../support/community.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { installServer } from '../support/server.js';

const PASSPHRASE = 'correct horse battery staple';

let server: OpenServer;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-backups-'));
  await writeFile(join(folder, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
  server = await openServer({
    env: {
      BACKUP_SCHEDULE: '6h',
      BACKUP_TO: join(folder, 'kept'),
      BACKUP_KEEP: '2',
      MACHINE_NAME: 'plaza-7',
    },
    heldClock: true,
  });
  const { alice } = new Actors(server, 'lobby');
  const file = (await alice.upload('lobby', randomBytes(300_000), 'a.bin')).expect(201).json.id;
  (await alice.postMessage('lobby', 'kept', { files: [file] })).expect(201);
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function succeed(result: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await result;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd();
}

interface List {
  backups: { name: string; bytes: number; sealed: boolean }[];
  attempts: { name: string; machine: string; bytes: number | null; failure: string | null }[];
}

async function list(): Promise<List> {
  return JSON.parse(await succeed(server.plaza('backups', 'list', '--json'))) as List;
}

async function names(): Promise<string[]> {
  return (await list()).backups.map(({ name }) => name);
}

it('scheduled backups are made when they are due and verified, and the oldest one goes once there are newer ones', async () => {
  await server.runJob('backups');
  const [first, ...none] = await names();
  expect(first).toMatch(new RegExp(`^plaza-${server.publicKey.slice(0, 8)}-\\d{8}T\\d{6}Z\\.tar$`));
  expect(none).toEqual([]);
  expect((await stat(join(folder, 'kept', first ?? ''))).mode & 0o777).toBe(0o600);
  expect((await list()).attempts).toEqual([expect.objectContaining({ name: first, machine: 'plaza-7' })]);

  await server.clock.advance('5 hours');
  await server.runJob('backups');
  expect(await names()).toEqual([first]);
  await server.clock.advance('1 hour');
  await server.runJob('backups');
  const [, second] = await names();
  expect(await names()).toEqual([first, second]);
  await server.clock.advance('6 hours');
  await server.runJob('backups');
  const [kept, third] = await names();
  expect([kept, await readdir(join(folder, 'kept'))]).toEqual([second, [second, third].sort()]);
  expect(await succeed(server.plaza('backups', 'check', third ?? ''))).toMatch(
    /is whole: \d+ rows and 1 file as of/,
  );
});

it('a scheduled backup is made once when several processes look at the same time', async () => {
  await Promise.all([server.runJob('backups'), server.runJob('backups'), server.runJob('backups')]);
  expect(await server.sql('SELECT count(*)::integer AS runs FROM backup_runs')).toEqual([{ runs: 1 }]);
  expect(await names()).toHaveLength(1);
});

it('a scheduled backup that fails leaves nothing, tells why, and is tried again after a quarter of an hour', async () => {
  await mkdir(join(folder, 'kept'));
  await server.restart({ BACKUP_PASSPHRASE_FILE: join(folder, 'nowhere') });
  await expect(server.runJob('backups')).rejects.toThrow(
    "The passphrase for backups can't be read: there is no",
  );
  const { backups, attempts } = await list();
  expect(backups).toEqual([]);
  expect(attempts).toEqual([
    expect.objectContaining({ bytes: null, failure: expect.stringContaining('passphrase') as string }),
  ]);
  await server.restart({ BACKUP_PASSPHRASE_FILE: '' });
  await server.runJob('backups');
  expect(await names()).toEqual([]);
  await server.clock.advance('15 minutes');
  await server.runJob('backups');
  expect(await names()).toHaveLength(1);
});

it('the next attempt removes the remains of a killed one, and nothing else', async () => {
  await mkdir(join(folder, 'kept'));
  const own = `plaza-${server.publicKey.slice(0, 8)}-20260101T000000Z.tar`;
  const others = [
    'plaza-00000000-20260101T000000Z.tar',
    'plaza-00000000-20260101T000000Z.tar.unfinished',
    'notes.txt',
  ];
  for (const name of [`${own}.unfinished`, ...others]) await writeFile(join(folder, 'kept', name), 'x');
  await server.runJob('backups');
  const [made] = await names();
  expect(await names()).toHaveLength(1);
  expect((await readdir(join(folder, 'kept'))).sort()).toEqual([...others, made].sort());
});

it('a scheduled backup is not begun when the disk has too little space', async () => {
  await server.restart({ MIN_FREE_DISK_BYTES: '100000000000000' });
  await expect(server.runJob('backups')).rejects.toThrow('There is too little space for a backup');
  expect(await readdir(folder)).toEqual(['passphrase']);
});

it('plaza backups check notices a scheduled backup that is damaged', async () => {
  await server.runJob('backups');
  const [name = ''] = await names();
  const bytes = await readFile(join(folder, 'kept', name));
  const at = bytes.indexOf('server_') + 3;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(join(folder, 'kept', name), bytes);
  const { code, stderr } = await server.plaza('backups', 'check', name);
  expect([code, stderr]).toEqual([1, expect.stringContaining('is no whole backup of Plaza')]);
});

it('a scheduled backup is sealed with the passphrase, and restored with it alone', async () => {
  await server.restart({ BACKUP_PASSPHRASE_FILE: join(folder, 'passphrase') });
  expect(await succeed(server.plaza('backups', 'now'))).toMatch(
    /^Made and verified plaza-\S+\.tar\.sealed in /,
  );
  const [name = ''] = await names();
  const sealed = await readFile(join(folder, 'kept', name));
  expect(sealed.includes('key_x25519')).toBe(false);
  const fetched = join(folder, 'fetched');
  await succeed(server.plaza('backups', 'fetch', name, fetched));
  expect((await readFile(fetched)).equals(sealed)).toBe(true);

  const other = await installServer();
  try {
    const restore = (...args: string[]): Promise<CommandResult> => other.plaza('restore', fetched, ...args);
    expect(await restore()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'the backup is sealed: give its passphrase by --passphrase-file FILE',
      ) as string,
    });
    await writeFile(join(folder, 'wrong'), 'something else\n');
    expect(await restore('--passphrase-file', join(folder, 'wrong'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the passphrase is not the one of this backup') as string,
    });
    expect((await restore('--passphrase-file', join(folder, 'passphrase'))).code).toBe(0);
    await other.start();
    const { alice } = new Actors(other, 'lobby');
    expect((await alice.messagesSince('lobby', 0)).expect(200).json).toHaveLength(1);
  } finally {
    await other.stop();
  }
});

it('no backup is made without a schedule', async () => {
  await server.restart({ BACKUP_SCHEDULE: '' });
  await server.runJob('backups');
  expect((await list()).attempts).toEqual([]);
});
