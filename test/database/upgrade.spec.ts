import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/foundation/database/data-source.js';
import { directAddress } from '../../src/foundation/database/database-address.js';
import { entities } from '../../src/records/entities/index.js';
import { executedMigrations, matchSchema } from '../../src/records/schema/migrate.js';
import { migrationDataSource } from '../../src/records/schema/migrations.js';
import { readMessage } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { installServer, type TestServer } from '../support/server.js';
import { CONTENTS } from './contents.js';

const FOLDER = fileURLToPath(new URL('../fixtures/tables', import.meta.url));

const versions = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql'));

describe.each(versions)('the tables of an earlier version, %s,', (version) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase();
    await run(database.url, await readFile(`${FOLDER}/${version}`, 'utf8'));
  });

  afterEach(() => database.drop());

  async function run(url: string, sql: string): Promise<{ what: string }[]> {
    const client = new Client(url);
    await client.connect();
    try {
      return (await client.query<{ what: string }>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async function contents(url: string): Promise<string[]> {
    return (await run(url, CONTENTS)).map(({ what }) => what);
  }

  it('are kept as its migrations made them', async () => {
    const other = await createDatabase();
    await matchSchema(other.url, await executedMigrations(database.url));
    expect(await contents(database.url)).toEqual(await contents(other.url));
    await other.drop();
  });

  it('become those of this version, and keep their rows', async () => {
    const rows = `SELECT id || ' ' || seqno || ' ' || coalesce(encode(data, 'hex'), '-') || ' ' || state AS what FROM messages ORDER BY id`;
    const before = await run(database.url, rows);
    expect(before.length).toBeGreaterThan(5);
    const upgrade = await migrationDataSource(database.url).initialize();
    await upgrade.runMigrations();
    await upgrade.destroy();
    const dataSource = await new DataSource(
      dataSourceOptions({ ...directAddress(database.url), poolSize: 1, entities }),
    ).initialize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    expect(await run(database.url, rows)).toEqual(before);
  });

  it('are served by this version, to people who were there and to others', async () => {
    const server: TestServer = await installServer({ database });
    try {
      await server.start();
      const { alice } = new Actors(server, 'lobby');
      const rooms = (await alice.rooms()).expect(200).json.map(({ token }) => token);
      expect(rooms).toEqual(['garden', 'lobby']);
      const texts = (await alice.messagesSince('lobby', 0))
        .expect(200)
        .json.map(({ data }) => readMessage(data ?? '').body);
      expect(texts).toEqual(expect.arrayContaining(['the first', 'the second, edited']));
      (await alice.postMessage('lobby', 'after the upgrade')).expect(201);
      const { code, stdout } = await server.plaza('room', 'show', 'garden');
      expect([code, stdout]).toEqual([0, expect.stringContaining('slow mode: 30')]);
    } finally {
      await server.stop();
    }
  });
});
