import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { eventually } from '../support/eventually.js';
import { OldCommunity } from '../support/old-community.js';
import { type CommandResult } from '../support/community.js';
import { installServer, type TestServer } from '../support/server.js';
import { type CommunityDump, dumpCommunity, dumpFiles } from './support/community-dump.js';
import { type FreshFixture } from './support/fixture.js';
import { changeDatabase, growFixture } from './support/large-fixture.js';
import { toPostgres } from './support/postgres-fixture.js';

let old: OldCommunity;
let fixture: FreshFixture;
let server: TestServer;

beforeEach(async () => {
  old = await OldCommunity.make();
  ({ fixture, server } = old);
});

afterEach(() => old.remove());

async function importedFixture(...options: string[]): Promise<CommandResult> {
  const result = await old.import(...options);
  expect(result).toMatchObject({ code: 0 });
  return result;
}

function dump(of = server): Promise<CommunityDump> {
  return dumpCommunity(of.database.url, of.dataDir);
}

describe('the source', () => {
  it('is left as it was, every file of its folder', async () => {
    const before = await dumpFiles(fixture.folder);
    await importedFixture();
    expect(await dumpFiles(fixture.folder)).toEqual(before);
  });

  it('is read with what an unclean stop left in its write-ahead log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plaza-wal-'));
    const original = join(fixture.folder, 'sogs.db');
    changeDatabase(original, (database) => {
      database.exec(`PRAGMA journal_mode = WAL; UPDATE rooms SET name = 'in the file' WHERE id = 1`);
    });
    const database = new sqlite.Database(original);
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; UPDATE rooms SET name = 'in the log' WHERE id = 1`);
    await cp(fixture.folder, folder, { recursive: true });
    database.close();
    const { code } = await server.plaza('import', 'pysogs', '--db', join(folder, 'sogs.db'));
    expect(code).toBe(0);
    expect(await server.sql('SELECT name FROM rooms WHERE id = 1')).toEqual([{ name: 'in the log' }]);
    await rm(folder, { recursive: true });
  });

  it('gives the same community from PostgreSQL as from SQLite', async () => {
    const postgres = await toPostgres(fixture.folder);
    const other = await installServer();
    try {
      await importedFixture();
      const { code, stderr } = await other.plaza(
        ...['import', 'pysogs', '--db', postgres.url.replace('postgres:', 'postgresql:')],
        ...['--uploads', join(fixture.folder, 'uploads'), '--key', join(fixture.folder, 'key_x25519')],
      );
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const [ours, theirs] = [await dump(), await dump(other)];
      // SQLite does not know which ids of direct messages were given out and deleted, so it leaves a gap.
      expect(Number(ours.sequences.inbox_id_seq)).toBe(Number(theirs.sequences.inbox_id_seq) + 100_000);
      expect({ ...ours, sequences: {} }).toEqual({ ...theirs, sequences: {} });
    } finally {
      await other.stop();
      await postgres.drop();
    }
  });
});

async function isImported(): Promise<boolean> {
  const [tables] = await server.sql(`SELECT to_regclass('users') IS NOT NULL AS exist`);
  if (!tables?.exist) return false;
  const [users] = await server.sql('SELECT EXISTS (SELECT 1 FROM users) AS exist');
  return users?.exist === true;
}

/** Starts an import and kills it when it has told so many lines of its progress. */
async function killAtLine(line: number, args: string[]): Promise<void> {
  const child = server.startPlaza(...args);
  const closed = once(child, 'close');
  let told = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString().split('\n').length - 1;
    if (told >= line) child.kill('SIGKILL');
  });
  child.stdout.resume();
  await closed;
  // PostgreSQL notices only after its last statement that nobody is there any more.
  await eventually(async () => {
    const left = await server.sql(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'plaza import'`,
    );
    return left.length === 0;
  });
}

describe('an import that is killed', () => {
  it('leaves nothing that keeps the next one from giving exactly what an undisturbed one gives', async () => {
    const large = await growFixture({ messages: 4_000, messageBytes: 300, files: 100 });
    const undisturbed = await installServer();
    const args = ['import', 'pysogs', '--db', join(large.folder, 'sogs.db')];
    try {
      const { code: done, stderr: told } = await undisturbed.plaza(...args);
      expect(done).toBe(0);
      const lines = told.split('\n').length - 1;
      for (const part of [0.05, 0.4, 0.6, 0.75, 0.9]) {
        if (!(await isImported())) await killAtLine(Math.ceil(lines * part), args);
      }
      // On a busy machine the last kill may come after the commit: then all of it must be there.
      if (!(await isImported())) {
        const { code, stderr } = await server.plaza(...args);
        if (code !== 0) throw new Error(stderr);
      }
      expect(await dump()).toEqual(await dump(undisturbed));
    } finally {
      await undisturbed.stop();
      await large.remove();
    }
  }, 240_000);
});

describe('a large database', () => {
  it('needs no more memory than a small one', async () => {
    const large = await growFixture({ messages: 16_000, messageBytes: 4000, files: 0 });
    const small = await installServer({ env: { NODE_OPTIONS: '--max-old-space-size=96' } });
    try {
      const { code, stderr } = await small.plaza('import', 'pysogs', '--db', join(large.folder, 'sogs.db'));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(await small.sql('SELECT count(*)::int FROM messages WHERE id > 1000')).toEqual([
        { count: 16_000 },
      ]);
    } finally {
      await small.stop();
      await large.remove();
    }
  }, 240_000);
});

describe('a dry run', () => {
  it('tells what an import would take, with the same checksums, and changes nothing', async () => {
    await unlink(join(fixture.folder, 'uploads', 'fishing', '1_plain3.txt'));
    const rehearsal = await importedFixture('--dry-run');
    expect(await server.sql(`SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'`)).toEqual([
      { count: 0 },
    ]);
    expect(await dumpFiles(server.dataDir)).toEqual({});
    const real = await importedFixture();
    const rows = ({ stdout }: CommandResult): string[] =>
      stdout.split('\n').filter((line) => /^ |: \d/.test(line));
    expect(rows(rehearsal)).toEqual(rows(real));
    expect(rehearsal.stdout).toContain('1 left out: their bytes are missing');
  });

  it('of a server that goes on writing tells what it read, and that it was written to', async () => {
    let second = 0;
    const writer = setInterval(() => {
      utimesSync(join(fixture.folder, 'sogs.db'), ++second, second);
    }, 10);
    const rehearsal = await old.import('--dry-run');
    clearInterval(writer);
    expect(rehearsal.code).toBe(1);
    expect(rehearsal.stdout).toMatch(/^users: \d+ of \d+ /);
    expect(rehearsal.stderr).toContain('was written to while it was being read');
  });
});

describe('an import is refused', () => {
  async function refused(reason: string, ...options: string[]): Promise<void> {
    const { code, stderr, stdout } = await old.import(...options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
  }

  it('into a community that has rooms already', async () => {
    await server.makeServerKey();
    await server.plaza('room', 'add', 'lobby');
    await rm(join(server.dataDir, 'key_x25519'), { force: true });
    await refused('this community is not empty (it has rooms)');
    expect(await server.sql('SELECT token FROM rooms')).toEqual([{ token: 'lobby' }]);
    await expect(readFile(join(server.dataDir, 'key_x25519'))).rejects.toThrow('ENOENT');
  });

  it('over another server key, which stays', async () => {
    await server.makeServerKey();
    const key = await readFile(join(server.dataDir, 'key_x25519'));
    await refused('this installation has another server key already');
    expect(await readFile(join(server.dataDir, 'key_x25519'))).toEqual(key);
  });

  it('with a key that is not the one of the database', async () => {
    const other = join(fixture.folder, 'other');
    await writeFile(other, Buffer.alloc(32, 7));
    await refused('the key is not the one of this database', '--key', other);
    await writeFile(other, Buffer.alloc(31, 7));
    await refused('has 31 bytes but must have 32', '--key', other);
  });

  it('without a key', async () => {
    await unlink(join(fixture.folder, 'key_x25519'));
    await refused('the key of the old server is needed');
  });

  it('without the folder of files', async () => {
    await rm(join(fixture.folder, 'uploads'), { recursive: true });
    await refused('give their folder by --uploads');
  });

  it('while a server runs on the database', async () => {
    await cp(join(fixture.folder, 'key_x25519'), join(server.dataDir, 'key_x25519'));
    await chmod(join(server.dataDir, 'key_x25519'), 0o400);
    await server.start();
    await refused('Plaza is running on this database');
  });

  it('from what is no database of pysogs', async () => {
    await refused(
      `nowhere.db can't be read: there is no ${fixture.folder}`,
      '--db',
      join(fixture.folder, 'nowhere.db'),
    );
    await refused('there is no folder /nowhere', '--db', '/nowhere/sogs.db');
    await refused('is a folder: give the file in it', '--db', fixture.folder);
    await writeFile(join(fixture.folder, 'nothing.db'), '');
    await refused('nothing.db is empty', '--db', join(fixture.folder, 'nothing.db'));
    await refused(`can't be read as a SQLite database`, '--db', join(fixture.folder, 'manifest.json'));
    const empty = join(fixture.folder, 'empty.db');
    changeDatabase(empty, (database) => {
      database.exec('CREATE TABLE t (a)');
    });
    await refused('this is no database of pysogs', '--db', empty);
    await refused('--db must be', '--db', 'mysql://localhost/sogs');
    await refused(
      "can't be read: nothing answers at 127.0.0.1:1",
      '--db',
      'postgresql://nobody@127.0.0.1:1/sogs',
    );
  });
});

describe('a pysogs 0.1', () => {
  const ADVICE =
    'of pysogs 0.1: start pysogs 0.3.8 once in the folder with database.db and rooms/, which makes sogs.db of them';

  it.each([
    ['the list of rooms', 'database.db', 'CREATE TABLE main (id TEXT PRIMARY KEY, name TEXT, image_id TEXT)'],
    [
      'a single room',
      'fishing.db',
      `CREATE TABLE messages (id INTEGER PRIMARY KEY, public_key TEXT, timestamp INTEGER, data TEXT,
         signature TEXT, is_deleted INTEGER);
       CREATE TABLE files (id TEXT PRIMARY KEY, timestamp INTEGER); CREATE TABLE deleted_messages (id INTEGER)`,
    ],
  ])('is refused with what to do: %s', async (what, name, tables) => {
    const file = join(fixture.folder, name);
    changeDatabase(file, (database) => {
      database.exec(tables);
    });
    const { code, stderr } = await server.plaza('import', 'pysogs', '--db', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`this is ${what} ${ADVICE}`);
  });
});

describe('rooms that clients could not list', () => {
  it('get a name, shorter texts and a count of changes, and the operator is told', async () => {
    old.change(`
      UPDATE rooms SET name = char(9) || ' ', info_updates = 0 WHERE id = 1;
      UPDATE rooms SET name = replace(hex(zeroblob(128)), '00', 'жю') || 'x',
        description = hex(zeroblob(1001)) WHERE id = 2`);
    const { stdout } = await importedFixture();
    for (const told of [
      'had a blank name, which clients can not list',
      'had a name of more than 256 characters',
      'had a description of more than 2000 characters',
    ]) {
      expect(stdout).toContain(told);
    }
    const rooms = await server.sql(
      'SELECT token, name, description, info_updates > 0 AS counted FROM rooms WHERE id IN (1, 2) ORDER BY id',
    );
    expect(rooms).toEqual([
      expect.objectContaining({ name: rooms[0]?.token, counted: true }),
      expect.objectContaining({ name: 'жю'.repeat(128), description: '0'.repeat(2000), counted: true }),
    ]);
  });
});

describe('data that can not come along', () => {
  it('is left out or mended, and told with the reason', async () => {
    old.change(`
      INSERT INTO messages (id, room, "user", data, data_size, signature) VALUES
        (2001, 99, 3, x'01', 1, zeroblob(64)), (2002, 1, 99, x'01', 1, zeroblob(64));
      INSERT INTO messages (id, room, "user", data, data_size, signature, whisper) VALUES (2003, 1, 3, x'01', 1, zeroblob(64), 99);
      INSERT INTO messages (id, room, "user", data, data_size, signature, seqno, seqno_data) VALUES
        (2004, 1, 3, x'01', 1, NULL, 300, 300), (2005, 1, 3, x'0102', NULL, zeroblob(64), 301, 299);
      INSERT INTO messages (id, room, "user", data, data_size, signature, seqno, seqno_data, filtered) VALUES
        (2006, 1, 3, x'03', 1, zeroblob(64), 302, 302, TRUE);
      INSERT INTO message_history (message, data, signature) VALUES (2001, 'x', x'02');
      INSERT INTO reactions (id, message, reaction) VALUES (2001, 2001, 'a'), (2002, 1, 'nobody');
      INSERT INTO user_reactions (reaction, "user") VALUES (2001, 3);
      INSERT INTO user_permission_futures (room, "user", at) VALUES (1, 3, 1);
      UPDATE users SET session_id = upper(session_id) WHERE id = 33;
      UPDATE rooms SET description = 'a' || char(0) || 'b' WHERE id = 1;
      UPDATE files SET size = size + 1 WHERE id = 1;
      INSERT INTO pinned_messages (room, message, pinned_by, pinned_at) SELECT 1, min(id), 0, 5 FROM messages WHERE room = 1;
      ALTER TABLE rooms ADD COLUMN rate_limit_size INTEGER;
      UPDATE rooms SET rate_limit_size = 3 WHERE id = 2;
      INSERT INTO user_request_nonces ("user", nonce, expiry) VALUES (3, x'000102030405060708090a0b0c0d0e0f', 4e9)`);
    const { stdout } = await importedFixture();
    for (const line of [
      '1 left out: their room does not exist',
      '1 left out: their author does not exist',
      '1 left out: they are whispers to someone who does not exist',
      '1 had no signature, so no client could show them: kept as deleted ones',
      '1 had counters that contradict each other: the highest counts',
      '1 left out: nobody reacts with them any more',
      '1 left out: their message does not exist or is left out',
      '1 left out: they would change nothing',
      '1 stood for the old server itself and wrote or pinned: kept without roles',
      '1 had upper-case IDs',
      '1 rooms had a rate limit of their own',
    ]) {
      expect(stdout).toContain(line);
    }
    expect(
      await server.sql(
        `SELECT id, data, padded_size, seqno, seqno_data, state FROM messages WHERE id > 2000`,
      ),
    ).toEqual([
      { id: '2004', data: null, padded_size: null, seqno: '300', seqno_data: '300', state: 'published' },
      {
        id: '2005',
        data: Buffer.of(1, 2),
        padded_size: 2,
        seqno: '301',
        seqno_data: '301',
        state: 'published',
      },
      { id: '2006', data: Buffer.of(3), padded_size: 1, seqno: '302', seqno_data: '302', state: 'unseen' },
    ]);
    expect(await server.sql('SELECT moderator, admin FROM users WHERE id = 0')).toEqual([
      { moderator: false, admin: false },
    ]);
    expect(
      await server.sql('SELECT session_id = lower(session_id) AS lower FROM users WHERE id = 33'),
    ).toEqual([{ lower: true }]);
    expect(await server.sql('SELECT description FROM rooms WHERE id = 1')).toEqual([
      { description: 'a\uFFFDb' },
    ]);
    expect(await server.sql('SELECT expires_at FROM nonces')).toContainEqual({ expires_at: 4e9 + 86_400 });
    const { size } = await stat(join(fixture.folder, 'uploads', 'fishing', '1_plain3.txt'));
    expect(await server.sql('SELECT size::int FROM files WHERE id = 1')).toEqual([{ size }]);
  });

  it('never takes a file from outside the folder of uploads', async () => {
    old.change(`UPDATE files SET path = 'uploads/../key_x25519' WHERE id = 1`);
    const { stdout } = await importedFixture();
    expect(stdout).toContain('1 left out: their bytes are missing');
  });

  it('does not keep roles waiting: who was appointed without blinding is found by their blinded ID', async () => {
    old.change('DELETE FROM needs_blinding');
    const { stdout } = await importedFixture();
    expect(stdout).toContain('4 more people with a role, a ban or a permission wait for their blinded ID');
    expect(await server.sql('SELECT user_id::int FROM pending_blinding ORDER BY 1')).toEqual(
      [33, 34, 35, 36].map((user_id) => ({ user_id })),
    );
  });
});

describe('imported people', () => {
  it('are trusted by what they have posted, and as newcomers by their age', async () => {
    const now = 1_795_298_700;
    const posts = (user: number, count: number, apart: number): string => `
      INSERT INTO messages (id, room, "user", posted, data, data_size, signature, seqno, seqno_data)
      SELECT 3000 + ${user * 100} + value, 1, ${user}, ${now} - value * ${apart}, x'01', 1, zeroblob(64),
        ${user * 1000} + value, ${user * 1000} + value
      FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${count}) SELECT value FROM n)`;
    old.change(`
      UPDATE users SET created = ${now} - 9000000 WHERE id IN (3, 7, 8);
      UPDATE users SET banned = TRUE WHERE id = 7;
      INSERT INTO user_permission_overrides (room, "user", banned) VALUES (1, 8, TRUE);
      ${posts(4, 3, 50_000)};
      ${posts(5, 30, 40_000)};
      ${posts(6, 3, 10)}`);
    await importedFixture();
    expect(
      await server.sql(
        `SELECT user_id::int AS user, posts, days, member_since IS NOT NULL AS member, regular_since IS NOT NULL AS regular
         FROM trust WHERE room_id = 1 AND user_id BETWEEN 3 AND 9 ORDER BY user_id`,
      ),
    ).toEqual([
      { user: 3, posts: 0, days: 0, member: false, regular: false },
      { user: 4, posts: 3, days: 2, member: true, regular: false },
      { user: 5, posts: 30, days: 14, member: true, regular: true },
      { user: 6, posts: 3, days: 1, member: false, regular: false },
    ]);
  });
});
