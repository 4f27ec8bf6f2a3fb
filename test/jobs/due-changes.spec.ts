import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

/** Milliseconds within which a change is made once it is due (protocol 7.4). */
const GRACE = 10_000;

describe('changes that come due', () => {
  let server: TestServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await startServer({ workers: 2 });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('let someone in again within ten seconds after their ban ends', async () => {
    const { alice } = actors;
    const mod = await actors.moderator();
    (await alice.pollInfo('lobby')).expect(200);
    const earliest = Date.now() + 3_000;
    (await mod.ban(alice.id, { rooms: ['lobby'] }, 3)).expect(200);
    const latest = Date.now() + 3_000 + GRACE;
    expect((await alice.pollInfo('lobby')).status).toBe(403);
    await eventually(async () => (await alice.pollInfo('lobby')).status === 200, 15_000);
    expect(Date.now()).toBeGreaterThanOrEqual(earliest);
    expect(Date.now()).toBeLessThan(latest);
  });

  it('give and take permissions within ten seconds', async () => {
    const { bob } = actors;
    const mod = await actors.moderator();
    (await bob.pollInfo('lobby')).expect(200);
    const earliest = Date.now() + 3_000;
    (await mod.scheduleChange('lobby', bob.id, { in: 3, write: false })).expect(200);
    const latest = Date.now() + 3_000 + GRACE;
    expect((await bob.pollInfo('lobby')).json.write).toBe(true);
    await eventually(async () => !(await bob.pollInfo('lobby')).json.write, 15_000);
    expect(Date.now()).toBeGreaterThanOrEqual(earliest);
    expect(Date.now()).toBeLessThan(latest);
  });
});
