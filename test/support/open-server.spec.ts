import { existsSync } from 'node:fs';
import { Actors } from './actors.js';
import { eventually } from './eventually.js';
import { openServer, type OpenServer } from './open-server.js';

describe('a server in the process of its suite', () => {
  let server: OpenServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('follows the clock that the test holds, in requests, jobs and commands', async () => {
    const { alice, bob } = actors;
    const mod = await actors.moderator();
    for (const person of [alice, bob]) (await person.pollInfo('lobby')).expect(200);
    const { posted } = (await alice.postMessage('lobby', 'now')).expect(201).json;
    expect(posted).toBeCloseTo(server.clock.seconds(), 2);
    (await mod.ban(alice.id, { rooms: ['lobby'] }, 60)).expect(200);

    await server.clock.advance('59 seconds');
    await server.runJob('due permissions and bans');
    expect((await alice.pollInfo('lobby')).status).toBe(403);
    await server.clock.advance('1 second');
    await server.runJob('due permissions and bans');
    await eventually(async () => (await alice.pollInfo('lobby')).status === 200);
    await server.clock.advance('2 hours');
    const { stdout } = await server.plaza('audit', '--since', '1h', '--json');
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it('can have another one beside it, which hears of its changes', async () => {
    const other = await openServer({ beside: server });
    try {
      const seen = new Actors(other).bob;
      (await seen.pollInfo('lobby')).expect(200);
      const { id } = (await actors.bob.postMessage('lobby', 'here')).expect(201).json;
      (await seen.message('lobby', id)).expect(200);
    } finally {
      await other.stop();
    }
    expect(existsSync(server.dataDir)).toBe(true);
  });

  it('opens again with other settings, on its data and its address', async () => {
    const { url } = server;
    (await actors.bob.postMessage('lobby', 'x'.repeat(2000))).expect(201);
    await server.restart({ MESSAGE_MAX_BYTES: '1024' });
    expect(server.url).toBe(url);
    expect((await actors.bob.postMessage('lobby', 'x'.repeat(2000))).status).toBe(413);
  });

  it('leaves no database and no data folder behind', async () => {
    const other = await openServer();
    const [database] = await other.sql('SELECT current_database() AS name');
    await other.stop();
    const remaining = 'SELECT datname AS name FROM pg_database WHERE datname = $1';
    expect(await server.sql(remaining, [database?.name])).toEqual([]);
    expect(existsSync(other.dataDir)).toBe(false);
  });
});
