import { column } from '../../src/foundation/database/columns.js';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { dataSourceOptions } from '../../src/foundation/database/data-source.js';
import { directAddress } from '../../src/foundation/database/database-address.js';
import { entities } from '../../src/records/entities/index.js';
import { DatabaseStartError } from '../../src/foundation/database/errors.js';
import { executedMigrations, matchSchema, migrateDatabase } from '../../src/records/schema/migrate.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { openDatabase } from '../support/open-database.js';

const SCRIPT = fileURLToPath(new URL('../support/migrate-database.js', import.meta.url));

async function migrateInOwnProcess(url: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, url]);
  return JSON.parse(stdout) as string[];
}

describe('migrating the database', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  it('knows every file of the folder, in order', async () => {
    const files = (await readdir('migrations')).filter((name) => name !== 'index.ts').sort();
    const timestamps = migrations.map((migration) => /\d{13}$/.exec(migration.name)?.[0]);
    expect(timestamps).toEqual(files.map((name) => name.slice(0, 13)));
  });

  it('happens once when several processes start at the same moment', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => migrateInOwnProcess(database.url)));
    const [ran, ...rest] = outcomes.sort((a, b) => b.length - a.length);
    expect(ran?.length).toBeGreaterThan(0);
    expect(rest).toEqual([[], [], []]);
  });

  it('does nothing when the database is up to date', async () => {
    await expect(migrateDatabase(database.url)).resolves.toEqual([]);
  });

  it('leaves exactly the tables that the entities describe', async () => {
    const dataSource = await new DataSource(
      dataSourceOptions({ ...directAddress(database.url), poolSize: 1, entities }),
    ).initialize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    await dataSource.destroy();
  });

  it('keeps messages unseen that filters hid in imported communities, there and back', async () => {
    const names = await executedMigrations(database.url);
    const before = names.slice(0, names.indexOf('MessageStates1700000000018'));
    await matchSchema(database.url, before);
    const opened = await openDatabase(database.url, 1);
    const { database: rows } = opened;
    await rows.transact(async (tx) => {
      await tx.run(`INSERT INTO rooms (id, token, name, created_at) VALUES (1, 'lobby', 'Lobby', 0)`);
      await tx.run(
        `INSERT INTO users (id, session_id, created_at, last_active_at) VALUES (1, '15' || repeat('0', 64), 0, 0)`,
      );
      await tx.run(
        `INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, filtered)
         SELECT 1, 1, 0, i, i, i, i = 2 FROM generate_series(1, 3) AS i`,
      );
    });
    await migrateDatabase(database.url);
    expect(
      await rows.rows(
        { state: column.oneOf(['published', 'unseen']) },
        'SELECT state FROM messages ORDER BY seqno',
      ),
    ).toEqual(['published', 'unseen', 'published'].map((state) => ({ state })));
    await matchSchema(database.url, before);
    expect(
      await rows.rows({ filtered: column.boolean }, 'SELECT filtered FROM messages ORDER BY seqno'),
    ).toEqual([false, true, false].map((filtered) => ({ filtered })));
    await migrateDatabase(database.url);
    await opened.close();
  });

  it('lets this version run beside a newer one, until a migration needs the newer one', async () => {
    const newer = await openDatabase(database.url, 1);
    await newer.database.transact((tx) =>
      tx.run(`INSERT INTO migrations (timestamp, name) VALUES (1, 'FromTheFuture1')`),
    );
    await expect(migrateDatabase(database.url)).resolves.toEqual([]);
    await newer.database.transact((tx) => tx.run(`UPDATE schema_needs SET migration = 'FromTheFuture1'`));
    await newer.close();
    const failure = await migrateDatabase(database.url).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseStartError);
    expect((failure as Error).message).toMatch(/^.*newer version of Plaza.*FromTheFuture1.*$/);
  });
});
