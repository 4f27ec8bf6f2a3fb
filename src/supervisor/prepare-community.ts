import { prepareDatabase } from '../database/prepare-database.js';
import type { ProcessResources } from '../foundation.module.js';

/** Makes the database ready for the workers. Returns the token of the room that newcomers are sent to, if any. */
export async function prepareCommunity({ databaseUrl }: ProcessResources): Promise<string | undefined> {
  await prepareDatabase(databaseUrl);
  return undefined;
}
