import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
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

function dump(of = server): Promise<CommunityDump> {
  return dumpCommunity(of.database.url, of.dataDir);
}

describe('the source', () => {
  it('keeps every file of its folder unchanged', async () => {
    const before = await dumpFiles(fixture.folder);
    await old.imported();
    expect(await dumpFiles(fixture.folder)).toEqual(before);
  });

  it('is read with the write-ahead log that an unclean stop left', async () => {
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
      await old.imported();
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
  it('leaves nothing that keeps the next one from giving exactly the result of an undisturbed one', async () => {
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
    const rehearsal = await old.imported('--dry-run');
    expect(await server.sql(`SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'`)).toEqual([
      { count: 0 },
    ]);
    expect(await dumpFiles(server.dataDir)).toEqual({});
    const real = await old.imported();
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

  it('from a database that is not one of pysogs', async () => {
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
