import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { MemoryCgroup } from '../support/memory-cgroup.js';
import { openMany, type RawClient } from '../support/raw-client.js';
import { sealedRequest, sendOnion } from '../support/sealed-request.js';
import { type Environment } from '../support/community.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const MEBIBYTE = 1024 * 1024;
const ATTACKERS = 60;
const LARGEST_FILE = 9_700_000;
const LARGEST_BODY = 13_000_000;

let group: MemoryCgroup;
let server: TestServer;
let actors: Actors;
let workers: number[];
let file: { id: number; bytes: Buffer };
let attackers: RawClient[];

async function open(mebibytes: number, env: Environment): Promise<void> {
  const made = MemoryCgroup.make(mebibytes * MEBIBYTE);
  if (!made) throw new Error('There is no group');
  group = made;
  // Its number of workers follows the memory, too.
  server = await startServer({ cgroup: group, env: { WORKERS: undefined, ...env } });
  actors = new Actors(server);
  workers = (await workerMemory(server)).map(({ pid }) => pid);
  const bytes = randomBytes(LARGEST_FILE);
  const { id } = (await actors.alice.upload('lobby', bytes)).expect(201).json;
  (await actors.alice.postMessage('lobby', 'a file', { files: [id] })).expect(201);
  file = { id, bytes };
}

async function expectUnharmed(): Promise<void> {
  for (const attacker of attackers) attacker.close();
  expect((await workerMemory(server)).map(({ pid }) => pid)).toEqual(workers);
  expect(group.kills).toBe(0);
  // Beside uploads under way a large answer may be refused for a while.
  await eventually(async () => {
    const download = (await actors.bob.download('lobby', file.id)).expect(200);
    expect(download.bytes.equals(file.bytes)).toBe(true);
  });
  const poll = await actors.bob.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 });
  expect(poll.expect(200).json.map(({ code }) => code)).toEqual([200, 200, 200, 304, 304]);
  (await actors.bob.postMessage('lobby', 'after the attack')).expect(201);
}

/** So many attackers send a body each and read the answer; resolves once all are answered. */
async function sendBodies(count: number, bodyOf: (index: number) => Uint8Array): Promise<void> {
  attackers = await openMany(server, count);
  await Promise.all(attackers.map((attacker, index) => sendOnion(attacker.read(), bodyOf(index))));
  await eventually(() => attackers.every(({ status, isClosed }) => status !== undefined || isClosed));
}

/** An upload within a batch, written so that each character of its text takes two bytes. */
function wideBatch(): Buffer {
  const b64 = randomBytes(LARGEST_FILE).toString('base64');
  return Buffer.from(
    JSON.stringify([{ method: 'POST', path: '/room/lobby/file', headers: { x: 'ж' }, b64 }]),
  );
}

function person(index: number): SessionClient {
  return actors.person(`attacker ${index}`);
}

const SERVERS: readonly [string, number, Environment][] = [
  ['with an embedded database within 320 MiB', 320, { DATABASE_URL: '' }],
  ['with a database elsewhere within 200 MiB', 200, {}],
];

(MemoryCgroup.isPossible() ? describe : describe.skip).each(SERVERS)(
  'a server %s',
  (_what, mebibytes, env) => {
    beforeAll(() => open(mebibytes, env));

    beforeEach(() => {
      attackers = [];
    });

    afterAll(async () => {
      await server.stop();
      // The processes of its database end a moment later.
      await eventually(() => {
        group.remove();
        return true;
      });
    });

    it('runs one worker and keeps it while uploads and junk of the largest size arrive', async () => {
      expect(workers).toHaveLength(1);
      const upload = sealedRequest(server, person(0), 'POST', '/room/lobby/file', file.bytes).body;
      const junk = randomBytes(LARGEST_BODY);
      await sendBodies(40, (index) => (index % 2 === 0 ? upload : junk));
      await expectUnharmed();
    });

    it('keeps its worker while batches arrive that hold a file as text', async () => {
      const batch = wideBatch();
      await sendBodies(12, (index) => sealedRequest(server, person(index), 'POST', '/batch', batch).body);
      await expectUnharmed();
    });

    it('keeps its worker while sixty keys ask for more than they read', async () => {
      const path = `/room/lobby/file/${file.id}`;
      const batch = Buffer.from(JSON.stringify(Array(3).fill({ method: 'GET', path })));
      attackers = await openMany(server, ATTACKERS);
      await Promise.all(
        attackers.map((attacker, index) =>
          sendOnion(attacker, sealedRequest(server, person(index), 'POST', '/batch', batch).body),
        ),
      );
      await sleep(3000);
      await expectUnharmed();
    });

    it('keeps its worker while two thousand connections send most of a head', async () => {
      attackers = await openMany(server, 2000);
      const lines = Array.from({ length: 14 }, (_, index) => `X-${index}: ${'a'.repeat(1000)}`);
      const head = ['POST /oxen/v4/lsrpc HTTP/1.1', 'Host: plaza', ...lines, ''].join('\r\n');
      await Promise.all(attackers.map((attacker) => attacker.send(head)));
      await expectUnharmed();
    });
  },
);
