// One real PostgreSQL for the whole run, in a folder of its own; each suite makes a database in it.
import { chmod, mkdtemp, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { URL } from 'node:url';
import pg from 'pg';
import { openEmbeddedPostgres } from '../../dist/src/foundation/database/embedded/embedded-postgres.js';
import { prepareQueue } from '../../dist/src/operation/jobs/queue-schema.js';
import { migrateDatabase } from '../../dist/src/records/schema/migrate.js';

/** A file system in memory, and how many bytes must be free in it. The databases of four suites take some 300 MB and a log. */
const MEMORY = '/dev/shm';
const ROOM_NEEDED = 4 * 1024 ** 3;

const log = { debug: () => undefined, info: () => undefined, warn: console.warn };

export default async function globalSetup() {
  const dataDir = await mkdtemp(join(await placeForDatabases(), 'plaza-test-'));
  // When root runs the tests, PostgreSQL runs as another user and has to get in.
  await chmod(dataDir, 0o711);
  const postgres = await openEmbeddedPostgres({ dataDir, log });
  globalThis.plazaTestPostgres = { dataDir, postgres };
  await askForNoPasswords(postgres.url);
  await makeTemplate(postgres.url);
  process.env.PLAZA_TEST_DATABASE_URL = postgres.url;
}

/**
 * Memory where there is plenty: a suite makes dozens of databases, and to make and remove one takes four times as long on a
 * disk, which all suites wait for together. Suites about what outlives a crash have a PostgreSQL of their own on the disk.
 */
async function placeForDatabases() {
  const memory = await statfs(MEMORY).catch(() => undefined);
  return memory && memory.bavail * memory.bsize >= ROOM_NEEDED ? MEMORY : tmpdir();
}

/** To prove a password takes both sides some milliseconds, and the suites make thousands of connections. */
async function askForNoPasswords(cluster) {
  const client = new pg.Client(cluster);
  await client.connect();
  const { rows } = await client.query('SHOW hba_file');
  await writeFile(rows[0].hba_file, 'local all all trust\nhost all all 127.0.0.1/32 trust\n');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

/** A migrated database: to copy it takes a fraction of the time that the migrations take. */
async function makeTemplate(cluster) {
  const client = new pg.Client(cluster);
  await client.connect();
  await client.query('CREATE DATABASE plaza_template');
  await client.end();
  const url = new URL(cluster);
  url.pathname = '/plaza_template';
  await migrateDatabase(url.href);
  await prepareQueue(url.href);
}
