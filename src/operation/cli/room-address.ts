import { type INestApplicationContext } from '@nestjs/common';
import { toString as drawQrCode } from 'qrcode';
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

/**
 * A QR code as lines of text. A terminal gets black on white, whatever its own colours are; elsewhere its light parts are
 * drawn, because most screens on which such lines are read are dark.
 */
export async function qrCodeLines(text: string, isTerminal: boolean): Promise<string[]> {
  const options = { type: 'utf8', errorCorrectionLevel: 'L' } as const;
  if (!isTerminal) {
    const color = { dark: '#ffffff', light: '#000000' };
    return (await drawQrCode(text, { ...options, color })).split('\n');
  }
  return (await drawQrCode(text, options)).split('\n').map((line) => `\u001b[30;107m${line}\u001b[0m`);
}
