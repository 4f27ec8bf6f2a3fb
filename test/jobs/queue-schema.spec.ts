import pg from 'pg';
import { prepareQueue } from '../../src/operation/jobs/queue-schema.js';
import { createDatabase, inDatabase, type TestDatabase } from '../support/database.js';

describe('the tables of the queue', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase();
  });

  afterEach(async () => {
    await database.drop();
  });

  it('are made once by many processes that start at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => prepareQueue(database.url)));
    const client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query(
      `SELECT table_schema AS schema FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') GROUP BY 1`,
    );
    await client.end();
    expect(rows).toEqual([{ schema: 'plaza_jobs' }]);
  });

  it('are not made by a user who may not create a schema, and who is told which right is missing', async () => {
    const role = `restricted_${Math.random().toString(16).slice(2)}`;
    await inDatabase(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'secret';
    try {
      await expect(prepareQueue(url.href)).rejects.toThrow(
        /^The database user may not create the schema plaza_jobs.*GRANT CREATE ON DATABASE/,
      );
      await inDatabase(database.url, `GRANT CREATE ON DATABASE ${url.pathname.slice(1)} TO ${role}`);
      await prepareQueue(url.href);
    } finally {
      await inDatabase(database.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
