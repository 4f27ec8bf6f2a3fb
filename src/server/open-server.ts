import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '../foundation/config/settings.js';
import { StorageUnavailableError } from '../foundation/errors/storage-unavailable-error.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { FileStorage } from '../files/storage/file-storage.js';
import { RuleCache } from '../moderation/rules/rule-cache.service.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { createServer, type ServerResources } from './server.js';

/** A server that takes requests. */
export interface OpenServer {
  app: NestFastifyApplication;
  /** The token of the room that newcomers are sent to; undefined when there is none, or another process opened the community. */
  roomToken: string | undefined;
}

/**
 * Opens a server on the host and port of `settings`.
 * @param opensCommunity whether to see to the first room before, which one process of a community does
 * @throws Error when another program has the port, and what {@link createServer} throws
 */
export async function openServer(
  settings: Settings,
  resources: ServerResources,
  opensCommunity: boolean,
): Promise<OpenServer> {
  const { firstRoom, port, host } = settings;
  const app = await createServer(settings, resources);
  try {
    if (opensCommunity) await checkStorage(app);
    const roomToken = opensCommunity ? await app.get(RoomsService).openFirst(firstRoom) : undefined;
    // Nest's own listen() would log the failure that the supervisor tells on one line.
    await app.getHttpAdapter().getInstance().listen({ port, host });
    void app.get(RuleCache).warmUp();
    return { app, roomToken };
  } catch (error) {
    await app.close();
    throw isTaken(error)
      ? new Error(`Another program listens on port ${port} of ${host}: set PORT to a free one`)
      : error;
  }
}

/** A store that is away keeps nobody from starting: its watch says so, and all but files goes on. */
async function checkStorage(app: NestFastifyApplication): Promise<void> {
  try {
    await app.get(FileStorage).check(app.get(ServerIdentity).publicKeyHex);
  } catch (error) {
    if (!(error instanceof StorageUnavailableError)) throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
