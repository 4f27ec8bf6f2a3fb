import { DataSource } from 'typeorm';
import { migrations } from '../../../migrations/index.js';
import { commonOptions } from '../../foundation/database/data-source.js';

/** A data source that migrates: one connection, no timeouts, and all migrations. */
export function migrationDataSource(url: string): DataSource {
  return new DataSource({
    ...commonOptions(url),
    poolSize: 1,
    extra: { application_name: 'plaza migration' },
    migrations,
    migrationsTransactionMode: 'each',
  });
}

/** Names of all migrations of this version, as the table `migrations` has them. */
export function migrationNames(): string[] {
  return migrations.map((Migration) => Migration.name);
}
