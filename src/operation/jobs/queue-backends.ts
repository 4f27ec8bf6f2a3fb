import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type PostgresPoolConfig,
} from 'bullmq';
import { openRedis } from '../../foundation/redis/open-redis.js';
import { type QueueAddress } from './queue-address.js';
import { QUEUE_SCHEMA } from './queue-schema.js';
import { withScheduleLock } from './schedule-lock.js';

/** The place of a queue, before anything is asked of it. */
export interface QueuePlace {
  /** Makes the connections of a queue there. */
  readonly create: BackendFactory<IQueueBackend, object>;
  /** The beginning of the queue's names, where others have theirs. */
  readonly prefix?: string;
  /** Carries out work that puts schedules there, one process at a time where that is needed. */
  changeSchedules(work: () => Promise<void>): Promise<void>;
  /** Whether what is asked of the place waits until it can be reached again. */
  isAway(): boolean;
  /** Closes what is still open, however long an answer takes. */
  close(): void;
}

const SECOND = 1_000;

/** The place of a community's queue. */
export async function queuePlaceOf({
  databaseUrl,
  redis: { url, prefix },
}: QueueAddress): Promise<QueuePlace> {
  return url === undefined ? inPostgres(databaseUrl) : inRedis(url, prefix);
}

function inPostgres(databaseUrl: string): QueuePlace {
  const connection = connectionTo(databaseUrl);
  return {
    create: (name, options, more) => createPostgresBackend(name, { ...options, connection }, more),
    changeSchedules: (work) => withScheduleLock(connection, work),
    // Every statement has a timeout.
    isAway: () => false,
    close: () => undefined,
  };
}

async function inRedis(url: string, prefix: string): Promise<QueuePlace> {
  let isClosed = false;
  const connection = await openRedis(url, {
    connectionName: 'plaza jobs',
    // Commands wait for Redis while it is away, and those that block take longer than others.
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    // A command whose connection was lost would otherwise never be answered, and its worker would wait for ever.
    autoResendUnfulfilledCommands: true,
    commandTimeout: undefined,
    socketTimeout: 12 * SECOND,
    // A second connection, which blocks, is made with the same options.
    retryStrategy: () => (isClosed ? null : SECOND),
  });
  return {
    create: (name, options, more) => createRedisBackend(name, { ...options, connection }, more),
    prefix: prefix.replace(/:$/, ''),
    // Redis carries out one script at a time, and BullMQ puts a schedule with one.
    changeSchedules: (work) => work(),
    isAway: () => connection.status !== 'ready',
    close: () => {
      isClosed = true;
      connection.disconnect();
    },
  };
}

function connectionTo(databaseUrl: string): PostgresPoolConfig {
  return {
    ...splitOptions(databaseUrl),
    schema: QUEUE_SCHEMA,
    // Plaza says itself which versions it works with.
    skipVersionCheck: true,
    application_name: 'plaza jobs',
    // Beside it there is one session that hears of new runs.
    max: 1,
    connectionTimeoutMillis: 5 * SECOND,
    statement_timeout: 10 * SECOND,
    query_timeout: 15 * SECOND,
    keepAlive: true,
  };
}

/**
 * Options of sessions come from the URL or from the configuration, and those of the URL would win. A crash of PostgreSQL
 * may take the latest changes of the queue back, all after one point in time: then runs are carried out again.
 */
function splitOptions(databaseUrl: string): { connectionString: string; options: string } {
  const url = new URL(databaseUrl);
  const own = url.searchParams.get('options');
  url.searchParams.delete('options');
  return {
    connectionString: own === null ? databaseUrl : url.href,
    options: [own, '-c synchronous_commit=off'].filter(Boolean).join(' '),
  };
}
