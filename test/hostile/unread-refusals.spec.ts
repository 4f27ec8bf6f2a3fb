import { type SessionClient } from '../client/client.js';
import { authHeaders } from '../client/request-auth.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { RawClient } from '../support/raw-client.js';
import { startServer, type TestServer } from '../support/server.js';

const LIMIT = 1_000_000;
/** Bytes; more than the system's buffers hold, so that a client only gets rid of them if the server reads on. */
const BODY = Buffer.alloc(12 * LIMIT);
const RUNS = 20;

let server: TestServer;
let alice: SessionClient;

beforeAll(async () => {
  server = await startServer({
    env: { UPLOAD_MAX_BYTES: String(LIMIT), RATE_LIMIT_PER_ADDRESS: '1', RATE_LIMIT_BURST: '100' },
  });
  ({ alice } = new Actors(server));
  (await alice.room('lobby')).expect(200);
});

afterAll(() => server.stop());

/** Sends a whole request and only then begins to read. Returns the status of the answer. */
async function answerReadLate(path: string, ...lines: string[]): Promise<number | undefined> {
  const client = await RawClient.open(server);
  await client.head(path, BODY.length, ...lines);
  await client.send(BODY);
  client.read();
  await eventually(() => client.status !== undefined || client.isClosed);
  const { status } = client;
  client.close();
  return status;
}

function signed(): string[] {
  const signer = alice.identity?.blindedFor(server.publicKey);
  if (!signer) throw new Error('Alice has no key');
  const headers = authHeaders(signer, server.publicKey, {
    method: 'POST',
    path: '/room/lobby/file',
    body: BODY,
  });
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

async function answersReadLate(path: string, lines: () => string[]): Promise<(number | undefined)[]> {
  const found: (number | undefined)[] = [];
  for (let run = 0; run < RUNS; run++) {
    // Every other client says that it is done with the connection then, as many simple ones do.
    found.push(await answerReadLate(path, ...lines(), ...(run % 2 === 0 ? ['Connection: close'] : [])));
  }
  return found;
}

it.each([
  ['413 of an upload', '/room/lobby/file', signed, 413],
  ['401 of an upload', '/room/lobby/file', () => [], 401],
  ['413 of an onion request', '/oxen/v4/lsrpc', () => [], 413],
  ['413 of a plain request', '/batch', () => [], 413],
])('a client that goes on writing and reads late gets the %s', async (_what, path, lines, status) => {
  expect(await answersReadLate(path, lines)).toEqual(Array<number>(RUNS).fill(status));
});

it.each([['Connection: close'], ['Connection: keep-alive']])(
  'a client that goes on writing and reads late gets the 429 of a page (%s)',
  async (line) => {
    // The address may ask for one request a second, which on a slow machine this may be.
    await eventually(async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => fetch(server.url)));
      const areRefused = all.filter(({ status }) => status === 429).length > 15;
      return areRefused && (await answerReadLate('/', line)) === 429;
    });
  },
);

it('a client that never ends its refused request is disconnected after some megabytes', async () => {
  const client = await RawClient.open(server);
  await client.head('/room/lobby/file', 1_000_000_000_000);
  client.read();
  let sent = 0;
  while (!client.isClosed && sent < 400 * LIMIT) {
    await client.send(BODY);
    sent += BODY.length;
  }
  expect(client.isClosed).toBe(true);
  // The tests before this one have used up what their address may ask for.
  expect([401, 429]).toContain(client.status);
});

it('a client that sends something other than HTTP gets its refusal although it goes on writing', async () => {
  const client = await RawClient.open(server);
  await client.send('BREW /pot HTTP/1.1\r\nHost: plaza\r\n\r\n');
  await client.send(Buffer.alloc(200_000));
  client.read();
  await eventually(() => client.status === 400);
  await eventually(() => client.isClosed || client.socket.readableEnded);
  client.close();
});
