import type * as activity from '../../src/users/activity.service.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { ActivityService } = await compiled<typeof activity>('users/activity.service.js');

const DAY = 24 * 60 * 60;

describe('active users', () => {
  let server: OpenServer;
  let actors: Actors;

  const activeUsers = async (): Promise<number> =>
    (await actors.anonymous.pollInfo('lobby')).expect(200).json.active_users;

  /** Writes the visits of this moment and counts them. */
  const count = async (): Promise<void> => {
    await server.get(ActivityService).write();
    await server.runJob('active users');
  };

  /** The server counts by itself, too, and may have been the first, so that its caches hear of it a moment later. */
  const expectCount = (expected: number): Promise<void> =>
    eventually(async () => (await activeUsers()) === expected);

  beforeAll(async () => {
    server = await openServer({ env: { ACTIVE_USERS_DAYS: '2' }, heldClock: true });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('are the people who polled or read the room, and a ban removes them', async () => {
    const { alice, bob } = actors;
    const carol = actors.person('carol');
    const dave = actors.person('dave');
    (await alice.pollInfo('lobby')).expect(200);
    (await bob.recentMessages('lobby')).expect(200);
    (await carol.pollInfo('lobby')).expect(200);
    // Asking for the rooms, or without a signature, is no visit.
    (await dave.rooms()).expect(200);
    (await actors.anonymous.pollInfo('lobby')).expect(200);
    // The server writes them by itself within a second.
    await eventually(async () => (await server.sql('SELECT FROM room_users')).length === 3);
    await server.runJob('active users');
    await expectCount(3);

    const admin = await actors.globalAdmin();
    (await admin.ban(bob.id, { rooms: ['lobby'] })).expect(200);
    (await admin.ban(carol.id, { global: true })).expect(200);
    await count();
    await expectCount(1);
    (await admin.unban(carol.id, { global: true })).expect(200);
    await count();
    await expectCount(2);
  });

  it('are counted without raising info_updates, and no longer some days after their last visit', async () => {
    const { info_updates: before } = (await actors.anonymous.room('lobby')).json;
    await server.clock.advance('1 day');
    const people = await activeUsers();
    (await actors.person('erin').pollInfo('lobby')).expect(200);
    await count();
    await expectCount(people + 1);
    const details = (await actors.anonymous.room('lobby')).json;
    expect(details).toMatchObject({ info_updates: before, active_users_cutoff: 2 * DAY });

    await server.clock.advance('23.9 hours');
    await count();
    await expectCount(people + 1);
    await server.clock.advance('0.2 hours');
    await count();
    await expectCount(1);
  });

  it('do not touch a room whose count stays the same', async () => {
    const version = (): Promise<unknown> => server.sql('SELECT xmin::text AS version FROM rooms');
    const before = await version();
    await count();
    expect(await version()).toEqual(before);
  });
});
