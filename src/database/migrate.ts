import { MigrationExecutor } from 'typeorm';
import { migrationDataSource } from './data-source.js';
import { DatabaseStartError } from './errors.js';

/** Key of the advisory lock under which migrations run; chosen once, at random. */
const MIGRATION_LOCK = 7_021_960_418;

/**
 * Brings the schema up to this version, each migration in a transaction of its own. Any number of processes may call
 * this at once: an advisory lock lets one work while the others wait, and then find nothing left to do.
 *
 * @returns names of the migrations that ran, in order
 * @throws DatabaseStartError when the database was migrated by a newer version of Plaza
 */
export async function migrateDatabase(url: string): Promise<string[]> {
  const dataSource = await (await migrationDataSource(url)).initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    // The lock is the session's: it also ends when this process does.
    await queryRunner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'each';
    const known = new Set(
      dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name),
    );
    const unknown = (await executor.getExecutedMigrations()).find(({ name }) => !known.has(name));
    if (unknown) {
      throw new DatabaseStartError(
        `The database was used by a newer version of Plaza (migration ${unknown.name}): start that version, or restore a backup`,
      );
    }
    return (await executor.executePendingMigrations()).map(({ name }) => name);
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
}
