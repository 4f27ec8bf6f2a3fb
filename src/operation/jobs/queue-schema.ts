import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import pg from 'pg';
import { DatabaseStartError, errorCode } from '../../foundation/database/errors.js';
import { errorLine } from '../../foundation/error-line.js';

/** The tables of the queue lie in a schema of their own, where no backup, import or check of our tables looks. */
export const QUEUE_SCHEMA = 'plaza_jobs';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Makes the tables of the queue, or brings them up to date. Any number of processes may call this at once.
 * @throws DatabaseStartError also when the database's user may not create the schema
 */
export async function prepareQueue(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'plaza' });
  client.on('error', () => undefined);
  const options = { skipVersionCheck: true };
  const version = (): Promise<number> =>
    assertSchemaCompatibility(client, QUEUE_SCHEMA, options).catch((error: unknown) => {
      if (error instanceof SchemaMigrationRequiredError) return 0;
      throw error;
    });
  try {
    await client.connect();
    if ((await version()) < LATEST_SCHEMA_VERSION) await runMigrations(client, QUEUE_SCHEMA, options);
  } catch (error) {
    throw new DatabaseStartError(schemaTrouble(error), { cause: error });
  } finally {
    await client.end();
  }
}

function schemaTrouble(error: unknown): string {
  return errorCode(error) === INSUFFICIENT_PRIVILEGE
    ? `The database user may not create the schema ${QUEUE_SCHEMA} for jobs: GRANT CREATE ON DATABASE … TO …`
    : `The schema ${QUEUE_SCHEMA} for jobs can't be opened: ${errorLine(error)}`;
}
