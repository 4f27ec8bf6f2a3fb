import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

describe('plaza mod', () => {
  let server: TestServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await startServer({ workers: 2 });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
  });

  afterAll(async () => {
    await server.stop();
  });

  async function detailsFor(admin: string, room = 'lobby'): Promise<Record<string, unknown>> {
    return { ...(await actors.person(admin).room(room)).expect(200).json };
  }

  it('appoints someone who is there already, and every worker knows at once', async () => {
    const bob = actors.bob;
    expect((await bob.room('lobby')).json.moderator).toBe(false);
    expect((await server.plaza('mod', 'add', bob.id, '--room', 'lobby')).code).toBe(0);
    for (let attempt = 0; attempt < 8; attempt++) {
      bob.close();
      const details = (await bob.room('lobby')).json;
      expect(details.moderator).toBe(true);
      expect(details.moderators).toContain(bob.id);
      expect(details.admin).toBe(false);
    }
    expect((await server.plaza('mod', 'remove', bob.id, '--room', 'LOBBY')).code).toBe(0);
    expect((await bob.room('lobby')).json.moderator).toBe(false);
    expect((await bob.room('lobby')).json.moderators).not.toContain(bob.id);
  });

  it('appoints several by either form of their IDs, in any case of letters', async () => {
    const [one, two, three] = actors.crowd(3);
    const ids = [one?.sessionId, two?.id, three?.sessionId.toUpperCase()].map(String);
    expect((await server.plaza('mod', 'add', ...ids, '--room', 'garden', '--admin')).code).toBe(0);
    for (const client of [one, two, three]) {
      expect((await client?.room('garden'))?.json).toMatchObject({ moderator: true, admin: true });
    }
    const admins = (await actors.alice.room('garden')).json.admins;
    expect(admins).toEqual([one?.id, two?.id, three?.id].sort());
  });

  it('shows room roles and hides global ones unless told otherwise', async () => {
    await actors.staff('shown', { in: 'lobby' });
    await actors.staff('hidden', { in: 'lobby', hidden: true });
    await actors.staff('global hidden', { in: 'global', admin: true });
    await actors.staff('global shown', { in: 'global', hidden: false });
    const ids: Record<string, string> = {};
    for (const name of ['shown', 'hidden', 'global hidden', 'global shown']) {
      ids[name] = actors.person(name).id;
      await actors.person(name).pollInfo('lobby');
    }
    const seen = (await actors.alice.room('lobby')).json;
    expect(seen.moderators).toEqual([ids.shown, ids['global shown']].sort());
    expect(seen.admins).toEqual([]);
    expect(seen.hidden_moderators).toEqual([]);
    const all = await detailsFor('global hidden');
    expect(all).toMatchObject({
      hidden_moderators: [ids.hidden],
      hidden_admins: [ids['global hidden']],
      global_moderator: true,
      global_admin: true,
    });
  });

  it('raises info_updates of the room, or of all rooms, once for each who changes', async () => {
    const [a, b] = [new Identity(), new Identity()].map((identity) => identity.sessionId);
    const counts = async (): Promise<number[]> => {
      const rooms = await server.sql('SELECT info_updates FROM rooms ORDER BY lower(token)');
      return rooms.map((room) => Number(room.info_updates));
    };
    const [garden = 0, lobby = 0] = await counts();
    await server.plaza('mod', 'add', String(a), String(b), '--room', 'lobby');
    expect(await counts()).toEqual([garden, lobby + 2]);
    await server.plaza('mod', 'add', String(a), String(a), String(b), '--room', 'lobby');
    expect(await counts()).toEqual([garden, lobby + 2]);
    await server.plaza('mod', 'add', String(a), '--global');
    expect(await counts()).toEqual([garden + 1, lobby + 3]);
    await server.plaza('mod', 'remove', String(a), '--global');
    expect(await counts()).toEqual([garden + 2, lobby + 4]);
  });

  it.each([
    [['add', '05aa', '--room', 'lobby'], '05aa'],
    [['add', `00${'a'.repeat(64)}`, '--room', 'lobby'], '05 or 15'],
    [['add', `05${'a'.repeat(64)}`], '--room TOKEN or --global'],
    [['add', `05${'a'.repeat(64)}`, '--room', 'lobby', '--global'], '--room TOKEN or --global'],
    [['add', `05${'a'.repeat(64)}`, '--room', 'lobby', '--hidden', '--visible'], '--visible or --hidden'],
    [['add', `05${'a'.repeat(64)}`, '--room', 'not a token'], 'not a token'],
    [['add', '--room', 'lobby'], 'ids'],
    [['remove', `05${'a'.repeat(64)}`], '--room TOKEN or --global'],
    [['remove', `05${'a'.repeat(64)}`, '--room', 'lobby', '--admin'], '--admin'],
    [['promote'], 'promote'],
  ])('exits with 2 and one line for mod %j', async (args, reason) => {
    const { code, stdout, stderr } = await server.plaza('mod', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('appoints nobody when the room does not exist, or when one of them is banned', async () => {
    const [fine, banned] = [new Identity().sessionId, actors.person('outcast')];
    await banned.pollInfo('lobby');
    await server.sql('UPDATE users SET banned = true WHERE session_id = $1', [banned.id]);
    const refusals = [
      await server.plaza('mod', 'add', fine, '--room', 'nowhere'),
      await server.plaza('mod', 'add', fine, banned.id, '--room', 'lobby'),
      await server.plaza('mod', 'add', fine, banned.id, '--global'),
    ];
    expect(refusals.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(refusals.map(({ stderr }) => stderr.trim())).toEqual([
      'plaza: No such room',
      `plaza: ${banned.id}: Someone who is banned cannot be appointed: lift the ban first. Nobody is changed`,
      `plaza: ${banned.id}: Someone who is banned cannot be appointed: lift the ban first. Nobody is changed`,
    ]);
    expect(await server.sql('SELECT 1 FROM users WHERE session_id = $1', [fine])).toEqual([]);
  });
});
