import { Logger } from '@nestjs/common';
import pg from 'pg';
import { type DataSourceOptions } from 'typeorm';
import { type DatabaseAddress, isPooled } from './database-address.js';
import { guardedClient } from './guarded-client.js';
import { Outage } from './outage.js';

/** How many connections to open to which database. */
export interface DatabaseOptions extends DatabaseAddress {
  /** Connections this process keeps open at most. */
  poolSize: number;
  /** Classes of the tables for TypeORM's repositories. */
  entities: readonly EntityClass[];
  /** Whether there are other workers of the same server to tell of changes; there are none by default. */
  hasPeers?: boolean;
}

type EntityClass = new () => object;

const SECOND = 1_000;

/**
 * Parameters of a session, in milliseconds. A pooler refuses them; there they are the role's, set by the operator. A machine
 * that is lost within a transaction has told PostgreSQL nothing: for `idle_in_transaction_session_timeout` it keeps its locks.
 */
const SESSION_TIMEOUTS = {
  statement_timeout: 30 * SECOND,
  lock_timeout: 20 * SECOND,
  idle_in_transaction_session_timeout: 10 * SECOND,
};

/**
 * TypeORM's options for serving: every wait has an end, so that a stuck database costs 503s and not the process.
 * @param outage what this process knows of the database's outages
 */
export function dataSourceOptions(options: DatabaseOptions, outage = new Outage()): DataSourceOptions {
  const { url, poolSize, entities } = options;
  const logger = new Logger('Database');
  return {
    ...commonOptions(url),
    entities: [...entities],
    poolSize,
    connectTimeoutMS: 5 * SECOND,
    poolErrorHandler: (error: Error) => {
      logger.warn(`A database connection was lost: ${error.message}`);
    },
    extra: {
      Client: guardedClient(outage),
      application_name: 'plaza',
      // Without it node-postgres holds a statement back until the one before it has been answered.
      pipeline: true,
      ...(!isPooled(options) && SESSION_TIMEOUTS),
      // For a server that no longer answers at all; its own timeout comes first otherwise.
      query_timeout: 35 * SECOND,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10 * SECOND,
      idleTimeoutMillis: 60 * SECOND,
    },
  };
}

/** The options that every data source of Plaza shares. */
export function commonOptions(url: string): {
  type: 'postgres';
  driver: typeof pg;
  url: string;
  parseInt8: true;
} {
  // Ids and sequence numbers stay far below 2^53, so int8 may be a number.
  return { type: 'postgres', driver: pg, url, parseInt8: true };
}
