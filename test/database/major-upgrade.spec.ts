import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type * as clocks from '../../src/foundation/clock.js';
import type * as embedded from '../../src/foundation/database/embedded/embedded-postgres.js';
import type * as upgrades from '../../src/operation/postgres-upgrade/upgrade-embedded.js';
import { makeDataFolder } from '../support/community.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { copyFixture } from '../import/support/fixture.js';
import { Premises, type RunningProcess } from '../support/plaza-process.js';
import { Pool } from 'pg';

/** PostgreSQL 16 made the database, and Plaza brings a later one. */
const OLD = 16;
/** The user of PostgreSQL where root runs the tests. */
const NOBODY = 65_534;
const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const TABLES = [
  'rooms',
  'messages',
  'message_history',
  'users',
  'files',
  'pinned_messages',
  'user_reactions',
];

let dataDir: string;
let premises: Premises;

function initdb(cluster: string, passwordFile: string): void {
  const here = createRequire(import.meta.url);
  const bringing = createRequire(here.resolve('embedded-postgres-16'));
  const entry = bringing.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(dirname(dirname(entry)), 'native');
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: dirname(native) });
  const args = ['-D', cluster, '--username=plaza', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  execFileSync(join(native, 'bin/initdb'), [...args, '--encoding=UTF8', '--locale=C', '--data-checksums'], {
    cwd: '/',
    env: { LC_ALL: 'C' },
    ...(process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
  });
}

async function makeOldDatabase(): Promise<void> {
  const folder = join(dataDir, 'postgres');
  await mkdir(folder);
  await chmod(folder, 0o711);
  for (const name of ['cluster', 'socket']) await mkdir(join(folder, name), { mode: 0o700 });
  for (const name of ['password', 'initdb-password'])
    await writeFile(join(folder, name), 'secret', { mode: 0o600 });
  if (process.getuid?.() === 0) {
    for (const name of ['cluster', 'socket', 'initdb-password'])
      await chown(join(folder, name), NOBODY, NOBODY);
  }
  initdb(join(folder, 'cluster'), join(folder, 'initdb-password'));
}

/** Fills the old database with a community, and tells a checksum of its tables. */
async function fillOldDatabase(): Promise<string> {
  const { openEmbeddedPostgres } = await compiled<typeof embedded>(
    'foundation/database/embedded/embedded-postgres.js',
  );
  const old = await openEmbeddedPostgres({ dataDir, log: QUIET, choice: { major: OLD } });
  const fixture = await copyFixture();
  try {
    const db = `sqlite://${join(fixture.folder, 'sogs.db')}`;
    const ended = await premises.plaza(['import', 'pysogs', '--db', db], {
      DATA_DIR: dataDir,
      DATABASE_URL: old.url,
    });
    if (ended.code !== 0) throw new Error(ended.stderr);
    return await checksum(old.url);
  } finally {
    await old.stop();
    await fixture.remove();
  }
}

async function checksum(url: string): Promise<string> {
  const pool = new Pool({ connectionString: url });
  try {
    const sums: string[] = [];
    for (const table of TABLES) {
      const { rows } = await pool.query<{ sum: string }>(
        `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text COLLATE "C"), '')) AS sum FROM ${table} t`,
      );
      sums.push(`${table} ${rows[0]?.sum ?? ''}`);
    }
    return sums.join('\n');
  } finally {
    await pool.end();
  }
}

/** As a start does, but for the server, whose jobs change rows. */
async function upgrade(): Promise<void> {
  const { upgradeEmbedded } = await compiled<typeof upgrades>(
    'operation/postgres-upgrade/upgrade-embedded.js',
  );
  const { Clock } = await compiled<typeof clocks>('foundation/clock.js');
  await upgradeEmbedded(dataDir, QUIET, () => Promise.resolve(new Clock()));
}

/** The checksum of what a server started on the folder has. */
async function served(): Promise<string> {
  const server = start();
  await server.url();
  try {
    return (await stored()).sums;
  } finally {
    await server.end();
  }
}

/** The checksum of the database in the folder, and the version of its PostgreSQL. */
async function stored(): Promise<{ sums: string; major: string }> {
  const { connectEmbedded } = await compiled<typeof embedded>(
    'foundation/database/embedded/embedded-postgres.js',
  );
  const connection = await connectEmbedded({ dataDir, log: QUIET });
  try {
    return {
      sums: await checksum(connection.url),
      major: await readFile(join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8'),
    };
  } finally {
    await connection.release();
  }
}

function start(): RunningProcess {
  return premises.start({ DATABASE_URL: '' });
}

function withoutRooms(sums: string): string[] {
  return sums.split('\n').filter((line) => !line.startsWith('rooms '));
}

async function has(name: string): Promise<boolean> {
  return (await readdir(dataDir)).includes(name);
}

let before: string;

beforeAll(async () => {
  premises = await Premises.make();
  ({ dataDir } = premises);
  await chmod(dataDir, 0o711);
  await makeOldDatabase();
  before = await fillOldDatabase();
});

afterAll(() => premises.clear());

it('a command does not touch a database of an older PostgreSQL, and says how to upgrade it', async () => {
  const { code, stderr } = await premises.plaza(['room', 'list'], { DATABASE_URL: '' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^plaza: PostgreSQL 16 made the database in .*: start the server once/);
});

it('a start that is killed while it copies leaves the old database as it was', async () => {
  const killed = start();
  await eventually(() => has('postgres.unfinished'));
  await killed.end('SIGKILL');
  expect(await readFile(join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8')).toBe('16\n');
});

it('the next start copies all data to the PostgreSQL that Plaza brings, and keeps the old database', async () => {
  await upgrade();
  const { sums, major } = await stored();
  expect(sums).toBe(before);
  expect(Number(major)).toBeGreaterThan(OLD);
  expect(await has('postgres-16')).toBe(true);
  expect(await has('postgres.unfinished')).toBe(false);
});

it('a start goes on where another was killed between two renames', async () => {
  await rename(join(dataDir, 'postgres'), join(dataDir, 'postgres.ready'));
  // The server has counted who is active in rooms meanwhile.
  expect(withoutRooms(await served())).toEqual(withoutRooms(before));
  expect(await has('postgres.ready')).toBe(false);
});

it('the old database is removed two weeks after it was replaced', async () => {
  const { Clock } = await compiled<typeof clocks>('foundation/clock.js');
  await upgrade();
  expect(await has('postgres-16')).toBe(true);
  const longAgo = new Clock().seconds() - 15 * 24 * 60 * 60;
  await utimes(join(dataDir, 'postgres-16'), longAgo, longAgo);
  await upgrade();
  expect(await has('postgres-16')).toBe(false);
});

it('a database of a newer PostgreSQL is refused', async () => {
  const other = await makeDataFolder();
  try {
    await mkdir(join(other, 'postgres/cluster'), { recursive: true });
    await writeFile(join(other, 'postgres/cluster/PG_VERSION'), '99\n');
    const { code, stderr } = await premises.start({ DATABASE_URL: '', DATA_DIR: other }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /PostgreSQL 99 made the database in .*, and this Plaza brings \d+: install the newer Plaza/,
    );
  } finally {
    await rm(other, { recursive: true });
  }
});
