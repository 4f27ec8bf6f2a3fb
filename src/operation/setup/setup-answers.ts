import { readOrigin, refusedHost } from '../../foundation/config/community-url.js';

/** The decisions of an operator about a new community. */
export interface SetupAnswers {
  /** Clients reach the server there: an origin such as `https://chat.example.org`. */
  readonly url: string;
  /** Whether a web server on this machine passes requests on to Plaza. */
  readonly isBehindProxy: boolean;
  /** The port on which Plaza listens, where it is not to follow from the address. */
  readonly port?: number;
  /** Tokens of the rooms to be; the first one is the community's first room. */
  readonly rooms: readonly string[];
  /** PostgreSQL's address; the embedded one without it. */
  readonly databaseUrl?: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Reads an address as a person types it: without a scheme, `https://` is meant.
 * @returns the origin, or a reason why clients could not join there, which completes "… can't be used: "
 */
export function readAddress(text: string): { url: string } | { reason: string } {
  const trimmed = text.trim();
  const withScheme = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const read = readOrigin(withScheme);
  if ('reason' in read) return read;
  const url = read.origin;
  if (new URL(url).port === '0') return { reason: 'port 0 is none that people can reach' };
  const refused = refusedHost(url);
  return refused === undefined ? { url } : { reason: refused };
}

/** Settings as text for these answers, by name. */
export function settingsFor(answers: SetupAnswers): Record<string, string> {
  const { url, isBehindProxy, rooms, databaseUrl } = answers;
  const { port: inAddress, protocol } = new URL(url);
  const port = answers.port ?? (isBehindProxy ? 8080 : inAddress || DEFAULT_PORTS[protocol]);
  return {
    PUBLIC_URL: url,
    HOST: isBehindProxy ? '127.0.0.1' : '0.0.0.0',
    PORT: String(port),
    FIRST_ROOM: rooms[0] ?? '',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
}

/** Why these answers contradict each other, and what to do; undefined when they do not. */
export function contradictionIn({ url, isBehindProxy }: SetupAnswers): string | undefined {
  if (isBehindProxy || !url.startsWith('https:')) return undefined;
  return `Plaza speaks plain HTTP, and ${url} needs a web server in front: say --proxy, or give an address with http://`;
}

/** The one thing that these answers ask of the operator beside Plaza. */
export function reminderFor({ url, isBehindProxy }: SetupAnswers, port: number): string {
  return isBehindProxy
    ? `Have your web server pass ${url} on to http://127.0.0.1:${port}: deploy/ has examples for Caddy and nginx`
    : `Let port ${port} through the firewall of this machine`;
}
