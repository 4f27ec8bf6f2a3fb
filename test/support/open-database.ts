import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/foundation/database/data-source.js';
import { directAddress } from '../../src/foundation/database/database-address.js';
import { TELLS_NOBODY } from '../../src/foundation/database/change-teller.js';
import { entities } from '../../src/records/entities/index.js';
import { Database } from '../../src/foundation/database/database.js';
import { StatementNames } from '../../src/foundation/database/statement-names.js';

/** A pool, and the database object that reads and writes through it. */
export interface OpenDatabase {
  database: Database;
  close(): Promise<void>;
}

/** A {@link Database} with a pool of its own, as a process of Plaza has it. */
export async function openDatabase(url: string, poolSize = 4): Promise<OpenDatabase> {
  const dataSource = await new DataSource(
    dataSourceOptions({ ...directAddress(url), poolSize, entities }),
  ).initialize();
  return {
    database: new Database(dataSource, TELLS_NOBODY, new StatementNames()),
    close: () => dataSource.destroy(),
  };
}
