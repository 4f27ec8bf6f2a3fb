import pg from 'pg';

/** Key of our advisory lock: a pair of numbers, chosen once, at random. */
const LOCK = [1_287_340_955, 402_771_688];

/**
 * Carries work out while no other process does so in this database. BullMQ's statements do not expect two processes to put
 * one schedule at the same moment: the run that one of them has planned may be begun twice, or no run may follow it.
 * @throws what the database says when it can't be reached or another process holds the lock for long, and what `work` throws
 */
export async function withScheduleLock(
  connection: pg.ClientConfig,
  work: () => Promise<void>,
): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1, $2)', LOCK);
    await work();
  } finally {
    // The lock ends with its session.
    await client.end();
  }
}
