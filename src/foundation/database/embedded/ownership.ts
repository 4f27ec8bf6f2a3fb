import { hostname } from 'node:os';
import pg from 'pg';
import { column } from '../columns.js';
import { errorCode } from '../errors.js';
import { readOne, readRow } from '../read-rows.js';
import { DATABASE_NAME } from './instance.js';

/** A use of the embedded database: to serve for as long as the process lives, or for one `plaza` command. */
export type OwnerRole = 'server' | 'command';

/** First half of the keys of our advisory locks; chosen once, at random. */
const LOCK_SPACE = 1_886_151_033;
/** Held alone by the process that starts and stops PostgreSQL. */
const OWNER = 1;
/** Shared by every command that joined a PostgreSQL it did not start. */
const USERS = 2;
const CONNECT_TIMEOUT = 5_000;
/** Milliseconds; longer than any wait for a lock here, so that only a PostgreSQL that hangs exceeds it. */
const ANSWER_TIMEOUT = 60_000;

/**
 * Connects for the lifetime of a claim. Claims are advisory locks of this session: they end with the process that
 * holds them, whatever ends it, and know nothing of pids, clocks or stale files.
 *
 * @param url of the `postgres` database, because advisory locks belong to one database
 * @throws the connection's error
 */
export async function openClaims(url: string, role: OwnerRole): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: describe(role),
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: ANSWER_TIMEOUT,
  });
  // Without a listener a lost connection would end the process; who needs to know listens to 'end'.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Takes the right to start and stop PostgreSQL, unless another process has it. */
export async function claimOwnership(client: pg.Client): Promise<boolean> {
  const sql = 'SELECT pg_try_advisory_lock($1, $2) AS granted';
  return (await readOne(client, { granted: column.boolean }, sql, [LOCK_SPACE, OWNER])).granted;
}

/** The process that may start and stop PostgreSQL: `plaza server (process 123 on host)`; undefined when nobody. */
export async function ownerName(client: pg.Client): Promise<string | undefined> {
  const owner = await readRow(
    client,
    { name: column.text },
    `SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted`,
    [LOCK_SPACE, OWNER],
  );
  return owner?.name;
}

/** True for the name of a process that keeps the database for as long as it lives. */
export function isServer(name: string): boolean {
  return name.startsWith(describeRole('server'));
}

/** Marks this session as a user of a PostgreSQL that others own; waits while its owner is stopping it. */
export async function claimUse(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock_shared($1, $2)', [LOCK_SPACE, USERS]);
}

/**
 * Waits until no command uses PostgreSQL any more, and lets no new one in.
 *
 * @param patience milliseconds
 * @returns false when some still did after that time
 */
export async function waitForUsers(client: pg.Client, patience: number): Promise<boolean> {
  await client.query(`SELECT set_config('lock_timeout', $1, false)`, [`${patience}ms`]);
  try {
    await client.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE, USERS]);
    return true;
  } catch (error) {
    if (errorCode(error) === '55P03') return false;
    throw error;
  }
}

/** Makes Plaza's own database where it is missing; several processes may do so at once. */
export async function ensureDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
  if (rowCount !== 0) return;
  await client.query(`CREATE DATABASE ${DATABASE_NAME}`).catch((error: unknown) => {
    if (!['42P04', '23505'].includes(errorCode(error) ?? '')) throw error;
  });
}

function describe(role: OwnerRole): string {
  // PostgreSQL keeps 63 bytes of it.
  return `${describeRole(role)} (process ${process.pid} on ${hostname().slice(0, 24)})`;
}

function describeRole(role: OwnerRole): string {
  return `plaza ${role}`;
}
