import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** Each kind of limit lets a burst of 20 through, and no more while the clock stands still. */
const LIMITS = { RATE_LIMIT_PER_KEY: '2', RATE_LIMIT_PER_ADDRESS: '2', RATE_LIMIT_BURST: '10' };
const BURST = 20;
/**
 * Elements of a batch of three bursts that run: the batch costs one and a tenth of each element, which leaves 13, and each
 * that runs nine tenths more, so the fifteenth overspends.
 */
const RUN_OF_BATCH = 15;

let server: OpenServer;
let alice: SessionClient;
let bob: SessionClient;

async function startWith(env: Record<string, string>): Promise<void> {
  server = await openServer({ heldClock: true, env: { ...LIMITS, ...env } });
  ({ alice, bob } = new Actors(server));
}

async function statuses(count: number, send: () => Promise<{ status: number }>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await send()).status);
  return found;
}

function refused(all: readonly number[]): number {
  return all.filter((status) => status === 429).length;
}

/** Straight over HTTP, as if it came from this address through a proxy. */
function anonymousFrom(address: string, path = '/capabilities'): Promise<Response> {
  return fetch(server.url + path, { headers: { 'x-forwarded-for': address } });
}

describe('on a server where others have used up their rates', () => {
  let people = 0;

  beforeAll(() => startWith({}));

  beforeEach(() => {
    const actors = new Actors(server);
    people += 1;
    alice = actors.person(`alice ${people}`);
    bob = actors.person(`bob ${people}`);
  });

  afterAll(() => server.stop());

  it('a user who asks for too much is told how long to wait, and nobody else is', async () => {
    const answers = await Promise.all(Array.from({ length: 3 * BURST }, () => alice.get('/rooms')));
    const late = answers.filter(({ status }) => status === 429);
    expect(late).toHaveLength(2 * BURST);
    expect(Number(late[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(late[0]?.text).toBe('Too many requests: wait some seconds');
    expect((await bob.get('/rooms')).status).toBe(200);
  });

  it('elements of a batch that are answered from memory cost a member a tenth of a request', async () => {
    (await alice.pollInfo('lobby')).expect(200);
    const batch = Array.from({ length: 5 * BURST }, () => ({
      method: 'GET' as const,
      path: '/capabilities',
    }));
    const answer = await alice.batch(batch);
    expect(answer.json.map(({ code }) => code)).toEqual(batch.map(() => 200));
    const again = (await alice.batch(batch)).json.map(({ code }) => code);
    expect(again.filter((code) => code === 429).length).toBeGreaterThan(0);
  });

  it('a batch is charged as it runs, and stops when the caller has used up their rate', async () => {
    const batch = Array.from({ length: 3 * BURST }, (_, id) => ({
      method: 'GET' as const,
      path: `/room/lobby/message/${id}`,
    }));
    const codes = (await alice.batch(batch)).json.map(({ code }) => code);
    const late = codes.indexOf(429);
    expect(late).toBe(RUN_OF_BATCH);
    expect(codes).toEqual(codes.map((_code, index) => (index < late ? 404 : 429)));
    expect((await alice.get('/capabilities')).status).toBe(429);
    expect((await bob.get('/capabilities')).status).toBe(200);
  });

  it('behind a trusted proxy each client has an address of its own', async () => {
    expect(refused(await statuses(2 * BURST, () => anonymousFrom('192.0.2.1')))).toBe(BURST);
    expect((await anonymousFrom('192.0.2.2')).status).toBe(200);
    expect(refused(await statuses(2 * BURST, () => anonymousFrom('2001:db8::1')))).toBe(BURST);
    expect((await anonymousFrom('2001:db8::2')).status).toBe(429);
  });

  it('requests for pages count for their address, and health checks do not', async () => {
    expect(refused(await statuses(2 * BURST, () => anonymousFrom('192.0.2.3', '/')))).toBe(BURST);
    expect((await anonymousFrom('192.0.2.3', '/health/live')).status).toBe(200);
  });

  it('someone with a verified key is served from an address whose other requests are refused', async () => {
    expect(refused(await statuses(2 * BURST, () => fetch(`${server.url}/capabilities`)))).toBe(BURST);
    expect((await alice.get('/capabilities')).status).toBe(200);
    expect((await bob.get('/capabilities')).status).toBe(200);
  });
});

describe('on a server of its own', () => {
  afterEach(() => server.stop());

  it('a batch of strangers is charged to their address', async () => {
    await startWith({});
    const batch = Array.from({ length: 3 * BURST }, () => ({ method: 'GET', path: '/room/lobby/message/1' }));
    const answer = await server.client(undefined, 'plain').batch(batch);
    expect(answer.json.map(({ code }) => code === 429)).toEqual(
      batch.map((_, index) => index >= RUN_OF_BATCH),
    );
    expect(refused(await statuses(3, () => fetch(`${server.url}/capabilities`)))).toBe(3);
  });

  it('onion requests with nothing readable in them count for their address', async () => {
    await startWith({});
    const all = await statuses(2 * BURST, () => alice.sendSealed(Buffer.from('le')));
    expect(all[0]).toBe(400);
    expect(refused(all)).toBe(BURST);
  });

  it('onion requests that nobody can read count for their address', async () => {
    await startWith({});
    const all = await statuses(2 * BURST, () => alice.sendSealed(Buffer.from('junk')));
    expect(refused(all)).toBe(BURST);
    expect(all[0]).toBe(400);
  });

  it('requests with a wrong signature count for their address and not for the key they claim', async () => {
    await startWith({});
    const forged = { auth: { signInstead: { path: '/elsewhere' } } };
    const all = await statuses(2 * BURST, () => alice.get('/rooms', forged));
    expect(all[0]).toBe(401);
    expect(refused(all)).toBe(BURST);
    expect((await alice.get('/rooms')).status).toBe(200);
  });

  it('an address that a client claims for itself is not believed', async () => {
    await startWith({ TRUSTED_PROXIES: '' });
    const all = await Promise.all(
      Array.from({ length: 3 * BURST }, (_, index) => anonymousFrom(`192.0.2.${index}`)),
    );
    expect(refused(all.map(({ status }) => status))).toBe(2 * BURST);
  });

  it('limits are off when they are 0', async () => {
    await startWith({ RATE_LIMIT_PER_KEY: '0', RATE_LIMIT_PER_ADDRESS: '0', RATE_LIMIT_BURST: '1' });
    expect(refused(await statuses(3 * BURST, () => alice.get('/capabilities')))).toBe(0);
    expect(refused(await statuses(3 * BURST, () => fetch(`${server.url}/capabilities`)))).toBe(0);
  });
});
