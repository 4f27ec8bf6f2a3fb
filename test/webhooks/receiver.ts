import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventually } from '../support/eventually.js';

/** A request that a receiver got. */
export interface Received {
  path: string;
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Answers a request; a number is a status without a body. */
export type Answer = number | ((response: ServerResponse) => void);

/** A web server that takes notices, on a port of this machine. */
export class Receiver {
  readonly received: Received[] = [];
  /** How it answers. */
  answer: Answer = 204;

  private constructor(
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  static async open(): Promise<Receiver> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const { url: path = '', method = '', headers } = request;
        receiver.received.push({ path, method, headers, body });
        const { answer } = receiver;
        if (typeof answer === 'number') response.writeHead(answer).end();
        else answer(response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new Receiver(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
      async () => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    );
    return receiver;
  }

  /** Waits until it has got so many requests, and returns them. */
  async get(count: number): Promise<Received[]> {
    await eventually(() => this.received.length >= count);
    return this.received;
  }

  close(): Promise<void> {
    return this.end();
  }
}

/** Whether a request is signed with a secret, by the rules of Standard Webhooks and another implementation than the server's. */
export async function isSigned({ headers, body }: Received, secret: string): Promise<boolean> {
  const [version, signature = ''] = String(headers['webhook-signature']).split(',');
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
  const isRight = await crypto.subtle.verify(
    'HMAC',
    key,
    Buffer.from(signature, 'base64'),
    Buffer.from(content),
  );
  return version === 'v1' && bytes.length >= 24 && isRight;
}
