import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const WEEK = 7 * 24 * 60 * 60;
const NO_ROLE = { moderator: false, admin: false, global_moderator: false, global_admin: false };

describe('rooms', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let mod: SessionClient;
  let admin: SessionClient;

  beforeAll(async () => {
    server = await openServer();
    await server.addRoom('Fishing', { name: 'Gone fishing', description: 'Carp & co. 🐟' });
    await server.addRoom('cellar');
    await server.addRoom('announcements');
    actors = new Actors(server);
    alice = actors.alice;
    mod = await actors.moderator();
    admin = await actors.admin();
    await server.sql(
      `UPDATE rooms SET default_read = false, default_accessible = false WHERE token = 'cellar'`,
    );
    await server.sql(
      `UPDATE rooms SET default_read = false, default_write = false WHERE token = 'announcements'`,
    );
    await eventually(async () => (await alice.room('cellar')).status === 404);
    await eventually(async () => (await alice.pollInfo('announcements')).status === 403);
  });

  afterAll(async () => {
    await server.stop();
  });

  describe('GET /capabilities', () => {
    it('lists them sorted, to anyone', async () => {
      const all = { capabilities: ['blind', 'reactions', 'sogs'] };
      expect((await actors.anonymous.capabilities()).expect(200).json).toEqual(all);
      expect((await alice.capabilities()).expect(200).json).toEqual(all);
    });

    it('answers 200 when the server has what is required', async () => {
      expect((await alice.capabilities(['sogs', 'blind'])).status).toBe(200);
    });

    it('answers 412 and says what is missing', async () => {
      const lacking = (await alice.capabilities(['sogs', 'teleportation', 'magic'])).expect(412);
      expect(lacking.json).toEqual({
        capabilities: ['blind', 'reactions', 'sogs'],
        missing: ['teleportation', 'magic'],
      });
      expect((await alice.get('/capabilities?required=')).expect(412).json).toMatchObject({ missing: [''] });
    });
  });

  describe('GET /rooms', () => {
    it('lists those that the caller may know of, with their details', async () => {
      const rooms = (await alice.rooms()).expect(200).json;
      expect(rooms.map(({ token }) => token)).toEqual(['announcements', 'Fishing', 'lobby']);
      expect(rooms[1]).toEqual((await alice.room('Fishing')).json);
      expect(rooms[0]).toMatchObject({ read: false, write: false, upload: false });
      expect((await actors.anonymous.rooms()).expect(200).json).toHaveLength(3);
    });

    it('lists a hidden room to its own moderator', async () => {
      const keeper = await actors.staff('keeper', { in: 'cellar' });
      const tokens = (await keeper.rooms()).expect(200).json.map(({ token }) => token);
      expect(tokens).toEqual(['announcements', 'cellar', 'Fishing', 'lobby']);
    });
  });

  describe('GET /room/T', () => {
    it('tells everyone the details of a room', async () => {
      const details = (await actors.anonymous.room('Fishing')).expect(200).json;
      expect(details).toEqual({
        token: 'Fishing',
        name: 'Gone fishing',
        description: 'Carp & co. 🐟',
        info_updates: 1,
        message_sequence: 0,
        created: expect.closeTo(Date.now() / 1000, -3) as number,
        active_users: 0,
        active_users_cutoff: WEEK,
        pinned_messages: [],
        moderators: [],
        admins: [],
        hidden_moderators: [],
        hidden_admins: [],
        read: true,
        write: true,
        upload: true,
        ...NO_ROLE,
      });
    });

    it('lists its staff sorted, the hidden ones only to staff', async () => {
      const hidden = await actors.hiddenModerator();
      const boss = await actors.globalAdmin();
      for (const person of [mod, admin, hidden, boss]) (await person.room('lobby')).expect(200);

      const seen = (await alice.room('lobby')).json;
      expect(seen).toMatchObject({ moderators: [mod.id], admins: [admin.id], ...NO_ROLE });
      expect(seen).toMatchObject({ hidden_moderators: [], hidden_admins: [] });
      expect(seen).not.toHaveProperty('default_read');
      expect((await mod.room('lobby')).json).toMatchObject({
        moderators: [mod.id],
        admins: [admin.id],
        hidden_moderators: [hidden.id],
        hidden_admins: [boss.id],
      });
    });

    it('tells staff their roles, and the defaults also when they are false', async () => {
      const boss = await actors.globalAdmin();
      const asModerator = (await mod.room('lobby')).json;
      expect(asModerator).toMatchObject({ moderator: true, default_read: true, default_upload: true });
      expect(asModerator).toMatchObject({ admin: false, global_moderator: false, global_admin: false });
      expect((await admin.room('lobby')).json).toMatchObject({ moderator: true, admin: true });
      expect((await boss.room('cellar')).json).toMatchObject({
        moderator: true,
        admin: true,
        global_moderator: true,
        global_admin: true,
        default_read: false,
        default_accessible: false,
        default_write: true,
        read: true,
      });
    });

    it('finds a room whatever the case of its token', async () => {
      for (const token of ['fishing', 'FISHING', 'fIsHiNg']) {
        expect((await alice.room(token)).expect(200).json.token).toBe('Fishing');
        expect((await alice.pollInfo(token)).expect(200).json.token).toBe('Fishing');
        expect((await alice.recentMessages(token)).status).toBe(200);
      }
    });

    it('answers 404 for tokens of no room and for impossible ones', async () => {
      for (const token of [
        'nowhere',
        'a'.repeat(64),
        'a'.repeat(65),
        'a.b',
        'a%20b',
        '%00',
        'lobby%2F',
        'ж',
      ]) {
        for (const suffix of ['', '/pollInfo/0', '/messages/recent', '/messages/since/0', '/message/1']) {
          const answer = await alice.get(`/room/${token}${suffix}`);
          expect(answer.status).toBe(404);
          expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
        }
      }
    });
  });

  describe('that are hidden from the caller', () => {
    it('do not exist for the caller, whatever they do', async () => {
      const unknown = await alice.get('/room/nowhere');
      const requests = [
        alice.room('cellar'),
        alice.pollInfo('cellar'),
        alice.messagesSince('cellar', 0),
        alice.recentMessages('cellar'),
        alice.messagesBefore('cellar', 10),
        alice.message('cellar', 1),
        alice.postMessage('cellar', 'hello?'),
        actors.anonymous.room('cellar'),
      ];
      for (const answer of await Promise.all(requests)) {
        expect(answer.status).toBe(404);
        expect(answer.text).toBe(unknown.text);
      }
    });

    it('exist for someone with an override', async () => {
      const carol = actors.person('carol');
      (await carol.pollInfo('lobby')).expect(200);
      await server.sql(
        `INSERT INTO permission_overrides (room_id, user_id, accessible)
         SELECT r.id, u.id, true FROM rooms r, users u WHERE r.token = 'cellar' AND u.session_id = $1`,
        [carol.id],
      );
      await eventually(async () => (await carol.room('cellar')).status === 200);
      expect((await carol.room('cellar')).json).toMatchObject({ read: false, write: true });
      expect((await carol.pollInfo('cellar')).status).toBe(403);
      expect((await alice.room('cellar')).status).toBe(404);
    });
  });

  describe('that someone is banned from', () => {
    it('are 404 by their details and 403 elsewhere', async () => {
      const dave = actors.person('dave');
      (await dave.pollInfo('lobby')).expect(200);
      await server.sql(
        `INSERT INTO permission_overrides (room_id, user_id, banned)
         SELECT r.id, u.id, true FROM rooms r, users u WHERE r.token = 'lobby' AND u.session_id = $1`,
        [dave.id],
      );
      await eventually(async () => (await dave.room('lobby')).status === 404);
      expect((await dave.pollInfo('lobby')).status).toBe(403);
      expect((await dave.recentMessages('lobby')).status).toBe(403);
      expect((await dave.postMessage('lobby', 'hello?')).status).toBe(403);
      expect((await dave.rooms()).json.map(({ token }) => token)).not.toContain('lobby');
    });

    it('tell a former member by a 403 of pollInfo when they are hidden, so that iOS closes its input field', async () => {
      const boss = await actors.globalAdmin();
      const former = await actors.staff('former keeper', { in: 'cellar' });
      (await former.pollInfo('cellar')).expect(200);
      const writer = actors.person('writer');
      (await writer.pollInfo('lobby')).expect(200);
      (await boss.setPermissions('cellar', writer.id, { read: true })).expect(200);
      (await writer.postMessage('cellar', 'I was here')).expect(201);
      (await boss.setPermissions('cellar', writer.id, { default_read: true })).expect(200);
      for (const person of [former, writer]) {
        (await boss.ban(person.id, { rooms: ['cellar'] })).expect(200);
        await eventually(async () => (await person.pollInfo('cellar')).status === 403);
        expect((await person.pollInfo('cellar', 0)).text).not.toContain('cellar');
        for (const answer of [
          await person.room('cellar'),
          await person.recentMessages('cellar'),
          await person.messagesSince('cellar', 0),
          await person.postMessage('cellar', 'hello?'),
        ]) {
          expect(answer.status).toBe(404);
        }
        (await boss.unban(person.id, { rooms: ['cellar'] })).expect(200);
        await eventually(async () => (await person.pollInfo('cellar')).status === 404);
      }
    });

    it('do not exist for a stranger who is banned from all rooms, the hidden ones too', async () => {
      const boss = await actors.globalAdmin();
      const stranger = actors.person('stranger');
      (await stranger.pollInfo('lobby')).expect(200);
      (await boss.ban(stranger.id, { rooms: ['*'] })).expect(200);
      await eventually(async () => (await stranger.pollInfo('lobby')).status === 403);
      const [hidden, missing] = [await stranger.pollInfo('cellar'), await stranger.pollInfo('nowhere')];
      expect([hidden.status, hidden.text]).toEqual([404, missing.text]);
    });
  });

  describe('GET /room/T/pollInfo/N', () => {
    it('has the details if and only if N is not the count of info updates', async () => {
      const { info_updates } = (await alice.room('lobby')).json;
      for (const known of [0, info_updates + 1, 999_999_999_999]) {
        if (known === info_updates) continue;
        const { details } = (await alice.pollInfo('lobby', known)).expect(200).json;
        expect(details).toEqual((await alice.room('lobby')).json);
      }
      expect((await alice.pollInfo('lobby', info_updates)).expect(200).json).toEqual({
        token: 'lobby',
        active_users: expect.any(Number) as number,
        read: true,
        write: true,
        upload: true,
        ...NO_ROLE,
      });
    });

    it('tells staff their roles in every poll', async () => {
      const { info_updates } = (await admin.room('lobby')).json;
      expect((await admin.pollInfo('lobby', info_updates)).json).toEqual({
        token: 'lobby',
        active_users: expect.any(Number) as number,
        read: true,
        write: true,
        upload: true,
        ...NO_ROLE,
        moderator: true,
        admin: true,
        default_read: true,
        default_accessible: true,
        default_write: true,
        default_upload: true,
      });
    });

    it('shows at once when the staff has changed', async () => {
      const { info_updates } = (await alice.room('Fishing')).json;
      const angler = await actors.staff('angler', { in: 'Fishing' });
      // The role moves from the 05 to the 15 ID when its owner turns up.
      (await angler.room('Fishing')).expect(200);
      await eventually(async () => {
        const { details } = (await alice.pollInfo('Fishing', info_updates)).json;
        return details?.moderators[0] === angler.id;
      });
    });

    it.each(['-1', 'x', '1.5', '', '0x1', '%20', '9'.repeat(41)])('answers 404 for N = %p', async (known) => {
      expect((await alice.get(`/room/lobby/pollInfo/${known}`)).status).toBe(404);
    });

    it('accepts an N beyond any count', async () => {
      expect((await alice.get(`/room/lobby/pollInfo/${'9'.repeat(40)}`)).status).toBe(200);
    });
  });
});
