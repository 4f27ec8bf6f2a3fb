import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openMany, type RawClient } from '../support/raw-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const DESCRIPTORS = 400;
/** Three times what two workers may open. */
const ATTACKERS = 2400;
/** More than the system takes off a worker's hands for a client that reads nothing. */
const FILE_BYTES = 10_000_000;

let server: TestServer;
let people: SessionClient[];
let attackers: RawClient[];

beforeAll(async () => {
  server = await startServer({
    workers: 2,
    descriptors: DESCRIPTORS,
    env: { TRUSTED_PROXIES: '127.0.0.1' },
  });
  people = new Actors(server).crowd(4);
});

afterAll(() => server.stop());

beforeEach(() => {
  attackers = [];
});

afterEach(async () => {
  // The next attack may cost people connections that they are not using.
  for (const client of [...attackers, ...people]) client.close();
  // The next attack meets a server that has closed the connections of this one.
  await eventually(async () => {
    for (const { pid } of await workerMemory(server)) if ((await descriptorsOf(pid)) > 150) return false;
    return true;
  });
});

/** Everybody polls and uploads, over connections that they have and over new ones. */
async function expectService(): Promise<void> {
  for (const person of people) {
    expect((await person.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 })).status).toBe(200);
    person.close();
  }
  const uploads = await Promise.all(people.map((person) => person.upload('lobby', Buffer.alloc(100_000))));
  expect(uploads.map(({ status }) => status)).toEqual(uploads.map(() => 201));
}

async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** How many uploaded files the workers have open. */
async function filesOpen(): Promise<number> {
  const folder = await realpath(server.dataDir);
  const opened = await Promise.all(
    (await workerMemory(server)).map(async ({ pid }) => {
      const descriptors = (await readdir(`/proc/${pid}/fd`)).map((fd) => `/proc/${pid}/fd/${fd}`);
      return Promise.all(descriptors.map((path) => readlink(path).catch(() => '')));
    }),
  );
  return opened.flat().filter((path) => path.startsWith(`${folder}/uploads/`)).length;
}

async function expectSpareDescriptors(): Promise<void> {
  for (const { pid } of await workerMemory(server)) {
    expect(await descriptorsOf(pid)).toBeLessThan(DESCRIPTORS - 50);
  }
}

it('members are served beside thousands of connections that send nothing', async () => {
  attackers = await openMany(server, ATTACKERS);
  for (const attacker of attackers) attacker.read();
  await expectSpareDescriptors();
  await expectService();
  await expectSpareDescriptors();
});

it('members are served beside thousands of connections that have sent one request and stay open', async () => {
  attackers = await openMany(server, ATTACKERS);
  for (const attacker of attackers)
    void attacker.read().send('GET /health/live HTTP/1.1\r\nHost: plaza\r\n\r\n');
  await expectService();
  await expectSpareDescriptors();
});

it('members are served beside thousands of connections whose requests never end', async () => {
  attackers = await openMany(server, ATTACKERS / 4);
  for (const attacker of attackers) void attacker.read().head('/oxen/v4/lsrpc', 1000);
  // From three seconds on they count as slow.
  await eventually(expectService);
  await expectSpareDescriptors();
});

it('members are served beside hundreds of addresses that ask for a file each and read nothing of it', async () => {
  const [alice] = people;
  if (!alice) throw new Error('There is nobody');
  const bytes = randomBytes(FILE_BYTES);
  const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
  (await alice.postMessage('lobby', 'for everybody', { files: [id] })).expect(201);
  // The attack may cost her a connection that she is not using.
  alice.close();
  attackers = await openMany(server, ATTACKERS / 4);
  // As many files as connections are more than a worker may have open, and one address may have few of them.
  for (const [index, attacker] of attackers.entries()) {
    const address = `198.18.${index >> 8}.${index & 255}`;
    const head = [`GET /room/lobby/file/${id} HTTP/1.1`, 'Host: plaza', `X-Forwarded-For: ${address}`];
    void attacker.send(`${head.join('\r\n')}\r\n\r\n`);
  }
  await eventually(async () => (await filesOpen()) > 20);
  await expectSpareDescriptors();
  await expectService();
  // The first readers lose their connections only when their speed is known.
  await eventually(async () => (await alice.download('lobby', id)).expect(200).bytes.equals(bytes));
  await expectSpareDescriptors();
});

it('after the attack the server is as before', async () => {
  const before = await Promise.all((await workerMemory(server)).map(({ pid }) => descriptorsOf(pid)));
  attackers = await openMany(server, ATTACKERS);
  for (const attacker of attackers) attacker.close();
  await expectService();
  const workers = await workerMemory(server);
  await eventually(async () => {
    const after = await Promise.all(workers.map(({ pid }) => descriptorsOf(pid)));
    return after.every((count, index) => count < (before[index] ?? 0) + 40);
  });
});

it('a worker that dies is replaced although the supervisor holds as many connections as it may', async () => {
  const [victim, other] = await workerMemory(server);
  if (!victim || !other) throw new Error('There are not two workers');
  // Stopped workers take on nothing, so connections pile up in the supervisor.
  process.kill(victim.pid, 'SIGSTOP');
  process.kill(other.pid, 'SIGSTOP');
  attackers = await openMany(server, 300);
  await eventually(async () => (await descriptorsOf(server.pid)) > 250);
  await promisify(execFile)('prlimit', ['--pid', String(server.pid), '--nofile=250:250']);
  process.kill(victim.pid, 'SIGKILL');
  process.kill(other.pid, 'SIGCONT');
  await eventually(async () => {
    const workers = await workerMemory(server);
    return workers.length === 2 && !workers.some(({ pid }) => pid === victim.pid);
  });
  await expectService();
});
