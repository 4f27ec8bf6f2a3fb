import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const SLOW = 300;
const ROUNDS = 8;
const POLLERS = 10;

const HEAD = 'POST /oxen/v4/lsrpc HTTP/1.1\r\nHost: plaza\r\n';

/** Bytes that are no HTTP, and what may be answered to them: a refusal, or a connection closed without a word. */
const MALFORMED = [
  '\r\n\r\n\r\n\r\n',
  'GET\r\n\r\n',
  'BREW /pot HTTP/1.1\r\nHost: plaza\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: plaza\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: plaza\r\n\r\n`,
  `${HEAD}Content-Length: -1\r\n\r\n`,
  `${HEAD}Content-Length: 99999999999\r\n\r\n`,
  `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`,
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
];

let server: TestServer;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
});

function open(): Socket {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  // The server hangs up on most of them, some while they still write.
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Sends bytes on a connection of its own and nothing more; returns what came back until the server hung up. */
async function answerTo(bytes: string): Promise<string> {
  const socket = open();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.end(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
  return text;
}

/** Connections on which a request comes byte by byte, some in its head and some in its body. */
function openSlowConnections(count: number): Socket[] {
  return Array.from({ length: count }, (_, index) => {
    const socket = open();
    socket.write(index % 2 === 0 ? `${HEAD}X-Slow: ` : `${HEAD}Content-Length: 50000\r\n\r\n`);
    return socket;
  });
}

it('ordinary clients are served beside hundreds of slow ones and a stream of malformed requests', async () => {
  server = await startServer({ workers: 2 });
  const people = new Actors(server).crowd(POLLERS);
  const workers = (await workerMemory(server)).map(({ pid }) => pid);
  const slow = openSlowConnections(SLOW);
  const statuses: number[] = [];
  const poll = async (person: SessionClient): Promise<void> => {
    const { status } = await person.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 });
    statuses.push(status);
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const socket of slow) socket.write('x');
    const [answers] = await Promise.all([
      Promise.all(MALFORMED.map(answerTo)),
      Promise.all(people.map(poll)),
    ]);
    for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 (4\d\d|200) |$)/);
    await sleep(50);
  }
  expect(statuses).toEqual(Array<number>(ROUNDS * POLLERS).fill(200));
  expect((await workerMemory(server)).map(({ pid }) => pid)).toEqual(workers);
  expect(server.log()).not.toMatch(/"level":"(error|fatal)"/);
});

it('connections beyond the limit are closed, and there is room again when others leave', async () => {
  server = await startServer({ env: { MAX_CONNECTIONS: '20' } });
  const held = Array.from({ length: 40 }, open);
  const closed = (): number => held.filter(({ destroyed }) => destroyed).length;
  for (const socket of held) socket.resume();
  await eventually(() => closed() >= 20);
  for (const socket of held) socket.destroy();
  await eventually(async () => (await fetch(`${server.url}/health/live`)).ok);
});

it('every answer has headers against being read as another type or in another site’s frame', async () => {
  server = await startServer();
  const answers = await Promise.all(
    ['/capabilities', '/nowhere/at/all', '/health/live', '/docs', '/%ff', '/r/lobby'].map((path) =>
      fetch(server.url + path),
    ),
  );
  for (const { headers } of answers) {
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  }
  expect((await answerTo('GET\r\n\r\n')).toLowerCase()).toContain('x-content-type-options: nosniff');
});
