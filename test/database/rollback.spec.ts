import { type DataSource } from 'typeorm';
import { migrationDataSource } from '../../src/records/schema/migrations.js';
import { CONTENTS } from './contents.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

describe('every migration', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await migrationDataSource(database.url).initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  async function contents(): Promise<string[]> {
    return (await dataSource.query<{ what: string }[]>(CONTENTS)).map(({ what }) => what);
  }

  it('undoes its changes, and can be run again', async () => {
    await dataSource.runMigrations();
    const complete = await contents();
    for (let left = dataSource.migrations.length; left > 0; left -= 1) {
      const before = await contents();
      await dataSource.undoLastMigration();
      expect(await contents()).not.toEqual(before);
    }
    expect(await contents()).toEqual([]);
    await dataSource.runMigrations();
    expect(await contents()).toEqual(complete);
  });
});
