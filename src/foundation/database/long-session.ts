import { Client, types, TypeOverrides } from 'pg';

/** Types of values, as `Database` reads them: a bigint is a number. */
const TYPES = new TypeOverrides();
TYPES.setTypeParser(types.builtins.INT8, Number);

/**
 * One connection for work that takes as long as it takes, such as an import or a backup: without the timeouts that
 * serving has, and with rows printed the same way whatever the database is set to.
 */
export async function openLongSession(url: string, name: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name, types: TYPES });
  // A connection that breaks between two statements fails the next one.
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`SET bytea_output = hex; SET extra_float_digits = 1; SET client_encoding = 'UTF8';
    SET lock_timeout = '10s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`);
  return client;
}

/** Whether a server, or a command with the services of one, has this database open. */
export async function isServed(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND application_name IN ('plaza', 'plaza change feed')`,
  );
  return rowCount !== 0;
}

/** The first of the tables that has a row; undefined when all are empty. */
export async function firstFilled(client: Client, tables: readonly string[]): Promise<string | undefined> {
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount !== 0) return table;
  }
  return undefined;
}
