import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { adoptEvents } from '../events/adopt-events.js';
import { migrationDataSource } from './migrations.js';
import { column } from '../../foundation/database/columns.js';
import { clientOf } from '../../foundation/database/driver.js';
import { DatabaseStartError } from '../../foundation/database/errors.js';
import { readRow } from '../../foundation/database/read-rows.js';

/** Key of the advisory lock under which migrations run; chosen once, at random. */
const MIGRATION_LOCK = 7_021_960_418;

/**
 * Brings the schema up to this version, each migration in a transaction of its own. Any number of processes may call
 * this at once: an advisory lock lets one work while the others wait, and then find nothing left to do.
 *
 * @returns names of the migrations that ran, in order
 * @throws DatabaseStartError when the database was migrated by a newer version of Plaza, beside which this one can't run
 */
export async function migrateDatabase(url: string): Promise<string[]> {
  return withMigrations(url, async ({ dataSource, queryRunner, executor }) => {
    const known = new Set(
      dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name),
    );
    const unknown = (await executor.getExecutedMigrations()).find(({ name }) => !known.has(name));
    if (unknown) {
      // During an upgrade machines of the version before serve beside those of the next one.
      if (known.has(await neededMigration(queryRunner))) return [];
      throw new DatabaseStartError(
        `The database was used by a newer version of Plaza (migration ${unknown.name}): start that version, or restore a backup`,
      );
    }
    const executed = (await executor.executePendingMigrations()).map(({ name }) => name);
    await adoptEvents(queryRunner);
    return executed;
  });
}

/**
 * Gives an empty database exactly the schema that a backup was made with, by its migrations' names in order: takes
 * later ones back, and leaves those after it to {@link migrateDatabase} once the rows are there.
 *
 * @throws DatabaseStartError when this version does not know one of them
 */
export async function matchSchema(url: string, names: readonly string[]): Promise<void> {
  await withMigrations(url, async ({ dataSource, executor }) => {
    const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new DatabaseStartError(
        `The backup is of a newer version of Plaza (migration ${unknown}): use that one`,
      );
    }
    for (;;) {
      const [last] = (await executor.getExecutedMigrations()).sort((a, b) => b.timestamp - a.timestamp);
      if (!last || names.includes(last.name)) break;
      await executor.undoLastMigration();
    }
    // The executor runs whatever its data source has.
    const wanted = dataSource.migrations.filter((_, index) => names.includes(known[index] ?? ''));
    Object.assign(dataSource, { migrations: wanted });
    await executor.executePendingMigrations();
  });
}

/** Names of the migrations that made this database, in order. */
export async function executedMigrations(url: string): Promise<string[]> {
  return withMigrations(url, async ({ executor }) =>
    (await executor.getExecutedMigrations())
      .sort((a, b) => a.timestamp - b.timestamp)
      .map(({ name }) => name),
  );
}

/** The youngest migration that whoever uses a database must know; empty in one that is older than this rule. */
async function neededMigration(queryRunner: QueryRunner): Promise<string> {
  if (!(await queryRunner.hasTable('schema_needs'))) return '';
  const columns = { migration: column.text };
  const needs = await readRow(await clientOf(queryRunner), columns, 'SELECT migration FROM schema_needs');
  return needs?.migration ?? '';
}

async function withMigrations<T>(
  url: string,
  work: (tools: {
    dataSource: DataSource;
    queryRunner: QueryRunner;
    executor: MigrationExecutor;
  }) => Promise<T>,
): Promise<T> {
  const dataSource = await migrationDataSource(url).initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    // The lock is the session's: it also ends when this process does.
    await queryRunner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'each';
    return await work({ dataSource, queryRunner, executor });
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
}
