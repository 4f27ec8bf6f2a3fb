import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { errorLine } from '../error-line.js';

/** Where and to whom metrics are served. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** The token that a scraper must send as `Authorization: Bearer …`; undefined for none. */
  readonly token: string | undefined;
  /** Makes the page. */
  readonly text: () => Promise<string>;
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `GET /metrics` on a port of its own, away from the public.
 * @returns where it listens, and what stops it
 * @throws Error when the port is taken
 */
export async function serveMetrics(
  options: MetricsServerOptions,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => void answer(options, request, response));
  await listen(server, options);
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server) };
}

async function listen(server: Server, { host, port }: MetricsServerOptions): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`Metrics can't be served on port ${port} of ${host}: ${errorLine(error)}`, {
      cause: error,
    });
  }
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(
  { token, text }: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const tell = (status: number, body: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, {
      'content-type': CONTENT_TYPE,
      'x-content-type-options': 'nosniff',
      ...headers,
    });
    response.end(body);
  };
  if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
    tell(404, 'Metrics are at GET /metrics\n');
  } else if (token !== undefined && !isEqual(request.headers.authorization ?? '', `Bearer ${token}`)) {
    tell(401, 'The METRICS_TOKEN is required as a bearer token\n', { 'www-authenticate': 'Bearer' });
  } else {
    try {
      tell(200, await text());
    } catch {
      tell(500, 'The metrics could not be added up\n');
    }
  }
}

/** Hashes have one length, so the comparison tells nothing about the token's. */
function isEqual(given: string, expected: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
