import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Community } from './community.js';

/** A connection to a server on which a test says byte by byte what is sent, and when to read. */
export class RawClient {
  private received = Buffer.alloc(0);
  private readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    // The server hangs up on most of them, some while they still write.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        resolve();
      }),
    );
  }

  /** Connects and reads nothing yet: the system takes what fits into its buffers. */
  static async open(server: Pick<Community, 'url'>): Promise<RawClient> {
    const { hostname, port } = new URL(server.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.pause();
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Sends bytes; resolves once the system has taken them all, or the connection is gone. */
  async send(bytes: Uint8Array | string): Promise<void> {
    await Promise.race([new Promise((sent) => this.socket.write(bytes, sent)), this.closed]);
  }

  /** The head of a POST, with further header lines. */
  async head(path: string, length: number, ...lines: string[]): Promise<void> {
    const all = [`POST ${path} HTTP/1.1`, 'Host: plaza', `Content-Length: ${length}`, ...lines, '', ''];
    await this.send(all.join('\r\n'));
  }

  /** Begins to read. */
  read(): this {
    this.socket.on('data', (piece: Buffer) => (this.received = Buffer.concat([this.received, piece])));
    this.socket.resume();
    return this;
  }

  /** The bytes that have been read. */
  get text(): string {
    return this.received.toString('latin1');
  }

  /** The status of the first answer; undefined as long as none has been read. */
  get status(): number | undefined {
    const status = /^HTTP\/1\.1 (\d+)/.exec(this.text)?.[1];
    return status === undefined ? undefined : Number(status);
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Opens so many connections, a few at a time. */
export async function openMany(server: Pick<Community, 'url'>, count: number): Promise<RawClient[]> {
  const all: RawClient[] = [];
  while (all.length < count) {
    const some = Math.min(64, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: some }, () => RawClient.open(server)))));
  }
  return all;
}
