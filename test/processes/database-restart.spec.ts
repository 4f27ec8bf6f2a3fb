import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { readMessage } from '../client/message.js';
import { type MessageRow, type MessageUpdate } from '../client/types.js';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { killPostgresIn } from '../support/processes.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const WORKERS = 2;
const CLIENTS = 20;
/** Milliseconds. */
const DOWN_FOR = 1_500;
const BETWEEN_REQUESTS = 10;

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** The statuses of one client's answers. */
interface Answers {
  posts: number[];
  polls: number[];
}

/** Clients that post and poll in turn, without end; a request that is not answered at all fails the load. */
class Load {
  /** By text. */
  readonly stored = new Map<string, MessageRow>();
  /** By client. */
  private answers: Answers[] = [];
  private isOver = false;
  private readonly running: Promise<unknown>;

  /** @param name begins every text that this load posts */
  constructor(
    private readonly name: string,
    private readonly clients: SessionClient[],
  ) {
    this.forget();
    this.running = Promise.all(clients.map((client, index) => this.run(client, index)));
    // Told by `end`, which may come long after.
    this.running.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  /** Looks from now on only at the answers to requests that have not begun yet. */
  forget(): void {
    this.answers = this.clients.map(() => ({ posts: [], polls: [] }));
  }

  /** Whether every client has had such an answer to a post and to a poll. */
  everyoneHad({ post, poll }: { post: number; poll: number }): boolean {
    return this.answers.every(({ posts, polls }) => posts.includes(post) && polls.includes(poll));
  }

  /** All different answers, in order. */
  kinds(): number[] {
    return [...new Set(this.answers.flatMap(({ posts, polls }) => [...posts, ...polls]))].sort();
  }

  private async run(client: SessionClient, index: number): Promise<void> {
    let seqno = 0;
    for (let round = 0; !this.isOver; round++) {
      const text = `${this.name} ${index} ${round}`;
      const { posts } = this.answersOf(index);
      const post = await client.postMessage('lobby', text);
      posts.push(post.status);
      if (post.status === 201) {
        this.stored.set(text, post.json);
        ({ seqno } = post.json);
      }
      const { polls } = this.answersOf(index);
      const poll = await client.poll({ room: 'lobby', infoUpdates: 0, seqno });
      const codes = poll.status === 200 ? poll.json.map(({ code }) => code) : [poll.status];
      // Of a batch that PostgreSQL left in the middle, some is answered and the rest refused.
      polls.push(codes.find((code) => code !== 200 && code !== 304) ?? 200);
      await sleep(BETWEEN_REQUESTS);
    }
  }

  private answersOf(index: number): Answers {
    const answers = this.answers[index];
    if (!answers) throw new Error(`There is no client ${index}`);
    return answers;
  }
}

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
    await sleep(500);
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
    await eventually(async () => (await pages()).every((page) => page.length === 1), 2_000);
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
    await sleep(DOWN_FOR);
    expect(load.kinds()).toEqual([503]);
    expect(load.everyoneHad({ post: 503, poll: 503 })).toBe(true);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);

    const { url } = postgres;
    postgres = await openEmbeddedPostgres({ dataDir: folder, log });
    expect(postgres.url).toBe(url);
    await recovers();
    await hearsAgain();
    await expectAllKeptOnce();
    expect(await workers()).toEqual(before);
  });

  it('recovers also from its crash', async () => {
    await begin('crash');
    load.forget();
    await killPostgresIn(folder);
    await eventually(() => load.kinds().includes(503));
    await recovers();
    await hearsAgain();
    await expectAllKeptOnce();
  });

  it('refuses after a crash to repeat what it had done before', async () => {
    const requests = actors.crowd(CLIENTS).flatMap((client) =>
      Array.from({ length: 10 }, () => {
        const nonce = randomBytes(16);
        const body = client.messageBody('done once');
        return () => client.post('/room/lobby/message', body, { auth: { nonce } });
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
      await eventually(async () => ({ status } = await request()).status !== 503);
      expect(status).toBe(425);
    }
  });
});
