import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of one suite's own. */
export interface TestDatabase {
  url: string;
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
}

/**
 * Makes a fresh database in the PostgreSQL of this test run: an empty one, without Plaza's tables, or one that has been
 * migrated, which is copied from a template.
 */
export async function createDatabase({ migrated = false } = {}): Promise<TestDatabase> {
  const cluster = process.env.PLAZA_TEST_DATABASE_URL;
  if (!cluster) throw new Error('Tests under test/ need the global setup of jest.config.js');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await inDatabase(cluster, `CREATE DATABASE ${name}${migrated ? ' TEMPLATE plaza_template' : ''}`);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => inDatabase(cluster, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Runs statements in a database, on a connection of their own. */
export async function inDatabase(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
