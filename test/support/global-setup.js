// One real PostgreSQL for the whole run, in a folder of its own; each suite makes a database in it.
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { URL } from 'node:url';
import pg from 'pg';
import { openEmbeddedPostgres } from '../../dist/src/foundation/database/embedded/embedded-postgres.js';
import { prepareQueue } from '../../dist/src/operation/jobs/queue-schema.js';
import { migrateDatabase } from '../../dist/src/records/schema/migrate.js';

const log = { debug: () => undefined, info: () => undefined, warn: console.warn };

export default async function globalSetup() {
  const dataDir = await mkdtemp(join(tmpdir(), 'plaza-test-'));
  // When root runs the tests, PostgreSQL runs as another user and has to get in.
  await chmod(dataDir, 0o711);
  const postgres = await openEmbeddedPostgres({ dataDir, log });
  globalThis.plazaTestPostgres = { dataDir, postgres };
  await makeTemplate(postgres.url);
  process.env.PLAZA_TEST_DATABASE_URL = postgres.url;
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
