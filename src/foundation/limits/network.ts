import { isIP } from 'node:net';

/**
 * Reduces an address to what counts as one: an IPv4 address, or the /64 network that one customer gets of IPv6.
 * In: an address as Node.js or a proxy writes it. Out: a short text; `unknown` for what is no address.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const version = isIP(address);
  if (version === 4) return address;
  return version === 6 ? `${firstGroups(address).join(':')}::/64` : 'unknown';
}

/** The first four of eight groups, of which `::` stands for as many zeros as are missing. */
function firstGroups(address: string): string[] {
  const [before = '', after] = address.toLowerCase().split('::');
  const groups = (text: string): string[] => text.split(':').filter(Boolean);
  const head = groups(before);
  const tail = groups(after ?? '');
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
}
