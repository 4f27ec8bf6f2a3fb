import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

const DAY = 24 * 60 * 60;
/** Milliseconds: visits are written every second and counted every ten. */
const SOON = 20_000;

describe('active users', () => {
  let server: TestServer;
  let actors: Actors;

  const activeUsers = async (): Promise<number> =>
    (await actors.anonymous.pollInfo('lobby')).expect(200).json.active_users;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { ACTIVE_USERS_DAYS: '2', LOG_LEVEL: 'debug' } });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('are those who polled or read the room, whom a ban takes out', async () => {
    const { alice, bob } = actors;
    const carol = actors.person('carol');
    const dave = actors.person('dave');
    (await alice.pollInfo('lobby')).expect(200);
    (await bob.recentMessages('lobby')).expect(200);
    (await carol.pollInfo('lobby')).expect(200);
    // Asking for the rooms, or without a signature, is no visit.
    (await dave.rooms()).expect(200);
    (await actors.anonymous.pollInfo('lobby')).expect(200);
    await eventually(async () => (await activeUsers()) === 3, SOON);

    const admin = await actors.globalAdmin();
    (await admin.ban(bob.id, { rooms: ['lobby'] })).expect(200);
    (await admin.ban(carol.id, { global: true })).expect(200);
    await eventually(async () => (await activeUsers()) === 1, SOON);
    (await admin.unban(carol.id, { global: true })).expect(200);
    await eventually(async () => (await activeUsers()) === 2, SOON);
  });

  it('are counted without raising info_updates, and no longer some days after their last visit', async () => {
    const { info_updates: before } = (await actors.anonymous.room('lobby')).json;
    const people = await activeUsers();
    (await actors.person('erin').pollInfo('lobby')).expect(200);
    await eventually(async () => (await activeUsers()) === people + 1, SOON);
    const details = (await actors.anonymous.room('lobby')).json;
    expect(details).toMatchObject({ info_updates: before, active_users_cutoff: 2 * DAY });

    await server.sql(
      `UPDATE room_users SET last_active_at = $1
       WHERE user_id = (SELECT id FROM users WHERE session_id = $2)`,
      [Date.now() / 1000 - 2 * DAY - 10, actors.alice.id],
    );
    await eventually(async () => (await activeUsers()) === people, SOON);
  });

  it('leave a room alone whose count stays the same', async () => {
    const version = (): Promise<unknown> => server.sql('SELECT xmin::text AS version FROM rooms');
    const runs = (): number => server.log().split('The job \\"active users\\" took').length;
    // The count was right before this test began, so the next run finds nothing to change.
    const before = await version();
    const counted = runs();
    await eventually(() => runs() > counted, SOON);
    expect(await version()).toEqual(before);
  });
});
