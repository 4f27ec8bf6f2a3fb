import { type SessionClient } from '../client/client.js';
import { eventually } from '../support/eventually.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';
import { metricsUrl, type Scrape, scrape } from './scrape.js';

describe('the metrics of a server with two workers', () => {
  let server: TestServer;
  let url: string;
  let alice: SessionClient;
  let anonymous: SessionClient;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { METRICS_PORT: '0', POST_RATE_LIMIT: '1000' } });
    url = metricsUrl(server);
    ({ alice, anonymous } = new Actors(server));
  });

  afterAll(async () => {
    await server.stop();
  });

  /** The difference that `work` makes to the metrics. */
  async function addedBy(work: () => Promise<unknown>): Promise<Scrape> {
    const before = await scrape(url);
    await work();
    const after = await scrape(url);
    return { value: (...sample) => after.value(...sample) - before.value(...sample), names: after.names };
  }

  it('count requests by pattern and status, inside onion requests and batches too', async () => {
    const added = await addedBy(async () => {
      for (let count = 0; count < 5; count++) await alice.get('/room/lobby/pollInfo/0');
      await alice.batch([
        { method: 'GET', path: '/room/lobby/pollInfo/7' },
        { method: 'GET', path: '/room/nowhere/pollInfo/0' },
        { method: 'GET', path: '/no/such/thing' },
      ]);
    });
    const poll = { method: 'GET', endpoint: '/room/:room/pollInfo/:infoUpdates' };
    expect(added.value('plaza_requests_total', { ...poll, status: '200' })).toBe(6);
    expect(added.value('plaza_requests_total', { ...poll, status: '404' })).toBe(1);
    expect(added.value('plaza_requests_total', { method: 'POST', endpoint: '/batch', status: '200' })).toBe(
      1,
    );
    expect(added.value('plaza_requests_total', { method: 'any', endpoint: 'unknown', status: '404' })).toBe(
      1,
    );
    expect(added.value('plaza_request_duration_seconds_count', poll)).toBe(7);
    expect(added.value('plaza_request_duration_seconds_bucket', { ...poll, le: '+Inf' })).toBe(7);
    expect(added.value('plaza_request_duration_seconds_sum', poll)).toBeGreaterThan(0);
    expect(added.value('plaza_onion_request_duration_seconds_count', { version: 'v4' })).toBe(6);
  });

  it('name no path that a client made up', async () => {
    await alice.get('/room/a-room-that-is-nowhere/pollInfo/0');
    await alice.get('/an-endpoint-that-is-nowhere');
    expect(await (await fetch(url)).text()).not.toContain('nowhere');
  });

  it('count onion requests that can not be read, by reason', async () => {
    const added = await addedBy(async () => {
      await alice.sendSealed(Buffer.from([1]));
      await alice.sendSealed(Buffer.from([255, 0, 0, 0, 1]));
    });
    expect(added.value('plaza_onion_failures_total', { reason: 'truncated' })).toBe(2);
    expect(added.value('plaza_onion_failures_total', { reason: 'not_authentic' })).toBe(0);
  });

  it('count failed authentication by code', async () => {
    const headers = { 'X-SOGS-Pubkey': '15', 'X-SOGS-Nonce': 'x' };
    const added = await addedBy(() => fetch(`${server.url}/rooms`, { headers }));
    expect(added.value('plaza_authentication_failures_total', { code: 'malformed_authentication' })).toBe(1);
    expect(added.value('plaza_requests_total', { method: 'GET', endpoint: '/rooms', status: '400' })).toBe(1);
  });

  it('count posts by room, once they are committed', async () => {
    const added = await addedBy(async () => {
      await alice.postMessage('lobby', 'one');
      await alice.postMessage('lobby', 'two');
      await anonymous.post('/room/lobby/message', alice.messageBody('refused'));
    });
    expect(added.value('plaza_posts_total', { room: 'lobby' })).toBe(2);
  });

  it('show caches, the database, jobs and the processes', async () => {
    await eventually(async () => {
      const now = await scrape(url);
      expect(now.value('plaza_cache_hits_total', { cache: 'rooms' })).toBeGreaterThan(0);
      expect(now.value('plaza_cache_misses_total', { cache: 'users' })).toBeGreaterThan(0);
      expect(now.value('plaza_cache_entries', { cache: 'users' })).toBeGreaterThan(0);
      expect(now.value('plaza_database_connections', { state: 'idle' })).toBeGreaterThan(0);
      expect(now.value('plaza_database_statements_total')).toBeGreaterThan(0);
      expect(
        now.value('plaza_job_runs_total', { job: 'expired nonces', outcome: 'success' }),
      ).toBeGreaterThan(0);
      expect(now.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
      expect(now.value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
      expect(now.value('plaza_workers')).toBe(2);
    });
  });

  it('are not served on the public port', async () => {
    const response = await fetch(`${server.url}/metrics`, { redirect: 'manual' });
    expect(await response.text()).not.toContain('plaza_');
  });

  it('are served at one address alone', async () => {
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(404);
  });

  it('do not fall when a worker dies', async () => {
    for (let count = 0; count < 20; count++) await fetch(`${server.url}/capabilities`);
    const sample = { method: 'GET', endpoint: '/capabilities', status: '200' };
    const before = await scrape(url);
    expect(before.value('plaza_requests_total', sample)).toBeGreaterThanOrEqual(20);
    for (const { pid } of await workerMemory(server)) process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const after = await scrape(url);
      expect(after.value('plaza_worker_starts_total')).toBe(4);
      expect(after.value('plaza_workers')).toBe(2);
      expect(after.value('plaza_requests_total', sample)).toBe(before.value('plaza_requests_total', sample));
    });
  });
});

describe('metrics with a token', () => {
  it('are served only to clients that send it', async () => {
    const token = 'a-token-for-the-scraper';
    const server = await startServer({ env: { METRICS_PORT: '0', METRICS_TOKEN: token } });
    try {
      const url = metricsUrl(server);
      const statusWith = async (authorization?: string): Promise<number> =>
        (await fetch(url, { headers: authorization === undefined ? {} : { authorization } })).status;
      expect(await statusWith()).toBe(401);
      expect(await statusWith(`Bearer ${token}x`)).toBe(401);
      expect(await statusWith(token)).toBe(401);
      expect(await statusWith(`Bearer ${token}`)).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
