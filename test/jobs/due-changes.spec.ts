import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** Milliseconds within which a change is made once it is due (protocol 7.4). */
const GRACE = 10_000;

describe('changes that come due', () => {
  let server: OpenServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await openServer({ heldClock: true, jobs: true });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('let someone in again once their ban ends, and not before', async () => {
    const { alice } = actors;
    const mod = await actors.moderator();
    (await alice.pollInfo('lobby')).expect(200);
    (await mod.ban(alice.id, { rooms: ['lobby'] }, 3)).expect(200);
    await server.clock.advance('2.9 seconds');
    await server.runJob('due permissions and bans');
    expect((await alice.pollInfo('lobby')).status).toBe(403);
    await server.clock.advance('0.1 seconds');
    await server.runJob('due permissions and bans');
    await eventually(async () => (await alice.pollInfo('lobby')).status === 200);
  });

  it('give and take permissions, by themselves within ten seconds', async () => {
    const { bob } = actors;
    const mod = await actors.moderator();
    (await bob.pollInfo('lobby')).expect(200);
    (await mod.scheduleChange('lobby', bob.id, { in: 3, write: false })).expect(200);
    await server.clock.advance('2.9 seconds');
    await server.runJob('due permissions and bans');
    expect((await bob.pollInfo('lobby')).json.write).toBe(true);
    await server.clock.advance('0.1 seconds');
    await eventually(async () => !(await bob.pollInfo('lobby')).json.write, GRACE);
  });
});
