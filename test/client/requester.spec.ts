import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { SessionClient } from './client.js';
import { Identity } from './identity.js';
import { authHeaders } from './request-auth.js';

interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const serverPublicKey = 'e016e61e3b5679533b6c468074ad9c8f417da027ffa0d52e7b9054b92527ea40';

describe('the test client', () => {
  let echo: Server;
  let received: Received[];
  let alice: SessionClient;
  const identity = new Identity();

  beforeAll(async () => {
    echo = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({
          method: request.method,
          path: request.url,
          headers: request.headers,
          body: Buffer.concat(chunks),
        });
        response.writeHead(418, { 'Content-Type': 'text/plain' }).end('short and stout');
      });
    });
    await new Promise<void>((listening) => echo.listen(0, '127.0.0.1', listening));
    alice = new SessionClient({
      serverUrl: urlOf(echo),
      serverPublicKey,
      identity,
      transport: 'plain',
    });
  });

  beforeEach(() => {
    received = [];
  });

  afterAll(async () => {
    alice.close();
    await new Promise((closed) => echo.close(closed));
  });

  it('sends paths as they are written, without normalising them', async () => {
    for (const path of ['/room/a/reaction/1/%F0%9F%90%9F', '/a/../b//c?x=%zz&y', '/%2e%2E/?']) {
      await alice.get(path);
      expect(received.at(-1)?.path).toBe(path);
    }
  });

  it('sends an emoji in a path as raw UTF-8 bytes', async () => {
    const requestLine = new Promise<string>((resolve) => {
      // Node's own HTTP parser refuses such a request line, so the spec reads the socket.
      const listener = createTcpServer((socket) => {
        socket.once('data', (chunk) => {
          resolve(chunk.toString('utf8').split('\r\n')[0] ?? '');
          socket.end('HTTP/1.1 204 No Content\r\n\r\n');
          listener.close();
        });
      }).listen(0, '127.0.0.1', () => {
        const client = new SessionClient({ serverUrl: urlOf(listener), serverPublicKey, transport: 'plain' });
        void client.get('/reaction/🐟?x=ж').finally(() => {
          client.close();
        });
      });
    });
    expect(await requestLine).toBe('GET /reaction/🐟?x=ж HTTP/1.1');
  });

  it('percent-encodes emoji in its own plain requests', async () => {
    await alice.react('lobby', 3, '🐟/');
    expect(received[0]?.path).toBe('/room/lobby/reaction/3/%F0%9F%90%9F%2F');
  });

  it('sends no body, raw bytes, broken JSON or JSON as asked', async () => {
    await alice.post('/a');
    await alice.post('/a', Buffer.from([0xff, 0]));
    await alice.post('/a', '{"broken');
    await alice.post('/a', { b: [1] });
    expect(received.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      [Buffer.alloc(0), undefined],
      [Buffer.from([0xff, 0]), 'application/octet-stream'],
      [Buffer.from('{"broken'), 'application/json'],
      [Buffer.from('{"b":[1]}'), 'application/json'],
    ]);
  });

  it('adds, replaces and drops headers whatever their case', async () => {
    await alice.post(
      '/a',
      {},
      { headers: { 'x-sogs-nonce': null, 'CONTENT-TYPE': 'text/html', 'X-New': 'n' } },
    );
    const headers = received[0]?.headers;
    expect(headers).toMatchObject({ 'content-type': 'text/html', 'x-new': 'n' });
    expect(headers).toHaveProperty('x-sogs-signature');
    expect(headers).not.toHaveProperty('x-sogs-nonce');
  });

  it('signs with the nonce, timestamp and spelling that a test asks for, or not at all', async () => {
    const auth = { nonce: Buffer.alloc(16, 1), timestamp: 1_700_000_000, encoding: 'hex' } as const;
    await alice.post('/a?b', '[]', { auth });
    const signed = { method: 'POST', path: '/a?b', body: Buffer.from('[]') };
    const expected = authHeaders(identity.blindedFor(serverPublicKey), serverPublicKey, signed, auth);
    for (const [name, value] of Object.entries(expected)) {
      expect(received[0]?.headers[name.toLowerCase()]).toBe(value);
    }
    expect(expected['X-SOGS-Nonce']).toBe('01'.repeat(16));

    await alice.get('/a', { auth: { pubkey: '15', nonce: 'n', signature: 's', timestamp: 'now' } });
    expect(received[1]?.headers).toMatchObject({
      'x-sogs-pubkey': '15',
      'x-sogs-nonce': 'n',
      'x-sogs-signature': 's',
      'x-sogs-timestamp': 'now',
    });
    await alice.get('/a', { auth: 'none' });
    expect(Object.keys(received[2]?.headers ?? {}).filter((name) => name.startsWith('x-sogs'))).toEqual([]);
  });

  it('returns the answer, and says what came when a test expected something else', async () => {
    const answer = await alice.get('/pot');
    expect(answer).toMatchObject({ status: 418, sealed: false, text: 'short and stout' });
    expect(answer.headers['content-type']).toBe('text/plain');
    expect(() => answer.json).toThrow('GET /pot answered 418 without JSON: short and stout');
    expect(() => answer.expect(200)).toThrow('GET /pot answered 418 instead of 200: short and stout');
    expect(answer.expect(418)).toBe(answer);
  });
});

function urlOf(server: TcpServer): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
