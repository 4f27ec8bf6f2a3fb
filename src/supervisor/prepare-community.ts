import { withServices } from '../cli/command-context.js';
import { prepareDatabase } from '../database/prepare-database.js';
import type { ProcessResources } from '../foundation.module.js';
import { RoomsService } from '../rooms/rooms.service.js';

/**
 * Makes the database ready for the workers and, when it has no room, opens FIRST_ROOM. Returns the token of the room
 * that newcomers are sent to, if any.
 */
export async function prepareCommunity(resources: ProcessResources): Promise<string | undefined> {
  await prepareDatabase(resources.databaseUrl);
  const { firstRoom } = resources.settings;
  return withServices(resources, async (services) => {
    const rooms = services.get(RoomsService);
    if (firstRoom !== undefined) await rooms.createFirst({ token: firstRoom });
    return (await rooms.all())[0]?.token;
  });
}
