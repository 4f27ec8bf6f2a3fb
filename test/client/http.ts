import { Agent, type IncomingMessage, request } from 'node:http';

/** An HTTP answer as it came off the socket. */
export interface HttpReply {
  status: number;
  /** Lower-case names; a repeated header's values are joined by `, `. */
  headers: Record<string, string>;
  body: Buffer;
}

/** Milliseconds. */
const PATIENCE = 60_000;

/** Keeps connections to one server open between requests, as Session's last hop does. */
export class HttpConnections {
  private readonly agent = new Agent({ keepAlive: true });

  /**
   * @param origin such as `http://127.0.0.1:3000`
   * @param patience milliseconds within which something must come
   */
  constructor(
    private readonly origin: string,
    private readonly patience = PATIENCE,
  ) {}

  /**
   * Sends one request. The path goes out byte by byte as given, in UTF-8, without the normalising that `fetch`
   * does (Node's HTTP servers answer 400 to bytes above 0x7f there, before any handler runs). Rejects when the
   * connection breaks or nothing comes in time.
   */
  send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Uint8Array | undefined,
  ): Promise<HttpReply> {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          hostname,
          port,
          method,
          // Node writes the request line in Latin-1; this makes the bytes on the wire those of UTF-8.
          path: Buffer.from(path, 'utf8').toString('latin1'),
          headers: body ? { ...headers, 'Content-Length': String(body.length) } : headers,
          agent: this.agent,
          timeout: this.patience,
        },
        (incoming) => void receive(incoming).then(resolve, reject),
      );
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`${method} ${path}: no reply in ${this.patience} ms`)),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Closes all connections; requests under way fail. The next request opens new ones. */
  close(): void {
    this.agent.destroy();
  }
}

async function receive(incoming: IncomingMessage): Promise<HttpReply> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(incoming.headersDistinct).map(([name, values]) => [
    name,
    (values ?? []).join(', '),
  ]);
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}
