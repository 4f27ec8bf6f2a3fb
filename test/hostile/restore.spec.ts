import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { Actors } from '../support/actors.js';
import { type PackedEntry, repack, unpack } from '../support/repack.js';
import { installServer, startServer, type TestServer } from '../support/server.js';

const FILE_BYTES = 100_000;

let folder: string;
let server: TestServer;
/** A backup as it should be. */
let archive: string;
let source: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-hostile-'));
  server = await installServer();
  source = await startServer();
  const { alice } = new Actors(source);
  const { id } = (await alice.upload('lobby', Buffer.alloc(FILE_BYTES, 'cat'))).expect(201).json;
  (await alice.postMessage('lobby', 'a file', { files: [id] })).expect(201);
  archive = await backup('good');
});

afterAll(async () => {
  await source.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function backup(name: string): Promise<string> {
  const file = join(folder, `${name}.tar`);
  expect(await source.plaza('backup', file)).toMatchObject({ code: 0 });
  return file;
}

/** Restores a file and expects refusal, whose last line contains `reason`, and an installation as it was. */
async function refuses(file: string, reason: string): Promise<void> {
  const { code, stdout, stderr } = await server.plaza('restore', file);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const lines = stderr.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('plaza: '))).toEqual([lines.at(-1)]);
  expect(lines.at(-1)).toContain(reason);
  const [tables] = await server.sql(`SELECT to_regclass('users') IS NOT NULL AS exist`);
  if (tables?.exist) expect(await server.sql('SELECT FROM users UNION ALL SELECT FROM rooms')).toEqual([]);
  expect(await filesOf(server)).toEqual([]);
}

async function filesOf({ dataDir }: TestServer): Promise<string[]> {
  const names = await readdir(join(dataDir), { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('a restore refuses', () => {
  it('a pipe and a device, which may have no end', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await refuses(pipe, 'it is no regular file');
    await refuses('/dev/zero', 'it is no regular file');
  });

  it('an entry that is a link', async () => {
    const tar = pack();
    tar.entry({ name: 'plaza-backup.json', type: 'symlink', linkname: '/etc/passwd' });
    tar.finalize();
    const file = join(folder, 'link.tar');
    await writeFile(file, await buffer(tar));
    await refuses(file, 'no regular file');
  });

  it('an extended header, which would be collected in memory at any size', async () => {
    const tar = pack();
    tar.entry({ name: 'x'.repeat(300) }, 'a long name takes an extended header');
    tar.finalize();
    const file = join(folder, 'long.tar');
    await writeFile(file, await buffer(tar));
    await refuses(file, 'no regular file');
  });

  const find = (entries: PackedEntry[], start: string): PackedEntry => {
    const found = entries.find(({ name }) => name.startsWith(start));
    if (!found) throw new Error(`There is no ${start}`);
    return found;
  };
  const before = (entries: PackedEntry[], added: PackedEntry): PackedEntry[] => [
    ...entries.slice(0, -1),
    added,
    ...entries.slice(-1),
  ];

  it.each<[string, (entries: PackedEntry[]) => PackedEntry[], string]>([
    [
      'rows that come twice',
      (all) => before(all, find(all, 'database/messages/')),
      'its database/messages/00000',
    ],
    ['a file that comes twice', (all) => before(all, find(all, 'files/')), 'more files than it says'],
    ['a header that comes twice', (all) => before(all, find(all, 'plaza-backup.json')), 'belongs nowhere'],
    [
      'a file whose name leads elsewhere',
      (all) => before(all, { name: 'files/../../key_x25519', bytes: Buffer.alloc(32) }),
      'belongs nowhere',
    ],
    [
      'texts that are no UTF-8',
      (all) =>
        all.map((entry) =>
          entry.name.startsWith('database/rooms/')
            ? {
                ...entry,
                bytes: Buffer.from(entry.bytes.toString('latin1').replace('lobby', 'lo\xffby'), 'latin1'),
              }
            : entry,
        ),
      'its database/rooms/00000',
    ],
    [
      'more rows than memory holds in one piece',
      (all) =>
        before(all, { name: 'database/messages/00000009', bytes: Buffer.alloc(49 * 1024 * 1024, '\n') }),
      'is too large',
    ],
    ['an archive without its manifest', (all) => all.slice(0, -1), 'it was cut short'],
  ])('%s', async (_, change, reason) => {
    const file = join(folder, 'changed.tar');
    await repack(file, change(await unpack(archive)));
    await refuses(file, reason);
  });

  it.each([
    ['NaN', `'NaN'`],
    ['Infinity', `'Infinity'`],
    ['a time of the year 300 000', '1e13'],
  ])('a message of the time %s', async (name, value) => {
    const [{ posted_at: right } = {}] = await source.sql('SELECT posted_at FROM messages');
    await source.sql(`UPDATE messages SET posted_at = ${value}`);
    try {
      await refuses(await backup(name.replaceAll(' ', '-')), 'messages has a number in posted_at');
    } finally {
      await source.sql('UPDATE messages SET posted_at = $1', [right]);
    }
  });

  it('an archive that is cut at any place', async () => {
    const { size } = await stat(archive);
    for (const part of [0.1, 0.5, 0.9]) {
      const file = join(folder, 'cut.tar');
      await writeFile(file, await readFile(archive));
      await truncate(file, Math.floor(size * part));
      await refuses(file, 'is no whole backup of Plaza');
    }
  });

  it('an entry whose size differs from the size that it claims', async () => {
    const file = join(folder, 'size.tar');
    await writeFile(file, await readFile(archive));
    const handle = await open(file, 'r+');
    // The first header's size, in octal digits.
    await handle.write(Buffer.from('77777777777\0'), 0, 12, 124);
    await handle.close();
    await refuses(file, 'is no whole backup of Plaza');
  });
});

it('a restore accepts the intact backup, after all that it refused', async () => {
  expect(await server.plaza('restore', archive)).toMatchObject({ code: 0 });
  expect(await server.sql('SELECT size::int FROM files')).toEqual([{ size: FILE_BYTES }]);
});
