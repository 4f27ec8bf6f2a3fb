import { identityOf } from './actors.js';
import { startServer, type TestServer } from './server.js';

describe('a server whose clock is moved', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ movableClock: true });
  });

  afterAll(async () => {
    await server.stop();
  });

  it('follows it in all its processes and in statements that they have prepared', async () => {
    const [alice, bob] = ['alice', 'bob'].map((name) => server.client(identityOf(name)));
    if (!alice || !bob) throw new Error('nobody');
    const read = async (): Promise<unknown> => (await bob.inbox()).json;
    (await bob.inbox()).expect(200);
    (await alice.sendDirectMessage(bob.id, Buffer.of(1))).expect(201);
    // From the sixth time on PostgreSQL keeps its plan of a prepared statement.
    for (let times = 0; times < 8; times++) expect(await read()).toHaveLength(1);
    const logged = async (since: string): Promise<unknown> =>
      JSON.parse((await server.plaza('audit', '--since', since, '--json')).stdout);
    expect(await logged('1h')).toHaveLength(1);

    await server.clock.advance('15 days');
    expect(await read()).toEqual([]);
    const stale = { auth: { timestamp: Math.floor(Date.now() / 1000) } };
    (await bob.get('/rooms', stale)).expect(425);
    expect(await logged('1h')).toEqual([]);
    expect(await logged('16d')).toHaveLength(1);
  });
});
