import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { type SessionClient } from '../client/client.js';
import { authHeaders } from '../client/request-auth.js';
import { type Community } from '../support/community.js';

/** The unusual parts of an upload that a test sends byte by byte. */
export interface RawUploadOptions {
  room?: string;
  /** Added to, or put in place of, those of a proper upload; undefined leaves one out. */
  headers?: Record<string, string | undefined>;
}

/** An upload over a socket of its own, sent as slowly and as far as a test likes. */
export class RawUpload {
  private received = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (chunk: string) => (this.received += chunk));
    // A server that hangs up is what some tests wait for.
    socket.on('error', () => undefined);
  }

  /** Connects and sends the head of a request whose signature covers `body`; none of the body yet. */
  static async start(
    server: Community,
    client: SessionClient,
    body: Uint8Array,
    { room = 'lobby', headers = {} }: RawUploadOptions = {},
  ): Promise<RawUpload> {
    const signer = client.identity?.blindedFor(server.publicKey);
    const path = `/room/${room}/file`;
    const all: Record<string, string | undefined> = {
      Host: 'test',
      'Content-Length': String(body.length),
      ...(signer && authHeaders(signer, server.publicKey, { method: 'POST', path, body })),
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : `${name}: ${value}`,
    );
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write([`POST ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    return new RawUpload(socket);
  }

  send(bytes: Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** The status and the body of the answer, as soon as it has come. */
  async answer(): Promise<{ status: number; text: string }> {
    for (;;) {
      const [, status, length, text] =
        /^HTTP\/1\.1 (\d+)[^]*?content-length: (\d+)[^]*?\r\n\r\n([^]*)$/i.exec(this.received) ?? [];
      if (text !== undefined && Buffer.byteLength(text) >= Number(length))
        return { status: Number(status), text };
      if (this.socket.closed) throw new Error(`The server hung up after ${JSON.stringify(this.received)}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  /** Goes away without a word. */
  abort(): void {
    this.socket.destroy();
  }
}
