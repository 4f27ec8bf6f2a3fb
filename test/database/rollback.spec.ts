import { type DataSource } from 'typeorm';
import { migrationDataSource } from '../../src/records/schema/migrations.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

/** Everything that a migration may make; only TypeORM's own list of migrations is left out. */
const CONTENTS = `
  SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
      || coalesce(' ' || column_default, '') AS what
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
  UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 'migrations'::regclass
  UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  ORDER BY what`;

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

  it('undoes what it did, and can be run again', async () => {
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
