import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Milliseconds that the other side gets to answer the farewell. */
const PATIENCE = 1_000;

/** Ends a connection. node-postgres alone would wait forever for the end of some that broke before. */
export async function hangUp(client: pg.Client): Promise<void> {
  await Promise.race([client.end(), sleep(PATIENCE, undefined, { ref: false })]);
}
