// One real PostgreSQL for the whole run, in a folder of its own; each suite makes a database in it.
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedPostgres } from '../../dist/src/foundation/database/embedded/embedded-postgres.js';

const log = { debug: () => undefined, info: () => undefined, warn: console.warn };

export default async function globalSetup() {
  const dataDir = await mkdtemp(join(tmpdir(), 'plaza-test-'));
  // When root runs the tests, PostgreSQL runs as another user and has to get in.
  await chmod(dataDir, 0o711);
  const postgres = await openEmbeddedPostgres({ dataDir, log });
  globalThis.plazaTestPostgres = { dataDir, postgres };
  process.env.PLAZA_TEST_DATABASE_URL = postgres.url;
}
