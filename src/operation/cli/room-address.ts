import { type INestApplicationContext } from '@nestjs/common';
import { communityUrl } from '../../foundation/config/community-url.js';
import { Settings } from '../../foundation/config/settings.js';
import { readRunningServer } from '../../foundation/running-server.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';

/** The URL under which clients reach the server. With PORT=0 only the running server knows its port. */
export async function publicUrlOf({ publicUrl, dataDir }: Settings): Promise<string> {
  const running = publicUrl.endsWith(':0') ? await readRunningServer(dataDir) : undefined;
  return running?.url ?? publicUrl;
}

/** The URL by which people join a room. */
export async function roomUrl(services: INestApplicationContext, token: string): Promise<string> {
  const publicUrl = await publicUrlOf(services.get(Settings));
  return communityUrl(publicUrl, token, services.get(ServerIdentity).publicKeyHex);
}
