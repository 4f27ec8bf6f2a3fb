import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedPostgres } from '../../src/foundation/database/embedded/embedded-postgres.js';
import { readMessage } from '../client/message.js';
import { type MessageUpdate } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { Load } from '../support/load.js';
import { killPostgresIn } from '../support/processes.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const WORKERS = 2;
const CLIENTS = 20;

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

describe('a server under load whose PostgreSQL is restarted', () => {
  let folder: string;
  let postgres: Awaited<ReturnType<typeof openEmbeddedPostgres>>;
  let server: TestServer;
  let actors: Actors;
  let load: Load;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plaza-down-'));
    // PostgreSQL that root starts runs as another user, who has to get in.
    await chmod(folder, 0o711);
    postgres = await openEmbeddedPostgres({ dataDir: folder, log });
    server = await startServer({
      workers: WORKERS,
      database: { url: postgres.url, drop: () => postgres.stop() },
      env: { POST_RATE_LIMIT: '100000', RATE_LIMIT_PER_KEY: '0' },
    });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function begin(name: string): Promise<void> {
    load = new Load(name, actors.crowd(CLIENTS));
    await eventually(() => load.everyoneHad({ post: 201, poll: 200 }));
  }

  async function workers(): Promise<number[]> {
    return (await workerMemory(server)).map(({ pid }) => pid).sort();
  }

  /** Waits until everyone is served again, and expects it to stay so. */
  async function recovers(): Promise<void> {
    load.forget();
    await eventually(() => load.everyoneHad({ post: 201, poll: 200 }));
    load.forget();
    await eventually(() => load.everyoneHad({ post: 201, poll: 200 }, 10));
    expect(load.kinds()).toEqual([200, 201]);
    await load.end();
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect(server.log()).not.toContain('A request failed');
    // A line now and then from each worker, not one for each of hundreds of refusals.
    const told = server.log().match(/The database is unavailable/g)?.length;
    expect(told).toBeGreaterThanOrEqual(1);
    expect(told).toBeLessThanOrEqual(10);
  }

  /** Waits until both workers hear of changes again, and expects each to show the next one to everyone. */
  async function hearsAgain(): Promise<void> {
    await eventually(async () => {
      const listening = await server.sql(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'plaza change feed'`,
      );
      return listening.length === WORKERS;
    });
    const { message_sequence: seqno } = (await actors.alice.room('lobby')).expect(200).json;
    const pages = (): Promise<MessageUpdate[][]> =>
      Promise.all(
        actors
          .crowd(CLIENTS)
          .map(async (client) => (await client.messagesSince('lobby', seqno)).expect(200).json),
      );
    expect((await pages()).flat()).toEqual([]);
    (await actors.alice.postMessage('lobby', `after message ${seqno}`)).expect(201);
    await eventually(async () => (await pages()).every((page) => page.length === 1));
  }

  /** Every row of the room, by text. */
  async function readAll(): Promise<Map<string, MessageUpdate>> {
    const rows = new Map<string, MessageUpdate>();
    for (let seqno = 0; ;) {
      const page = (await actors.alice.messagesSince('lobby', seqno)).expect(200).json;
      for (const row of page) {
        expect(row.seqno).toBe(++seqno);
        const text = readMessage(row.data ?? '').body ?? '';
        expect(rows.has(text)).toBe(false);
        rows.set(text, row);
      }
      if (page.length === 0) return rows;
    }
  }

  async function expectAllKeptOnce(): Promise<void> {
    const rows = await readAll();
    for (const [text, row] of load.stored) expect(rows.get(text)).toEqual(row);
  }

  it('refuses with 503 while it is down, and recovers by itself with all that it had answered', async () => {
    const before = await workers();
    await begin('restart');
    await postgres.stop();
    load.forget();
    await eventually(() => load.everyoneHad({ post: 503, poll: 503 }, 10));
    expect(load.kinds()).toEqual([503]);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);

    const { url } = postgres;
    postgres = await openEmbeddedPostgres({ dataDir: folder, log });
    expect(postgres.url).toBe(url);
    await recovers();
    await hearsAgain();
    await expectAllKeptOnce();
    expect(await workers()).toEqual(before);
  });

  it('recovers also from a crash of it', async () => {
    await begin('crash');
    load.forget();
    await killPostgresIn(folder);
    await eventually(() => load.kinds().includes(503));
    await recovers();
    await hearsAgain();
    await expectAllKeptOnce();
  });

  it('refuses to repeat after a crash what it had done before', async () => {
    const requests = actors.crowd(CLIENTS).flatMap((client) =>
      Array.from({ length: 10 }, () => {
        const nonce = randomBytes(16);
        const body = client.messageBody('done once');
        const now = Math.floor(Date.now() / 1000);
        // A second later it is no repeat that gets the first answer, but another request under a nonce that is used.
        return (secondsLater = 0) =>
          client.post('/room/lobby/message', body, { auth: { nonce, timestamp: now + secondsLater } });
      }),
    );
    let killed: Promise<void> | undefined;
    const statuses = await Promise.all(
      requests.map(async (request) => {
        const { status } = await request();
        // At once, so that the last nonces had no time to reach the disk by themselves.
        if (status === 201) killed ??= killPostgresIn(folder);
        return status;
      }),
    );
    await killed;
    const done = requests.filter((_, index) => statuses[index] === 201);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(requests.length);

    for (const request of done) {
      let status = 503;
      await eventually(async () => ({ status } = await request(1)).status !== 503);
      expect(status).toBe(425);
    }
  });
});
