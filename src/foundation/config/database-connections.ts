import { type Settings } from './settings.js';

/** Beside its pool a worker has one connection, which hears of changes. */
const OF_WORKER = 1;
/** The worker of a machine that carries jobs out has two more for their queue, unless that is in Redis. */
const OF_QUEUE = 2;
/** A backup holds a lock by one connection and reads by another. One is made at a time, whatever the number of machines. */
const OF_BACKUP = 2;

type ConnectionSettings = Pick<Settings, 'databasePoolSize' | 'redisUrl'>;

/**
 * Counts the connections to PostgreSQL that the machines of a community may have open at a time, without those of commands.
 *
 * @param settings which all machines share
 * @param machines how many there are
 * @param workers how many they have in all
 */
export function mostConnections(
  { databasePoolSize, redisUrl }: ConnectionSettings,
  machines: number,
  workers: number,
): number {
  const queues = redisUrl === undefined ? machines * OF_QUEUE : 0;
  return workers * (databasePoolSize + OF_WORKER) + queues + OF_BACKUP;
}
