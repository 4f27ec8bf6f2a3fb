import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rename, rm, symlink, truncate } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { toPostgres } from '../import/support/postgres-fixture.js';
import { type TestDatabase } from '../support/database.js';
import { OldCommunity } from '../support/old-community.js';

const YEAR = 365 * 24 * 60 * 60;
const now = Date.now() / 1000;

let old: OldCommunity;

beforeEach(async () => {
  old = await OldCommunity.make({ migrated: true });
});

afterEach(() => old.remove());

/** Expects one line of refusal, after the progress, and an installation as it was. */
async function refuses(reason: string, ...options: string[]): Promise<void> {
  const { code, stdout, stderr } = await old.import(...options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n').at(-1)).toContain(reason);
  const [tables] = await old.server.sql(`SELECT to_regclass('users') IS NOT NULL AS exist`);
  if (tables?.exist)
    expect(await old.server.sql('SELECT FROM users UNION ALL SELECT FROM rooms')).toEqual([]);
}

describe('an import refuses with one line, and keeps nothing,', () => {
  it.each([
    ['a value of 200 MB', 'UPDATE messages SET data = zeroblob(200000000) WHERE id = 1', 'more than'],
    ['a counter near 2^63', 'UPDATE rooms SET message_sequence = 9223372036854775800', 'higher than clients'],
    ['an infinite time', 'UPDATE users SET created = 9e999', 'is no number'],
    [
      'a message of 1969',
      'UPDATE messages SET posted = -5 WHERE id = 1',
      'posted_at of the row with id 1 is "-5"',
    ],
    [
      'a message of the year after next, which would date all that follow',
      `UPDATE messages SET posted = ${now + 2 * YEAR} WHERE id = 1`,
      'which is in the future',
    ],
    ['an upload from the future', `UPDATE files SET uploaded = ${now + YEAR}`, 'which is in the future'],
    ['a text in the place of a time', `UPDATE rooms SET created = 'soon'`, 'is no number'],
  ])('%s', async (_, sql, reason) => {
    old.change(sql);
    await refuses(reason);
  });
});

it('an import repairs texts that are not UTF-8', async () => {
  old.change(`UPDATE rooms SET description = CAST(x'61ff62' AS TEXT) WHERE id = 1`);
  expect(await old.import()).toMatchObject({ code: 0 });
  expect(await old.server.sql('SELECT description FROM rooms WHERE id = 1')).toEqual([
    { description: 'a\uFFFDb' },
  ]);
});

describe('an import leaves out of the uploads', () => {
  let file: string;
  let listener: Server | undefined;

  beforeEach(async () => {
    file = join(old.folder, 'uploads', 'fishing', '1_plain3.txt');
    await rm(file);
  });

  afterEach(() => {
    listener?.close();
    listener = undefined;
  });

  it.each<[string, () => unknown]>([
    ['a pipe', () => execFileSync('mkfifo', [file])],
    ['a link to a device without end', () => symlink('/dev/zero', file)],
    ['a link out of the folder', () => symlink('/etc/passwd', file)],
    ['a folder', () => mkdir(file)],
    [
      'a socket',
      () =>
        new Promise<void>((listening) => {
          listener = createServer().listen(file, listening);
        }),
    ],
    [
      'a file of a terabyte that is a hole',
      async () => {
        execFileSync('touch', [file]);
        await truncate(file, 1e12);
      },
    ],
  ])('%s', async (_, make) => {
    await make();
    const { code, stdout } = await old.import('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('1 left out: their bytes are missing');
  });

  it('files of a folder that is a link out of it', async () => {
    const uploads = join(old.folder, 'uploads');
    const elsewhere = join(old.folder, 'elsewhere');
    await rename(uploads, elsewhere);
    await mkdir(uploads);
    for (const name of await readdir(elsewhere)) await symlink(join(elsewhere, name), join(uploads, name));
    const { code, stdout } = await old.import('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/left out: their bytes are missing/);
  });
});

describe('an import from a PostgreSQL refuses with one line', () => {
  let source: TestDatabase;

  beforeEach(async () => {
    source = await toPostgres(old.folder);
  });

  afterEach(() => source.drop());

  async function change(...statements: string[]): Promise<void> {
    const { Client } = (await import('pg')).default;
    const client = new Client({ connectionString: source.url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  const ASIDE = 'ALTER TABLE users RENAME TO people';

  it.each<[string, string[], string]>([
    [
      'a view in the place of a table, which would run on for ever',
      [
        ASIDE,
        `CREATE VIEW users AS WITH RECURSIVE r AS (SELECT * FROM people UNION ALL SELECT * FROM r) SELECT * FROM r`,
      ],
      'it has no table users',
    ],
    [
      'a view that calls a function which writes',
      [
        ASIDE,
        'CREATE TABLE traces (at int)',
        `CREATE FUNCTION trace() RETURNS boolean LANGUAGE sql AS 'INSERT INTO traces VALUES (1) RETURNING true'`,
        'CREATE VIEW users AS SELECT * FROM people WHERE trace()',
      ],
      'it has no table users',
    ],
    [
      'a function that takes the place of one of PostgreSQL’s',
      [
        `CREATE FUNCTION count(text) RETURNS bigint LANGUAGE sql AS 'SELECT pg_sleep(3600); SELECT 1::bigint'`,
      ],
      'remove it first',
    ],
    [
      'an enormous value',
      [`UPDATE messages SET data = decode(repeat('00', 5000000), 'hex') WHERE id = 1`],
      'a value of more than 4194304 bytes',
    ],
    ['a time that is no number', [`UPDATE messages SET posted = 'NaN' WHERE id = 1`], 'is no number'],
    ['a time without end', [`UPDATE messages SET posted = 'Infinity' WHERE id = 1`], 'is no number'],
  ])('%s', async (_, statements, reason) => {
    await change(...statements);
    const uploads = join(old.folder, 'uploads');
    const key = join(old.folder, 'key_x25519');
    await refuses(reason, '--db', source.url, '--uploads', uploads, '--key', key);
  });
});
