import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { uploadsOf } from '../files/uploads-folder.js';
import { RawUpload } from '../files/raw-upload.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openMany, type RawClient } from '../support/raw-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const ONION = '/oxen/v4/lsrpc';
const ANNOUNCED = 13_000_000;
const MB = 1_000_000;
/** Bytes that a worker may take. */
const MOST_MEMORY = 250 * MB;
/** How many uploads straight over HTTP a process receives at a time. */
const MOST_UPLOADS = 128;

let server: TestServer;
let attackers: RawClient[];

beforeEach(() => {
  attackers = [];
});

afterEach(async () => {
  for (const attacker of attackers) attacker.close();
  await server.stop();
});

async function uploadsSucceed(count: number, size: number): Promise<void> {
  const people = new Actors(server).crowd(count);
  const answers = await Promise.all(people.map((person) => person.upload('lobby', randomBytes(size))));
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(count).fill(201));
}

async function expectModestMemory(): Promise<void> {
  for (const { resident } of await workerMemory(server)) expect(resident).toBeLessThan(MOST_MEMORY);
}

it('connections that announce large bodies and send nothing take no memory from honest uploads', async () => {
  server = await startServer();
  attackers = await openMany(server, 224);
  await Promise.all(attackers.map((attacker) => attacker.head(ONION, ANNOUNCED)));
  await uploadsSucceed(16, 2 * MB);
  await expectModestMemory();
});

it('bodies that stall are dropped once others wait for their memory, and are told so', async () => {
  server = await startServer({ env: { BODY_MEMORY_BYTES: String(20 * MB), METRICS_PORT: '0' } });
  attackers = await openMany(server, 60);
  const part = Buffer.alloc(MB / 2);
  await Promise.all(attackers.map((attacker) => attacker.head(ONION, ANNOUNCED)));
  for (const attacker of attackers) void attacker.read().send(part);
  await eventually(
    async () => (await scrape(metricsUrl(server))).value('plaza_body_memory_bytes') >= 20 * MB,
  );
  await uploadsSucceed(8, 5 * MB);
  const statuses = attackers.flatMap(({ status }) => status ?? []);
  expect(statuses.length).toBeGreaterThan(0);
  expect(new Set(statuses)).toEqual(new Set([408]));
  expect((await scrape(metricsUrl(server))).value('plaza_slow_bodies_dropped_total')).toBe(statuses.length);
  await expectModestMemory();
});

it('a body over a line of one megabit a second passes beside stalled ones that fill the memory', async () => {
  server = await startServer({ env: { BODY_MEMORY_BYTES: String(4 * MB) } });
  attackers = await openMany(server, 21);
  const [slow] = attackers;
  if (!slow) throw new Error('There is no connection');
  await Promise.all(attackers.map((attacker) => attacker.head(ONION, MB)));
  for (const attacker of attackers.slice(1)) void attacker.send(Buffer.alloc(300_000));
  slow.read();
  for (let sent = 0; sent < MB; sent += 25_000) {
    await slow.send(Buffer.alloc(25_000));
    await sleep(200);
  }
  // It is no onion request, so this is its answer.
  await eventually(() => slow.status === 400);
});

it('honest bodies that do not fit into the memory together are read one after the other', async () => {
  server = await startServer({ env: { BODY_MEMORY_BYTES: String(8 * MB) } });
  await uploadsSucceed(12, 3 * MB);
});

it('uploads straight over HTTP that stall do not keep out others, and leave nothing on the disk', async () => {
  server = await startServer();
  const { alice } = new Actors(server, 'lobby', 'plain');
  (await alice.room('lobby')).expect(200);
  const body = randomBytes(5000);
  const stalled = await Promise.all(Array.from({ length: 160 }, () => RawUpload.start(server, alice, body)));
  for (const upload of stalled) upload.send(body.subarray(1));
  await eventually(async () => (await uploadsOf(server)).incoming.length === MOST_UPLOADS);
  const answers = await Promise.all(Array.from({ length: 16 }, () => alice.upload('lobby', randomBytes(MB))));
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(16).fill(201));
  for (const upload of stalled) upload.abort();
  await eventually(async () => (await uploadsOf(server)).incoming.length === 0);
});
