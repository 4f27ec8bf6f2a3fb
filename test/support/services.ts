import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadSettings } from '../../src/foundation/config/load-settings.js';
import { RecordsModule } from '../../src/records/records.module.js';
import { ServerIdentity } from '../../src/protocol/identity/server-identity.js';
import { MessagesModule } from '../../src/messages/messages.module.js';
import { type Environment, type TestServer } from './server.js';

@Module({})
class MessageServices {}

/**
 * The message services of another process of the community that `server` runs, for what no endpoint reaches:
 * `(await openMessageServices(server)).get(ServerAuthor)`. Close it before the server stops.
 */
export async function openMessageServices(
  server: TestServer,
  environment: Environment = {},
): Promise<INestApplicationContext> {
  const { settings } = loadSettings({ environment, folder: server.dataDir });
  const identity = await ServerIdentity.load(join(server.dataDir, 'key_x25519'));
  if (!identity) throw new Error('the server has no key');
  const resources = { settings, identity, databaseUrl: server.database.url };
  return NestFactory.createApplicationContext(
    { module: MessageServices, imports: [RecordsModule.forRoot(resources), MessagesModule] },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest documents a literal here.
    { logger: false },
  );
}
