import { type SessionClient } from '../client/client.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors, identityOf } from '../support/actors.js';
import { type Community } from '../support/community.js';
import { eventually } from '../support/eventually.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { startServer, type TestServer } from '../support/server.js';

/** A key and an address may each ask for a burst, and for so much a second. */
const PER_SECOND = 1;
const BURST = 60;
const LIMITS = {
  RATE_LIMIT_PER_KEY: String(PER_SECOND),
  RATE_LIMIT_PER_ADDRESS: String(PER_SECOND),
  RATE_LIMIT_BURST: String(BURST / PER_SECOND),
};
/** The part of a burst, and of what a second gives back, that each process lets pass untold. */
const UNTOLD = 1 / 20;
/** How many times a burst may be answered at most. */
const MOST_BURSTS = 1.5;

/** So many answers to so many requests at once, each on a connection of its own. */
async function answered(requests: number, send: (index: number) => Promise<unknown>): Promise<number> {
  const statuses = await Promise.all(
    Array.from({ length: requests }, async (_, index) => ((await send(index)) as { status: number }).status),
  );
  const refused = statuses.filter((status) => status === 429).length;
  expect(new Set(statuses.filter((status) => status !== 429)).size).toBeLessThanOrEqual(1);
  return requests - refused;
}

/**
 * Expects one burst of several processes' answers, and no second one. Processes that did not count together would answer a
 * burst each every time. On a slow machine answers of the common counter come too late now and then, and a process lets pass
 * what it would let pass alone; then somebody else asks.
 * @param sender gives what asks, for somebody who has not asked before
 */
async function expectOneBurst(
  sender: (attempt: number) => (index: number) => Promise<unknown>,
): Promise<void> {
  let attempt = 0;
  await eventually(async () => {
    const startedAt = performance.now();
    const total = await answered(4 * BURST, sender(attempt++));
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    expect(total).toBeGreaterThanOrEqual(BURST);
    expect(total).toBeLessThanOrEqual((BURST + seconds * PER_SECOND) * MOST_BURSTS);
  });
}

async function messages(server: TestServer): Promise<{ answered: number; missed: number }> {
  const metrics = await scrape(metricsUrl(server));
  const count = (outcome: string): number => metrics.value('plaza_rate_messages_total', { outcome });
  return { answered: count('answered'), missed: count('missed') };
}

function getCapabilities(client: SessionClient): Promise<{ status: number }> {
  return client.get('/capabilities');
}

function pageFrom(server: Community, address: string): Promise<Response> {
  return fetch(server.url, { headers: { 'x-forwarded-for': address, connection: 'close' } });
}

describe('two workers of one machine', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { ...LIMITS, METRICS_PORT: '0' } });
  });

  afterAll(() => server.stop());

  it('answer no more requests of one key together than its burst', async () => {
    await expectOneBurst((attempt) => {
      const person = new Actors(server).person(`person ${attempt}`);
      return () => getCapabilities(person);
    });
  });

  it('answer no more requests of one address together than its burst, whatever it asks for', async () => {
    await expectOneBurst((attempt) => () => pageFrom(server, `192.0.2.${attempt}`));
    const { bob } = new Actors(server);
    const forged = { signInstead: { path: '/elsewhere' } };
    await expectOneBurst((attempt) => {
      const headers = { 'x-forwarded-for': `198.51.100.${attempt}` };
      return () => bob.get('/capabilities', { auth: forged, headers });
    });
  });

  it('charge one key together for the elements of its batches', async () => {
    const batch = Array.from({ length: BURST }, () => ({ method: 'GET' as const, path: '/room/lobby' }));
    let attempt = 0;
    // As for single requests, the common counter may answer too late.
    await eventually(async () => {
      const carol = new Actors(server).person(`carol ${attempt++}`);
      const startedAt = performance.now();
      const answers = await Promise.all(Array.from({ length: 4 * 10 }, () => carol.batch(batch)));
      const elements = answers.filter(({ status }) => status === 200).flatMap(({ json }) => json);
      const paid = elements.filter(({ code }) => code === 200).length / 10;
      const seconds = Math.ceil((performance.now() - startedAt) / 1000);
      // Each process may be at a batch in the moment in which the other one uses up the rest.
      expect(paid).toBeLessThanOrEqual((BURST + seconds * PER_SECOND) * (1 + 2 * UNTOLD) + 2 * (BURST / 10));
      expect((await carol.get('/capabilities')).status).toBe(429);
    });
  });

  it('tell their supervisor nothing of made-up addresses, nor of requests that they refuse', async () => {
    const before = await messages(server);
    await answered(300, (index) => pageFrom(server, `198.51.${Math.floor(index / 250)}.${index % 250}`));
    expect(await messages(server)).toEqual(before);

    await answered(4 * BURST, () => pageFrom(server, '203.0.113.1'));
    const afterBurst = await messages(server);
    expect(afterBurst.answered).toBeGreaterThan(before.answered);
    const startedAt = performance.now();
    await answered(200, () => pageFrom(server, '203.0.113.1'));
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    expect((await messages(server)).answered - afterBurst.answered).toBeLessThanOrEqual(
      2 * seconds * PER_SECOND,
    );
  });
});

describeWithRedis('two machines with one PostgreSQL and one Redis', () => {
  let redis: TestRedis;
  let servers: TestServer[];
  let crowds = 0;

  function serverOf(index: number): TestServer {
    const server = servers[index % 2];
    if (!server) throw new Error('there are two servers');
    return server;
  }

  function clientOf(clients: readonly SessionClient[], index: number): SessionClient {
    const client = clients[index % 2];
    if (!client) throw new Error('there is a client of each server');
    return client;
  }

  /** Somebody new, as a client of each machine. */
  function somebody(): SessionClient[] {
    crowds += 1;
    const identity = identityOf(`member of crowd ${crowds}`);
    return servers.map((server) => server.client(identity));
  }

  beforeAll(async () => {
    redis = await startRedis();
    const env = { ...LIMITS, REDIS_URL: redis.url, METRICS_PORT: '0' };
    const first = await startServer({ env });
    const key = { SERVER_KEY_FILE: `${first.dataDir}/key_x25519` };
    const second = await startServer({ database: first.database, env: { ...env, ...key } });
    servers = [first, second];
  });

  afterAll(async () => {
    await servers[1]?.stop();
    await servers[0]?.stop();
    await redis.stop();
  });

  async function areConnected(): Promise<void> {
    for (const server of servers) {
      await eventually(async () => (await scrape(metricsUrl(server))).value('plaza_redis_up') === 1);
    }
  }

  /** Whether both machines count in Redis: they do so a second after it is back. */
  async function countTogether(): Promise<void> {
    await areConnected();
    await eventually(async () => {
      const clients = somebody();
      return (await answered(3 * BURST, (index) => getCapabilities(clientOf(clients, index)))) < 1.5 * BURST;
    });
  }

  it('answer no more requests of one key and one address together than their bursts', async () => {
    await expectOneBurst(() => {
      const clients = somebody();
      return (index) => getCapabilities(clientOf(clients, index));
    });
    await expectOneBurst((attempt) => (index) => pageFrom(serverOf(index), `192.0.2.${attempt}`));
  });

  it('keep no address and no Session ID in Redis, and no key for longer than it counts', async () => {
    const clients = somebody();
    await answered(BURST, (index) => getCapabilities(clientOf(clients, index)));
    await answered(BURST, (index) => pageFrom(serverOf(index), '192.0.2.7'));
    const observer = await redis.connect();
    try {
      const keys = await observer.keys('*:rate:*');
      const names = [...new Set(keys.map((key) => key.split(':').slice(2, -1).join(':')))];
      expect(names).toEqual(expect.arrayContaining(['rate:key', 'rate:address']));
      expect(keys.join('\n')).not.toMatch(/192\.0\.2|15[0-9a-f]{10}|05[0-9a-f]{10}/);
      const lifetimes = await Promise.all(keys.map((key) => observer.pttl(key)));
      expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...lifetimes)).toBeLessThanOrEqual((BURST / PER_SECOND) * (1 + 2 * UNTOLD) * 1000);
    } finally {
      observer.disconnect();
    }
  });

  it('refuse nobody within their limit while Redis is gone, and count together when it is back', async () => {
    const load = { isOver: false };
    const refusals: number[] = [];
    // Each member stays within their burst, and each asks for more than is left untold.
    const members = Array.from({ length: 8 }, async (_, index) => {
      let client = clientOf(somebody(), index);
      for (let request = 1; !load.isOver; request++) {
        const { status } = await getCapabilities(client);
        if (status !== 200) refusals.push(status);
        if (request % (BURST / 2) !== 0) continue;
        client.close();
        client = clientOf(somebody(), index);
      }
    });
    const before = await messages(serverOf(0));
    const startedAt = performance.now();
    await redis.kill();
    await eventually(async () => (await scrape(metricsUrl(serverOf(0)))).value('plaza_redis_up') === 0);
    const clients = somebody();
    expect(
      await answered(3 * BURST, (index) => getCapabilities(clientOf(clients, index))),
    ).toBeGreaterThanOrEqual(1.9 * BURST);
    // Only messages that were under way have been missed, after them nobody has waited; on a slow machine one more each second,
    // because Redis answers too late there.
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    expect((await messages(serverOf(0))).missed - before.missed).toBeLessThanOrEqual(3 + seconds);
    await redis.start();
    await countTogether();
    load.isOver = true;
    await Promise.all(members);
    expect(refusals).toEqual([]);
  });

  it('wait for a frozen Redis some milliseconds, and then once a second', async () => {
    await countTogether();
    const before = await messages(serverOf(0));
    const startedAt = performance.now();
    redis.freeze();
    try {
      for (let person = 0; person < 5; person++) {
        const client = clientOf(somebody(), 0);
        for (let request = 0; request < BURST / 2; request++) {
          expect((await getCapabilities(client)).status).toBe(200);
        }
      }
      // Most requests wait for no answer, so the first may be missed after the last of them.
      await eventually(async () => (await messages(serverOf(0))).missed > before.missed);
      const seconds = Math.ceil((performance.now() - startedAt) / 1000);
      const { answered: heard, missed } = await messages(serverOf(0));
      expect(heard).toBe(before.answered);
      expect(missed - before.missed).toBeLessThanOrEqual(1 + seconds);
    } finally {
      redis.thaw();
    }
    await countTogether();
  });
});

describeWithRedis.each([
  ['two workers', 2, false],
  ['a worker with Redis', 1, true],
])('%s', (_, workers, withRedis) => {
  it('tell nobody about members who poll', async () => {
    const redis = await startRedis();
    const env = { METRICS_PORT: '0', ...(withRedis && { REDIS_URL: redis.url }) };
    const server = await startServer({ workers, env });
    const observer = await redis.connect();
    const { lines, end } = await redis.listen();
    const aboutRates = (): string[] => lines.filter((line) => line.includes(':rate:'));
    try {
      const members = new Actors(server).crowd(10);
      for (let poll = 0; poll < 20; poll++) {
        const position = { room: 'lobby', infoUpdates: 0, seqno: 0 };
        const answers = await Promise.all(members.map((member) => member.poll(position)));
        expect(answers.map(({ status }) => status)).toEqual(members.map(() => 200));
      }
      expect(await messages(server)).toEqual({ answered: 0, missed: 0 });
      await observer.set('a:rate:of-the-test', 1);
      await eventually(() => aboutRates().length > 0);
      expect(aboutRates()).toEqual([expect.stringMatching(/"set" "a:rate:of-the-test" "1"$/)]);
    } finally {
      end();
      observer.disconnect();
      await server.stop();
      await redis.stop();
    }
  });
});
