import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openMany, RawClient } from '../support/raw-client.js';
import { sealedRequest, sendOnion } from '../support/sealed-request.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const MB = 1_000_000;
/** Bytes that a worker may take. */
const MOST_MEMORY = 250 * MB;
const ATTACKERS = 60;
const FILE_BYTES = 5 * MB;
/** A batch of so many downloads would be answered by 40 MB. */
const DOWNLOADS = 6;
const LARGEST_FILE = 10 * MB;
/** Bytes that a line of two megabits carries in a tenth of a second. */
const SLOW_STEP = 25_000;

let server: TestServer;
let actors: Actors;
let attackers: RawClient[];
let file: { id: number; bytes: Buffer };
let largest: { id: number; bytes: Buffer };
let workers: number[];
let peak: number;
let isWatched: boolean;
let watched: Promise<void>;

beforeAll(async () => {
  server = await startServer({ workers: 2, env: { METRICS_PORT: '0', POST_RATE_LIMIT: '10000' } });
  actors = new Actors(server);
  file = await upload(FILE_BYTES);
  largest = await upload(LARGEST_FILE);
  workers = (await workerMemory(server)).map(({ pid }) => pid);
});

beforeEach(() => {
  attackers = [];
  peak = 0;
  isWatched = true;
  watched = watchMemory();
});

afterEach(async () => {
  isWatched = false;
  await watched;
  await endAttack();
});

afterAll(() => server.stop());

/** Waits until what the attackers held has been given back. */
async function endAttack(): Promise<void> {
  for (const attacker of attackers) attacker.close();
  await eventually(async () => (await metric('plaza_answer_memory_bytes')) === 0);
}

async function watchMemory(): Promise<void> {
  while (isWatched) {
    for (const { resident } of await workerMemory(server)) peak = Math.max(peak, resident);
    await sleep(100);
  }
}

/** A file that everybody may read, because a message has it. */
async function upload(size: number): Promise<{ id: number; bytes: Buffer }> {
  const bytes = randomBytes(size);
  const { id } = (await actors.alice.upload('lobby', bytes)).expect(201).json;
  (await actors.alice.postMessage('lobby', `a file of ${size} bytes`, { files: [id] })).expect(201);
  return { bytes, id };
}

/** Every attacker asks for a batch of such GETs with a key of their own, and reads nothing. */
async function attack(paths: readonly string[]): Promise<void> {
  const people = Array.from({ length: ATTACKERS }, (_, index) => actors.person(`attacker ${index}`));
  attackers = await openMany(server, ATTACKERS);
  const body = Buffer.from(JSON.stringify(paths.map((path) => ({ method: 'GET', path }))));
  await Promise.all(
    attackers.map((attacker, index) =>
      sendOnion(attacker, sealedRequest(server, people[index] ?? actors.alice, 'POST', '/batch', body).body),
    ),
  );
}

function downloads(count: number): string[] {
  return Array<string>(count).fill(`/room/lobby/file/${file.id}`);
}

async function poll(person: SessionClient): Promise<void> {
  const answer = await person.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 });
  expect(answer.expect(200).json.map(({ code }) => code)).toEqual([200, 200, 200, 304, 304]);
}

async function expectMemberServed(person: SessionClient): Promise<void> {
  await poll(person);
  expect((await person.download('lobby', largest.id)).expect(200).bytes.equals(largest.bytes)).toBe(true);
  await poll(person);
}

async function metric(name: string): Promise<number> {
  return (await scrape(metricsUrl(server))).value(name);
}

async function expectUnharmed(): Promise<void> {
  expect((await workerMemory(server)).map(({ pid }) => pid)).toEqual(workers);
  expect(peak).toBeLessThan(MOST_MEMORY);
}

/** After the attack: everything has been given back, and the largest answers are given again. */
async function expectAllGivenBack(): Promise<void> {
  await endAttack();
  // Readers that leave before the end must not fill the log.
  expect(server.log()).not.toContain('"level":"error"');
  const path = `/room/lobby/file/${file.id}`;
  const answers = await actors.bob.batch(Array.from({ length: 4 }, () => ({ method: 'GET', path })));
  expect(answers.expect(200).json.map(({ code }) => code)).toEqual([200, 200, 200, 200]);
}

it.each([
  ['downloads', () => downloads(DOWNLOADS)],
  ['one download', () => downloads(1)],
])(
  'sixty keys that ask for batches of %s and read nothing harm no worker and no member',
  async (_what, paths) => {
    await attack(paths());
    for (let round = 0; round < 5; round++) {
      await expectMemberServed(actors.bob);
      await sleep(300);
    }
    await expectUnharmed();
    await expectAllGivenBack();
    await expectMemberServed(actors.bob);
  },
);

it('pages of messages that nobody reads harm no worker and no member', async () => {
  const data = randomBytes(60_000);
  for (let count = 0; count < 40; count++)
    (await actors.alice.postMessage('lobby', '', { data })).expect(201);
  await attack(Array<string>(12).fill('/room/lobby/messages/recent?limit=256'));
  for (let round = 0; round < 3; round++) {
    const download = await actors.bob.download('lobby', largest.id);
    expect(download.expect(200).bytes.equals(largest.bytes)).toBe(true);
  }
  await expectUnharmed();
  await expectAllGivenBack();
});

it('a member over a line of two megabits gets a large file beside them', async () => {
  const client = await RawClient.open(server);
  attackers.push(client);
  const request = sealedRequest(server, actors.bob, 'GET', `/room/lobby/file/${file.id}`);
  await sendOnion(client, request.body);
  const others = [...attackers];
  await attack(downloads(DOWNLOADS));
  attackers.push(...others);
  const answer = await readSlowly(client, FILE_BYTES);
  expect(
    Buffer.from(request.open(answer))
      .subarray(-FILE_BYTES - 1, -1)
      .equals(file.bytes),
  ).toBe(true);
  await expectUnharmed();
});

/** Reads an answer of so many bytes and some more, a little at a time, and gives its body. */
async function readSlowly({ socket }: RawClient, size: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  let end = Infinity;
  while (length < end) {
    const piece = (socket.read(Math.min(SLOW_STEP, socket.readableLength)) ?? undefined) as
      Buffer | undefined;
    if (piece) {
      pieces.push(piece);
      length += piece.length;
    } else if (socket.destroyed || socket.readableEnded) throw new Error('The connection was closed');
    if (end === Infinity) {
      const head = Buffer.concat(pieces).indexOf('\r\n\r\n');
      if (head !== -1) {
        const announced = /content-length: (\d+)/.exec(Buffer.concat(pieces).toString('latin1', 0, head));
        end = head + 4 + Number(announced?.[1]);
        expect(end).toBeGreaterThan(size);
      }
    }
    await sleep(100);
  }
  return Buffer.concat(pieces).subarray(Buffer.concat(pieces).indexOf('\r\n\r\n') + 4);
}

it('slow readers lose their connection once others wait, and are counted', async () => {
  const dropped = await metric('plaza_slow_readers_dropped_total');
  const refused = await metric('plaza_answer_memory_refusals_total');
  await attack(downloads(DOWNLOADS));
  await eventually(async () => (await metric('plaza_slow_readers_dropped_total')) > dropped);
  expect(await metric('plaza_answer_memory_refusals_total')).toBeGreaterThan(refused);
  await expectUnharmed();
});
