import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import sqlite from 'node-sqlite3-wasm';

const FOLDER = fileURLToPath(new URL('../../fixtures/pysogs', import.meta.url));

/** The people of the fixture: Ed25519 seeds in hex. */
export interface Manifest {
  server_public_x25519: string;
  admin: string;
  users: string[];
}

/** The reference server's answer to one read: JSON, a file, or only a status other than 200. */
export type Expected = unknown;
export type ExpectedReads = Record<string, Record<string, Expected>>;

/** A copy of the fixture in which nothing has expired: all that lies ahead is moved on by `shift` seconds. */
export interface FreshFixture {
  folder: string;
  shift: number;
  remove(): Promise<void>;
}

export async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(FOLDER, 'manifest.json'), 'utf8')) as Manifest;
}

export async function readExpected(): Promise<ExpectedReads> {
  return JSON.parse(
    gunzipSync(await readFile(join(FOLDER, 'expected-reads.json.gz'))).toString(),
  ) as ExpectedReads;
}

/** Columns of what happens, or ends, at a time to come. */
const AHEAD = [
  ['files', 'expiry'],
  ['inbox', 'expiry'],
  ['user_permission_futures', 'at'],
  ['user_ban_futures', 'at'],
] as const;

/** Copies the fixture as if it had been recorded just now, so that the test passes in any year. */
export async function copyFixture(): Promise<FreshFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-fixture-'));
  await cp(FOLDER, folder, { recursive: true });
  const database = new sqlite.Database(join(folder, 'sogs.db'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const recorded = Number(database.get('SELECT max(posted) AS at FROM messages')?.at);
    const shift = Math.floor(Date.now() / 1000 - recorded);
    for (const [table, column] of AHEAD) {
      database.run(`UPDATE ${table} SET "${column}" = "${column}" + ? WHERE "${column}" > ?`, [
        shift,
        recorded,
      ]);
    }
    return { folder, shift, remove: () => rm(folder, { recursive: true }) };
  } finally {
    database.close();
  }
}
