import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { qrCodeLines } from '../../foundation/terminal-qr-code.js';
import { communityUrl } from '../../foundation/config/community-url.js';

/** The facts that an operator needs about a community that has just been opened. */
export interface Announcement {
  readonly publicUrl: string;
  /** 64 hex digits. */
  readonly publicKeyHex: string;
  /** The room that newcomers are sent to; undefined while there is none. */
  readonly roomToken: string | undefined;
  /** Whether this start has founded the community. */
  readonly isFirstStart: boolean;
}

/** The log line of every start. */
export function startLine({ publicUrl, publicKeyHex, roomToken }: Announcement): string {
  return roomToken === undefined
    ? `Plaza is open at ${publicUrl} and has no room yet: ${plazaCommand('room add <token>')}`
    : `Plaza is open: ${communityUrl(publicUrl, roomToken, publicKeyHex)}`;
}

/**
 * The page that greets the operator: URL, key and QR code, and at the first start how to become admin. `isTerminal` says
 * whether colours may be set.
 */
export async function welcomePage(
  { publicUrl, publicKeyHex, roomToken, isFirstStart }: Announcement,
  isTerminal: boolean,
): Promise<string> {
  const invitation =
    roomToken === undefined
      ? ['  There is no room yet. To add one:', `    ${plazaCommand('room add <token> --name <name>')}`]
      : await invitationTo(communityUrl(publicUrl, roomToken, publicKeyHex), isTerminal);
  return [
    '',
    '  Your community is open.',
    '',
    ...invitation,
    '',
    `  Public key  ${publicKeyHex}`,
    '',
    ...(isFirstStart
      ? [
          '  To make yourself admin, with your Account ID from the settings of Session:',
          `    ${plazaCommand('mod add <05…> --global --admin')}`,
          '',
        ]
      : []),
    '',
  ].join('\n');
}

async function invitationTo(url: string, isTerminal: boolean): Promise<string[]> {
  const heading = ['  Join it from Session with this URL, or scan the code:', `    ${url}`, ''];
  const code = await qrCodeLines(url, isTerminal);
  return [...heading, ...(isTerminal ? code.map((line) => `  ${line}`) : code)];
}
