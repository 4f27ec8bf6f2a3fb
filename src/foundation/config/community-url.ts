import { plazaCommand } from './plaza-command.js';

/**
 * Reads the address of a web server. Session clients take the path of a community URL for the room, so there is no place
 * for another one.
 * @returns its origin, without a trailing slash; or a reason why the text is none, which completes "… can't be used: "
 */
export function readOrigin(text: string): { origin: string } | { reason: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return { reason: 'it must be an address such as https://chat.example.org' };
  }
  const isAlone = `${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/';
  return isAlone
    ? { origin: url.origin }
    : { reason: 'it must be the name of a server alone, without a path' };
}

/**
 * Why Session clients would refuse every community URL under this public URL, and what to do; undefined when they
 * would not (protocol 10).
 */
export function refusedHost(publicUrl: string): string | undefined {
  const { hostname } = new URL(publicUrl);
  const flaw = hostname.startsWith('[')
    ? 'an IPv6 address as its host'
    : hostname.includes('_')
      ? 'a "_" in its host'
      : hostname.includes('.')
        ? undefined
        : 'a host without a dot';
  if (flaw === undefined) return undefined;
  return (
    `PUBLIC_URL ${publicUrl} has ${flaw}, and Session refuses to join rooms there: ` +
    'set it to a domain name such as http://chat.example.org, or to an IPv4 address'
  );
}

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/**
 * One line for the operator of a community whose address leads only to the machine itself; undefined for any other. Clients
 * come through Session's service nodes, so not even one on the same machine can join there.
 */
export function loopbackWarning(publicUrl: string): string | undefined {
  if (!LOOPBACK.test(new URL(publicUrl).hostname)) return undefined;
  return (
    `PUBLIC_URL is ${publicUrl}, which leads nowhere from outside: browsers on this machine see the community, and ` +
    `Session's clients can't join it. ${plazaCommand('setup')} asks for its address`
  );
}

/** The community URL that clients join by: `{public_url}/{room}?public_key={hex}` (protocol 1). */
export function communityUrl(publicUrl: string, roomToken: string, publicKeyHex: string): string {
  return `${publicUrl}/${roomToken}?public_key=${publicKeyHex}`;
}
