import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerCpuSeconds } from '../support/worker-cpu.js';
import { workerMemory } from '../support/worker-memory.js';

const MEGABYTE = 1024 * 1024;
/** The same structure in a small body, in a large one, and in the largest that is read. */
const SIZES = [MEGABYTE, 4 * MEGABYTE, 13_000_000];
/** Seconds of CPU for each request, garbage collection and reading 13 MB from a socket included; parsing took seconds. */
const MOST_SECONDS = 0.4;

let server: TestServer;
let actors: Actors;

beforeAll(async () => {
  server = await startServer();
  actors = new Actors(server);
});

afterAll(() => server.stop());

function filled(bytes: number, start: string, piece: string, end: string): string {
  return start + piece.repeat(Math.floor((bytes - start.length - end.length) / piece.length)) + end;
}

/** Sends a request of each size and checks its status, what it costs, and that no worker died of it. */
async function expectRefusedCheaply(send: (bytes: number) => Promise<{ status: number }>): Promise<void> {
  const before = await workerMemory(server);
  for (const size of SIZES) {
    const start = await workerCpuSeconds(server);
    expect((await send(size)).status).toBe(400);
    expect((await workerCpuSeconds(server)) - start).toBeLessThan(MOST_SECONDS);
  }
  expect((await workerMemory(server)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
}

const GET = '{"method":"GET","path":"/capabilities"},';
const BODIES: [string, (bytes: number) => string][] = [
  ['a list of numbers', (bytes) => filled(bytes, '[0', ',0', ']')],
  ['a list of empty objects', (bytes) => filled(bytes, '[{}', ',{}', ']')],
  ['valid requests', (bytes) => filled(bytes, '[', GET, '{}]')],
  ['lists in lists', (bytes) => filled(bytes, '', '[', '')],
  ['objects in objects', (bytes) => filled(bytes, '', '{"":', '')],
  [
    'a body of empty objects',
    (bytes) => filled(bytes, '[{"method":"POST","path":"/room/lobby/message","json":[{}', ',{}', ']}]'),
  ],
  [
    'a request with very many headers',
    (bytes) => filled(bytes, '[{"method":"GET","path":"/rooms","headers":{"a":""', ',"b":""', '}}]'),
  ],
  ['escapes', (bytes) => filled(bytes, '["', '\\"', '"]')],
  ['spaces', (bytes) => filled(bytes, '[', ' ', '')],
  ['digits', (bytes) => filled(bytes, '[', '1', ']')],
  ['a path of escapes', (bytes) => filled(bytes, '[{"method":"GET","path":"/', '%C3%A4', '"}]')],
];

describe.each<[string, () => SessionClient]>([
  ['by somebody with a key', () => actors.alice],
  ['by a stranger over plain HTTP', () => server.client(undefined, 'plain')],
])('a batch %s', (_who, sender) => {
  it.each(BODIES)('of %s is refused before it costs much', async (_what, body) => {
    await expectRefusedCheaply((bytes) => sender().post('/batch', body(bytes)));
  });
});

it.each<[string, string, (bytes: number) => string]>([
  ['rooms of a ban', '/user/USER/ban', (bytes) => filled(bytes, '{"rooms":[0', ',0', ']}')],
  [
    'files of a post',
    '/room/lobby/message',
    (bytes) => filled(bytes, '{"data":"","signature":"","files":[{}', ',{}', ']}'),
  ],
])('a list of the %s is refused before it costs much', async (_what, path, body) => {
  await expectRefusedCheaply((bytes) => actors.alice.post(path.replace('USER', actors.bob.id), body(bytes)));
});

it.each<[string, (bytes: number) => Buffer]>([
  ['metadata of objects', (bytes) => bencoded(filled(bytes, '[{}', ',{}', ']'))],
  [
    'metadata of headers',
    (bytes) => bencoded(filled(bytes, '{"method":"GET","endpoint":"/","headers":{"a":0', ',"b":0', '}}')),
  ],
  ['metadata of lists', (bytes) => bencoded(filled(bytes, '', '[', ''))],
])('an onion request with %s is refused before it costs much', async (_what, plaintext) => {
  await expectRefusedCheaply((bytes) => actors.alice.sendSealed(plaintext(bytes)));
});

function bencoded(meta: string): Buffer {
  return Buffer.from(`l${meta.length}:${meta}e`);
}

it('an onion request in the old form is refused before it costs much', async () => {
  const old = server.client(undefined, 'onion-v3');
  for (const piece of [',{}', '[', '{"":']) {
    await expectRefusedCheaply((bytes) => old.sendSealed(Buffer.from(filled(bytes, '[0', piece, ''))));
  }
});

it('honest batches and uploads are accepted in their largest form', async () => {
  const elements = Array.from({ length: 1000 }, (_, index) => ({
    method: 'GET',
    path: index % 2 === 0 ? '/room/lobby/pollInfo/0' : '/room/lobby/messages/recent?t=r&reactors=5',
    headers: Object.fromEntries(
      Array.from({ length: 12 }, (_value, header) => [`X-Header-${header}`, 'value']),
    ),
  }));
  const answers = (await actors.alice.batch(elements)).expect(200).json;
  expect(answers.filter(({ code }) => code === 200)).toHaveLength(1000);
  const file = {
    method: 'POST',
    path: '/room/lobby/file',
    b64: Buffer.alloc(9_990_000, 7).toString('base64'),
  };
  expect((await actors.alice.batch([file])).json.map(({ code }) => code)).toEqual([201]);
});
