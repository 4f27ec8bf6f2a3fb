import { type Redis, type RedisOptions } from 'ioredis';

/** Milliseconds for which a connection is awaited. */
const CONNECT_PATIENCE = 2_000;
/** Milliseconds after which a command has failed. Users of Redis that can wait less race it with a timer of their own. */
const COMMAND_PATIENCE = 1_000;
/** Milliseconds without a byte, while an answer is due, after which a connection is dead. */
const SILENCE = 3_000;
/** Milliseconds between two attempts to connect, at first and at most. */
const FIRST_REST = 50;
const LONGEST_REST = 1_000;

/** Commands fail at once while Redis is away: none is kept for later, and none is sent twice. */
const OPTIONS: RedisOptions = {
  connectTimeout: CONNECT_PATIENCE,
  commandTimeout: COMMAND_PATIENCE,
  socketTimeout: SILENCE,
  keepAlive: 10_000,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  disableClientInfo: true,
  retryStrategy: (attempts) => Math.min(FIRST_REST * attempts, LONGEST_REST),
  // After a failover the old primary answers, but takes no writes any more.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

/**
 * Makes a connection to Redis that connects again by itself. It is still being made when this resolves.
 * @param url     a `redis://` or `rediss://` URL
 * @param options differences from the connection that requests use, such as for blocking commands
 */
export async function openRedis(url: string, options: RedisOptions = {}): Promise<Redis> {
  // Its library takes memory that a community without Redis does not pay.
  const { default: ioredis } = await import('ioredis');
  const redis = new ioredis.Redis(url, { ...OPTIONS, ...options });
  // Without a handler it would write every failed attempt to the console.
  redis.on('error', () => undefined);
  return redis;
}
