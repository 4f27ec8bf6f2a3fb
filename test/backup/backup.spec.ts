import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchSchema } from '../../src/records/schema/migrate.js';
import { type SessionClient } from '../client/client.js';
import { type CommunityDump, dumpCommunity } from '../import/support/community-dump.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { type CommandResult } from '../support/community.js';
import { createDatabase } from '../support/database.js';
import { installServer, startServer, type TestServer } from '../support/server.js';

let folder: string;
let archive: string;
let server: TestServer;
let actors: Actors;
const others: TestServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-backup-'));
  server = await startServer({ env: { POST_RATE_LIMIT: '100000' }, workers: 2 });
  actors = new Actors(server);
  await fill(actors.alice, await actors.admin());
});

beforeEach(() => {
  archive = join(folder, `${Math.random()}.tar`);
});

afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** A little of everything. */
async function fill(alice: SessionClient, admin: SessionClient): Promise<void> {
  const { id: file } = (await alice.upload('lobby', Buffer.alloc(300_000, 'cat'), 'cat.png')).expect(
    201,
  ).json;
  const { id } = (await alice.postMessage('lobby', 'a\tcat\\N\n', { files: [file] })).expect(201).json;
  (await alice.editMessage('lobby', id, 'the cat', { files: [file] })).expect(200);
  (await admin.react('lobby', id, '😺')).expect(200);
  (await admin.pin('lobby', id)).expect(200);
  const image = (await admin.upload('lobby', Buffer.from('picture'), 'room.png')).expect(201).json;
  await server.sql('UPDATE rooms SET image_id = $1, description = $2', [image.id, 'Café — line\nbreak']);
  (await alice.sendDirectMessage(admin.id, Buffer.from('psst'))).expect(201);
  const { id: gone } = (await alice.postMessage('lobby', 'never mind')).expect(201).json;
  (await alice.deleteMessage('lobby', gone)).expect(200);
}

/** A dump without the counters that a restore raises. */
function withoutCounters({ tables, files }: CommunityDump): object {
  const others = Object.entries(tables).filter(([name]) => name !== 'rooms');
  return { files, tables: Object.fromEntries(others) };
}

async function backedUp(): Promise<CommandResult> {
  const result = await server.plaza('backup', archive);
  if (result.code !== 0) throw new Error(result.stderr);
  return result;
}

async function emptyInstallation(): Promise<TestServer> {
  const other = await installServer({ database: await createDatabase({ migrated: true }) });
  others.push(other);
  return other;
}

async function restored(): Promise<TestServer> {
  const other = await emptyInstallation();
  const { code, stderr } = await other.plaza('restore', archive);
  if (code !== 0) throw new Error(stderr);
  return other;
}

describe('a backup', () => {
  it('restores exactly the community from which it was taken', async () => {
    await server.kill('SIGTERM');
    await backedUp();
    const other = await restored();
    const [before, after] = await Promise.all(
      [server, other].map(async ({ database, dataDir }) =>
        withoutCounters(await dumpCommunity(database.url, dataDir)),
      ),
    );
    expect(after).toEqual(before);
    expect(await readFile(join(other.dataDir, 'key_x25519'))).toEqual(
      await readFile(join(server.dataDir, 'key_x25519')),
    );
    await server.restart();
  });

  it('can be read by its owner alone, because it contains the key', async () => {
    await backedUp();
    expect((await stat(archive)).mode & 0o777).toBe(0o600);
  });

  it('leaves out files that have vanished, and says so', async () => {
    const { id } = (await actors.alice.upload('lobby', Buffer.from('lost'))).expect(201).json;
    const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
    await rm(join(server.dataDir, 'uploads', String(row?.storage_key)));
    expect((await backedUp()).stdout).toContain('left out: 1 file that had no bytes any more');
    const other = await restored();
    expect(await other.sql('SELECT id FROM files WHERE id = $1', [id])).toEqual([]);
    await server.sql('DELETE FROM files WHERE id = $1', [id]);
  });

  it('does not overwrite a file, and leaves none when it fails', async () => {
    await writeFile(archive, 'mine');
    const { code, stderr } = await server.plaza('backup', archive);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists already') as string,
    });
    expect(await readFile(archive, 'utf8')).toBe('mine');
    expect(await server.plaza('backup', join(folder, 'nowhere', 'x.tar'))).toMatchObject({ code: 1 });
  });
});

describe('a backup under load', () => {
  it('has every post that was answered before it began, and a client goes on from it without a gap', async () => {
    const crowd = actors.crowd(8);
    const answered: { id: number; seqno: number }[] = [];
    let posting = true;
    const posters = crowd.map(async (member) => {
      for (let n = 0; posting; n++) {
        const { id, seqno } = (await member.postMessage('lobby', `${n}`)).expect(201).json;
        answered.push({ id, seqno });
        if (n % 5 === 0) (await member.upload('lobby', Buffer.from(`file ${n}`))).expect(201);
      }
    });
    let before: typeof answered;
    try {
      await eventually(() => answered.length >= 40);
      before = [...answered];
      await backedUp();
    } finally {
      posting = false;
      await Promise.all(posters);
    }
    expect(answered.length).toBeGreaterThan(before.length);

    const other = await restored();
    await other.start();
    const reader = new Actors(other).alice;
    const rows = [];
    for (let since = 0; ;) {
      const page = (await reader.messagesSince('lobby', since, { limit: 256 })).expect(200).json;
      if (page.length === 0) break;
      rows.push(...page);
      since = page.at(-1)?.seqno ?? since;
    }
    const known = new Set(rows.map(({ id }) => id));
    expect(before.filter(({ id }) => !known.has(id))).toEqual([]);
    const posted = (await reader.postMessage('lobby', 'on the new machine')).expect(201).json;
    expect(posted.seqno).toBeGreaterThan(Math.max(...rows.map(({ seqno }) => seqno)));
    expect(known.has(posted.id)).toBe(false);
  });
});

describe('a restored community', () => {
  it('goes on above every number that members may have seen after the backup', async () => {
    await backedUp();
    (await actors.bob.pollInfo('lobby')).expect(200);
    const later = {
      post: (await actors.alice.postMessage('lobby', 'after the backup')).expect(201).json,
      letter: (await actors.alice.sendDirectMessage(actors.bob.id, Buffer.from('later'))).expect(201).json,
      info: (await (await actors.admin()).updateRoom('lobby', { name: 'Later' })).expect(200).json,
    };
    const other = await restored();
    await other.start();
    const { alice, bob } = new Actors(other);
    expect((await alice.messagesSince('lobby', later.post.seqno)).expect(200).json).toEqual([]);
    const post = (await bob.postMessage('lobby', 'hello again')).expect(201).json;
    expect(post.id).toBeGreaterThan(later.post.id);
    expect(post.posted).toBeGreaterThan(later.post.posted);
    const news = (await alice.messagesSince('lobby', later.post.seqno)).expect(200).json;
    expect(news.map(({ id }) => id)).toEqual([post.id]);
    const info = (await alice.pollInfo('lobby', later.info.info_updates)).expect(200).json;
    expect(info.details?.info_updates).toBeGreaterThan(later.info.info_updates);
    const letter = (await alice.sendDirectMessage(bob.id, Buffer.from('again'))).expect(201).json;
    expect(letter.id).toBeGreaterThan(later.letter.id);
    expect((await bob.inbox(later.letter.id)).json.map(({ id }) => id)).toEqual([letter.id]);
  });
});

describe('a restore', () => {
  async function refused(other: TestServer, reason: string): Promise<void> {
    const { code, stdout, stderr } = await other.plaza('restore', archive);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
  }

  it('refuses an installation that has a community or another key', async () => {
    await backedUp();
    const other = await emptyInstallation();
    await other.makeServerKey();
    await refused(other, 'this installation has another server key already');
    await other.plaza('room', 'add', 'books');
    await rm(join(other.dataDir, 'key_x25519'));
    await refused(other, 'this installation has a community already');
    expect(await other.sql('SELECT token FROM rooms')).toEqual([{ token: 'books' }]);
  });

  it('notices every damaged byte, restores nothing of it, and succeeds afterwards with a good one', async () => {
    await backedUp();
    const other = await emptyInstallation();
    const good = await readFile(archive);
    const { size } = await stat(archive);
    for (const at of [
      good.indexOf('picture'),
      good.indexOf(Buffer.from('psst').toString('hex')),
      good.indexOf('Café'),
      size - 3000,
    ]) {
      const damaged = Buffer.from(good);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      await writeFile(archive, damaged);
      const { code } = await other.plaza('restore', archive);
      expect({ at, code }).toEqual({ at, code: 1 });
    }
    await writeFile(archive, good);
    await truncate(archive, Math.floor(size / 2 / 512) * 512);
    await refused(other, 'is no whole backup of Plaza');
    await writeFile(archive, 'hello');
    await refused(other, 'is no whole backup of Plaza');
    expect(await readdir(other.dataDir)).not.toContain('key_x25519');
    expect(await other.sql('SELECT count(*)::int FROM rooms')).toEqual([{ count: 0 }]);
    await writeFile(archive, good);
    expect(await other.plaza('restore', archive)).toMatchObject({ code: 0 });
  });

  it('takes a backup of an older version to this one', async () => {
    const old = await emptyInstallation();
    await old.makeServerKey();
    await old.plaza('room', 'add', 'books');
    const current = await old.sql('SELECT name FROM migrations ORDER BY timestamp');
    // As a version without the newest migration would have it.
    await matchSchema(
      old.database.url,
      current.slice(0, -1).map(({ name }) => String(name)),
    );
    expect(await old.plaza('backup', archive)).toMatchObject({ code: 0 });
    const other = await restored();
    expect(await other.sql('SELECT name FROM migrations ORDER BY timestamp')).toEqual(current);
    expect(await other.sql('SELECT token FROM rooms')).toEqual([{ token: 'books' }]);
  });

  it('refuses a backup of a newer version', async () => {
    await backedUp();
    const other = await emptyInstallation();
    const migrations = await server.sql('SELECT name FROM migrations ORDER BY timestamp');
    const last = String(migrations.at(-1)?.name);
    const text = await readFile(archive);
    const newer = last.replace(/^./, (letter) => (letter === 'X' ? 'Y' : 'X'));
    text.write(newer, text.indexOf(last));
    const file = await open(archive, 'w');
    await file.writeFile(text);
    await file.close();
    await refused(other, `The backup is of a newer version of Plaza (migration ${newer})`);
  });
});

describe('a file that was forbidden after a backup', () => {
  it('does not come back by its restore, and neither does the message that showed it', async () => {
    const bytes = Buffer.alloc(100_000, 'abuse');
    const { id: file } = (await actors.alice.upload('lobby', bytes)).expect(201).json;
    const { id } = (await actors.alice.postMessage('lobby', 'look', { files: [file] })).expect(201).json;
    const { id: unhashed } = (await actors.alice.upload('lobby', bytes)).expect(201).json;
    await server.sql('UPDATE files SET sha256 = NULL WHERE id = $1', [unhashed]);
    await backedUp();
    const list = join(folder, 'forbidden.json');
    await server.plaza('file', 'forbid', String(file));
    await writeFile(list, (await server.plaza('file', 'forbidden', '--json')).stdout);
    const other = await emptyInstallation();
    const result = await other.plaza('restore', archive, '--forbid', list);
    expect(result).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Left out what is forbidden: 2 files and 1 message') as string,
    });
    const names = await readdir(join(other.dataDir, 'uploads'));
    const contents = await Promise.all(
      names
        .filter((name) => name !== 'incoming')
        .map((name) => readFile(join(other.dataDir, 'uploads', name))),
    );
    expect(contents.some((content) => content.equals(bytes))).toBe(false);
    const [message] = await other.sql('SELECT data FROM messages WHERE id = $1', [id]);
    expect(message).toEqual({ data: null });
    expect(await other.sql('SELECT sha256 FROM forbidden_files')).toEqual(
      await server.sql('SELECT sha256 FROM forbidden_files'),
    );
    await server.plaza('file', 'allow', (await server.plaza('file', 'forbidden')).stdout.slice(0, 64));
  });

  it('does not come back where DATA_DIR still has the list, or the backup has one itself', async () => {
    const bytes = Buffer.alloc(90_000, 'other');
    const { id: file } = (await actors.alice.upload('lobby', bytes)).expect(201).json;
    await backedUp();
    await server.plaza('file', 'forbid', String(file));
    const hash = (await server.plaza('file', 'forbidden')).stdout.slice(0, 64);
    const copy = join(server.dataDir, 'forbidden-files.json');
    await eventually(async () => {
      expect(await readFile(copy, 'utf8').catch(() => '')).toContain(hash);
    });
    const other = await emptyInstallation();
    await writeFile(join(other.dataDir, 'forbidden-files.json'), await readFile(copy));
    expect((await other.plaza('restore', archive)).stdout).toContain('forbidden: 1 file and 0 messages');
    archive = `${archive}.second`;
    await backedUp();
    const third = await restored();
    expect((await third.plaza('file', 'forbidden')).stdout).toBe(
      (await server.plaza('file', 'forbidden')).stdout,
    );
  });
});
