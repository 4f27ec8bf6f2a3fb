import { type SessionClient } from '../client/client.js';
import { type Role, type Scope } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const LOBBY = { rooms: ['lobby'] };

describe('POST /user/U/ban and /unban', () => {
  let server: OpenServer;
  let actors: Actors;
  let boss: SessionClient;
  let admin: SessionClient;
  let mod: SessionClient;
  let globalMod: SessionClient;
  let count = 0;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    await server.addRoom('cellar');
    boss = await actors.globalAdmin();
    [admin, mod, globalMod] = ['admin', 'mod', 'global mod'].map((name) => actors.person(name)) as [
      SessionClient,
      SessionClient,
      SessionClient,
    ];
    (await boss.setRole(admin.id, { rooms: ['lobby', 'garden'] }, { admin: true })).expect(200);
    (await boss.setRole(mod.id, { rooms: ['lobby', 'garden'] }, { moderator: true })).expect(200);
    (await boss.setRole(globalMod.id, { global: true }, { moderator: true })).expect(200);
    (await boss.updateRoom('cellar', { default_read: false, default_accessible: false })).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Someone whom the server has not seen. */
  function newcomer(): SessionClient {
    return actors.person(`newcomer ${++count}`);
  }

  async function moderatorOf(room: string, role: Role = { moderator: true }): Promise<SessionClient> {
    const person = newcomer();
    (await boss.setRole(person.id, { rooms: [room] }, role)).expect(200);
    return person;
  }

  async function standing(person: SessionClient, room = 'lobby'): Promise<object> {
    return (await boss.permissions(room, person.id)).expect(200).json;
  }

  async function scheduled(person: SessionClient, room = 'lobby'): Promise<unknown[]> {
    return (await boss.futurePermissions(room, person.id)).expect(200).json;
  }

  async function infoUpdates(): Promise<number> {
    return (await boss.room('lobby')).expect(200).json.info_updates;
  }

  describe('from rooms', () => {
    it('keeps someone out of the room, lets them know that it is there, and leaves other rooms alone', async () => {
      const person = newcomer();
      (await person.postMessage('lobby', 'hello')).expect(201);
      expect((await mod.ban(person.id, LOBBY)).expect(200).json).toEqual({});
      expect((await person.postMessage('lobby', 'still here')).status).toBe(403);
      expect((await person.recentMessages('lobby')).status).toBe(403);
      expect((await person.pollInfo('lobby')).status).toBe(403);
      expect((await person.room('lobby')).status).toBe(404);
      expect((await person.rooms()).json.map(({ token }) => token)).toEqual(['garden']);
      expect((await person.postMessage('garden', 'hello')).status).toBe(201);
      expect(await standing(person)).toEqual({ banned: true });
      (await mod.unban(person.id, LOBBY)).expect(200);
      expect((await person.postMessage('lobby', 'thanks')).status).toBe(201);
      expect(await standing(person)).toEqual({});
    });

    it('keeps the permissions of the person, for after the ban', async () => {
      const person = newcomer();
      (await mod.setPermissions('lobby', person.id, { upload: false })).expect(200);
      (await mod.ban(person.id, LOBBY)).expect(200);
      expect(await standing(person)).toEqual({ banned: true, upload: false });
      (await mod.unban(person.id, LOBBY)).expect(200);
      expect(await standing(person)).toEqual({ upload: false });
    });

    it('takes a moderator’s role and raises info_updates for that alone', async () => {
      const [ordinary, moderator] = [newcomer(), await moderatorOf('lobby')];
      const start = await infoUpdates();
      (await admin.ban(ordinary.id, LOBBY)).expect(200);
      expect(await infoUpdates()).toBe(start);
      (await admin.ban(moderator.id, LOBBY)).expect(200);
      expect(await infoUpdates()).toBe(start + 1);
      (await admin.ban(moderator.id, LOBBY)).expect(200);
      (await admin.unban(moderator.id, LOBBY)).expect(200);
      expect(await infoUpdates()).toBe(start + 1);
      expect((await moderator.room('lobby')).json.moderator).toBe(false);
      expect((await actors.alice.room('lobby')).json.moderators).not.toContain(moderator.id);
    });

    it('bans from several rooms at once, or from all of the caller’s by "*"', async () => {
      const [one, two] = [newcomer(), newcomer()];
      (await mod.ban(one.id, { rooms: ['garden', 'Lobby'] })).expect(200);
      (await mod.ban(two.id, { rooms: ['*'] })).expect(200);
      for (const person of [one, two]) {
        expect(await standing(person)).toEqual({ banned: true });
        expect(await standing(person, 'garden')).toEqual({ banned: true });
        expect(await standing(person, 'cellar')).toEqual({});
      }
      (await mod.unban(two.id, { rooms: ['*'] })).expect(200);
      expect(await standing(two)).toEqual({});
    });

    it('bans someone whom the server has never seen, by either ID', async () => {
      const [one, two] = [newcomer(), newcomer()];
      (await mod.ban(one.sessionId, LOBBY)).expect(200);
      (await mod.ban(two.id, LOBBY)).expect(200);
      expect((await one.postMessage('lobby', 'first words')).status).toBe(403);
      expect((await two.postMessage('lobby', 'first words')).status).toBe(403);
      (await mod.unban(one.sessionId, LOBBY)).expect(200);
      expect((await one.postMessage('lobby', 'first words')).status).toBe(201);
    });

    it('answers {} to an unban of someone who is not banned', async () => {
      expect((await mod.unban(newcomer().id, LOBBY)).expect(200).json).toEqual({});
    });
  });

  describe('from the whole server', () => {
    it('lets someone do nothing at all, and keeps their roles in rooms', async () => {
      const person = await moderatorOf('garden');
      expect((await globalMod.ban(person.id, { global: true })).expect(200).json).toEqual({});
      for (const path of ['/rooms', '/capabilities', '/room/lobby', '/inbox']) {
        expect([path, (await person.get(path)).status]).toEqual([path, 403]);
      }
      expect(await standing(person, 'garden')).toEqual({ moderator: true });
      (await globalMod.unban(person.id, { global: true })).expect(200);
      expect((await person.room('garden')).json.moderator).toBe(true);
    });

    it('is independent of bans from rooms', async () => {
      const person = newcomer();
      (await globalMod.ban(person.id, LOBBY)).expect(200);
      (await globalMod.ban(person.id, { global: true })).expect(200);
      (await globalMod.unban(person.id, LOBBY)).expect(200);
      expect((await person.get('/rooms')).status).toBe(403);
      (await globalMod.ban(person.id, LOBBY)).expect(200);
      (await globalMod.unban(person.id, { global: true })).expect(200);
      expect((await person.get('/rooms')).status).toBe(200);
      expect((await person.pollInfo('lobby')).status).toBe(403);
    });
  });

  describe('for some time', () => {
    it('schedules the unban, and replaces the one that was scheduled before', async () => {
      const person = newcomer();
      const now = Date.now() / 1000;
      (await mod.ban(person.id, LOBBY, 500)).expect(200);
      expect(await scheduled(person)).toEqual([
        { at: expect.closeTo(now + 500, -1) as number, banned: false },
      ]);
      (await mod.ban(person.id, LOBBY, 1000.5)).expect(200);
      expect(await scheduled(person)).toEqual([
        { at: expect.closeTo(now + 1000, -1) as number, banned: false },
      ]);
      (await mod.ban(person.id, LOBBY)).expect(200);
      expect(await scheduled(person)).toEqual([]);
      expect(await standing(person)).toEqual({ banned: true });
    });

    it('is over soon with a time in the past, and has no end with a time of zero', async () => {
      const [past, zero] = [newcomer(), newcomer()];
      (await mod.ban(past.id, LOBBY, -1)).expect(200);
      (await mod.ban(zero.id, LOBBY, 0)).expect(200);
      expect(await scheduled(zero)).toEqual([]);
      await server.runJob('due permissions and bans');
      expect(await standing(past)).toEqual({});
      expect(await standing(zero)).toEqual({ banned: true });
    });

    it('drops the scheduled unban with an unban', async () => {
      const person = newcomer();
      (await mod.ban(person.id, LOBBY, 500)).expect(200);
      (await globalMod.ban(person.id, { global: true }, 500)).expect(200);
      (await mod.unban(person.id, LOBBY)).expect(200);
      expect(await scheduled(person)).toEqual([]);
      (await globalMod.unban(person.id, { global: true })).expect(200);
      const left = await server.sql(
        'SELECT 1 FROM scheduled_bans b JOIN users u ON u.id = b.user_id WHERE u.session_id = $1',
        [person.id],
      );
      expect(left).toEqual([]);
    });

    it('keeps the schedules of rooms and of the whole server apart', async () => {
      const person = newcomer();
      (await mod.ban(person.id, { rooms: ['lobby', 'garden'] }, 500)).expect(200);
      (await globalMod.ban(person.id, { global: true }, 500)).expect(200);
      (await mod.ban(person.id, LOBBY)).expect(200);
      expect(await scheduled(person)).toEqual([]);
      expect(await scheduled(person, 'garden')).toHaveLength(1);
    });
  });

  describe('the right to ban', () => {
    it('lets admins ban moderators and admins of the room, and lets moderators ban neither', async () => {
      const moderator = await moderatorOf('lobby');
      const otherAdmin = await moderatorOf('lobby', { admin: true });
      for (const caller of [mod, globalMod]) {
        expect((await caller.ban(moderator.id, LOBBY)).status).toBe(403);
        expect((await caller.ban(otherAdmin.id, LOBBY)).status).toBe(403);
      }
      expect((await admin.ban(moderator.id, LOBBY)).status).toBe(200);
      expect((await admin.ban(otherAdmin.id, LOBBY)).status).toBe(200);
    });

    it('lets a moderator of the room ban moderators of other rooms', async () => {
      const elsewhere = await moderatorOf('cellar');
      expect((await mod.ban(elsewhere.id, LOBBY)).status).toBe(200);
    });

    it('lets nobody ban themselves or global staff', async () => {
      const attempts: [SessionClient, SessionClient, Scope][] = [
        [mod, mod, LOBBY],
        [admin, admin, LOBBY],
        [boss, boss, { global: true }],
        [boss, boss, LOBBY],
        [admin, globalMod, LOBBY],
        [boss, globalMod, LOBBY],
        [boss, globalMod, { global: true }],
        [globalMod, boss, { global: true }],
      ];
      for (const [caller, target, scope] of attempts) {
        expect((await caller.ban(target.id, scope)).status).toBe(403);
      }
    });

    it('bans from none of several rooms when one is not allowed', async () => {
      const person = newcomer();
      const moderator = await moderatorOf('garden');
      expect((await mod.ban(person.id, { rooms: ['lobby', 'cellar'] })).status).toBe(404);
      expect((await mod.ban(moderator.id, { rooms: ['lobby', 'garden'] })).status).toBe(403);
      expect((await mod.ban(moderator.id, { rooms: ['*'] })).status).toBe(403);
      expect(await standing(person)).toEqual({});
      expect(await standing(moderator)).toEqual({});
    });

    it('is that of a moderator of the room, and of a global one for the whole server', async () => {
      const person = newcomer();
      expect((await actors.alice.ban(person.id, LOBBY)).status).toBe(403);
      expect((await actors.alice.ban(person.id, { rooms: ['*'] })).status).toBe(403);
      expect((await actors.alice.unban(person.id, LOBBY)).status).toBe(403);
      expect((await actors.anonymous.ban(person.id, LOBBY)).status).toBe(401);
      expect((await actors.anonymous.unban(person.id, LOBBY)).status).toBe(401);
      for (const caller of [mod, admin, actors.alice]) {
        expect((await caller.ban(person.id, { global: true })).status).toBe(403);
        expect((await caller.unban(person.id, { global: true })).status).toBe(403);
      }
    });
  });

  describe.each(['ban', 'unban'])('with a body for %s', (action) => {
    it.each([
      ['no scope', {}],
      ['both scopes', { rooms: ['lobby'], global: true }],
      ['no rooms', { rooms: [] }],
      ['"*" beside a room', { rooms: ['lobby', '*'] }],
      ['rooms that are a string', { rooms: 'lobby' }],
      ['a list', [LOBBY]],
      ['no JSON', 'lobby'],
      ['nothing', undefined],
      ...(action === 'ban'
        ? ([
            ['a timeout that is a word', { ...LOBBY, timeout: 'long' }],
            ['a timeout beyond numbers', '{"rooms": ["lobby"], "timeout": 1e999}'],
            ['a timeout that is true', { ...LOBBY, timeout: true }],
          ] as [string, unknown][])
        : []),
    ])('of %s answers 400 and changes nothing', async (_case, body) => {
      const person = newcomer();
      expect((await boss.post(`/user/${person.id}/${action}`, body)).status).toBe(400);
      expect(await server.sql('SELECT 1 FROM users WHERE session_id = $1', [person.id])).toEqual([]);
    });

    it('refuses unknown and repeated rooms, and invalid Session IDs', async () => {
      const { id } = newcomer();
      expect((await boss.post(`/user/${id}/${action}`, { rooms: ['lobby', 'nowhere'] })).status).toBe(404);
      expect((await boss.post(`/user/${id}/${action}`, { rooms: ['lobby', 'LOBBY'] })).status).toBe(403);
      expect((await boss.post(`/user/${id.slice(1)}/${action}`, LOBBY)).status).toBe(404);
    });
  });
});
