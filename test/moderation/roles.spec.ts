import { type SessionClient } from '../client/client.js';
import { type Role } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

type Standing = 'nobody' | 'moderator' | 'admin';

/** The `permissions` of each standing. */
const SHOWN: Record<Standing, object> = {
  nobody: {},
  moderator: { moderator: true },
  admin: { admin: true },
};

describe('POST /user/U/moderator', () => {
  let server: OpenServer;
  let actors: Actors;
  let boss: SessionClient;
  let admin: SessionClient;
  let count = 0;

  beforeAll(async () => {
    server = await openServer();
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    await server.addRoom('cellar');
    boss = await actors.globalAdmin();
    admin = actors.person('admin');
    (await boss.setRole(admin.id, { rooms: ['lobby', 'garden'] }, { admin: true })).expect(200);
    (await boss.updateRoom('cellar', { default_read: false, default_accessible: false })).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Someone whom the server has not seen. */
  function newcomer(): SessionClient {
    return actors.person(`newcomer ${++count}`);
  }

  async function infoUpdates(room = 'lobby'): Promise<number> {
    return (await boss.room(room)).expect(200).json.info_updates;
  }

  async function expectNoRole(room: string, person: SessionClient): Promise<void> {
    expect((await boss.permissions(room, person.id)).expect(200).json).toEqual({});
  }

  describe('the table of roles', () => {
    const changes: [Role, Record<Standing, Standing>][] = [
      [
        { admin: true, moderator: true },
        { nobody: 'admin', moderator: 'admin', admin: 'admin' },
      ],
      [
        { admin: true, moderator: null },
        { nobody: 'admin', moderator: 'admin', admin: 'admin' },
      ],
      [{ admin: true }, { nobody: 'admin', moderator: 'admin', admin: 'admin' }],
      [
        { admin: null, moderator: true },
        { nobody: 'moderator', moderator: 'moderator', admin: 'admin' },
      ],
      [{ moderator: true }, { nobody: 'moderator', moderator: 'moderator', admin: 'admin' }],
      [
        { admin: false, moderator: true },
        { nobody: 'moderator', moderator: 'moderator', admin: 'moderator' },
      ],
      [
        { admin: false, moderator: null },
        { nobody: 'nobody', moderator: 'moderator', admin: 'moderator' },
      ],
      [{ admin: false }, { nobody: 'nobody', moderator: 'moderator', admin: 'moderator' }],
      [
        { admin: null, moderator: false },
        { nobody: 'nobody', moderator: 'nobody', admin: 'nobody' },
      ],
      [
        { admin: false, moderator: false },
        { nobody: 'nobody', moderator: 'nobody', admin: 'nobody' },
      ],
    ];
    const standings: Standing[] = ['nobody', 'moderator', 'admin'];
    const cases = changes.flatMap(([change, outcomes]) =>
      standings.map((was) => ({ change, was, becomes: outcomes[was] })),
    );

    it.each(cases)('makes a room’s $becomes of $was by $change', async ({ change, was, becomes }) => {
      const person = newcomer();
      if (was !== 'nobody')
        (await admin.setRole(person.id, { rooms: ['lobby'] }, { [was]: true })).expect(200);
      const start = await infoUpdates();
      const answer = (await admin.setRole(person.id, { rooms: ['lobby'] }, change)).expect(200).json;
      expect((await boss.permissions('lobby', person.id)).json).toEqual(SHOWN[becomes]);
      const lobby = start + Number(was !== becomes);
      expect(answer).toEqual({ info_updates: { lobby } });
      expect(await infoUpdates()).toBe(lobby);
    });

    it.each(cases)('makes a global $becomes of $was by $change', async ({ change, was, becomes }) => {
      const person = newcomer();
      if (was !== 'nobody') (await boss.setRole(person.id, { global: true }, { [was]: true })).expect(200);
      const start = [await infoUpdates('cellar'), await infoUpdates('garden'), await infoUpdates('lobby')];
      const answer = (await boss.setRole(person.id, { global: true }, change)).expect(200).json;
      const details = (await person.room('lobby')).expect(200).json;
      expect(details.global_admin).toBe(becomes === 'admin');
      expect(details.global_moderator).toBe(becomes !== 'nobody');
      const [cellar, garden, lobby] = start.map((count) => count + Number(was !== becomes));
      expect(answer).toEqual({ info_updates: { cellar, garden, lobby } });
    });
  });

  describe('visibility', () => {
    it('shows a room role unless it is hidden, and raises info_updates also when only that changes', async () => {
      const person = newcomer();
      const start = await infoUpdates();
      const setRole = async (role: Role): Promise<number | undefined> =>
        (await admin.setRole(person.id, { rooms: ['lobby'] }, role)).expect(200).json.info_updates.lobby;
      const listed = async (): Promise<boolean> =>
        (await actors.alice.room('lobby')).json.moderators.includes(person.id);
      expect(await setRole({ moderator: true })).toBe(start + 1);
      expect(await listed()).toBe(true);
      expect(await setRole({ moderator: true, visible: false })).toBe(start + 2);
      expect(await listed()).toBe(false);
      expect((await admin.room('lobby')).json.hidden_moderators).toContain(person.id);
      expect(await setRole({ moderator: true, visible: false })).toBe(start + 2);
      expect(await setRole({ moderator: true })).toBe(start + 3);
      expect(await listed()).toBe(true);
    });

    it('hides a global role unless it is shown, and lets the room’s own setting win', async () => {
      const person = newcomer();
      const start = await infoUpdates();
      const listed = async (): Promise<boolean> =>
        (await actors.alice.room('lobby')).json.admins.includes(person.id);
      (await boss.setRole(person.id, { global: true }, { admin: true })).expect(200);
      expect(await listed()).toBe(false);
      (await boss.setRole(person.id, { global: true }, { admin: true, visible: true })).expect(200);
      expect(await listed()).toBe(true);
      expect(await infoUpdates()).toBe(start + 2);
      (await boss.setRole(person.id, { rooms: ['lobby'] }, { moderator: true, visible: false })).expect(200);
      expect(await listed()).toBe(false);
      expect((await boss.room('lobby')).json.hidden_admins).toContain(person.id);
      expect((await actors.alice.room('garden')).json.admins).toContain(person.id);
      (await boss.setRole(person.id, { global: true }, { moderator: false })).expect(200);
      (await boss.setRole(person.id, { rooms: ['lobby'] }, { moderator: false })).expect(200);
    });
  });

  describe('rooms', () => {
    it('answers with every room named, in the token’s own spelling', async () => {
      const person = newcomer();
      const { info_updates } = (
        await admin.setRole(person.id, { rooms: ['LOBBY', 'garden'] }, { moderator: true })
      ).expect(200).json;
      expect(info_updates).toEqual({
        garden: await infoUpdates('garden'),
        lobby: await infoUpdates('lobby'),
      });
    });

    it('reads "*" as every room where the caller is admin', async () => {
      const [one, two] = [newcomer(), newcomer()];
      const own = (await admin.setRole(one.id, { rooms: ['*'] }, { moderator: true })).expect(200).json;
      expect(Object.keys(own.info_updates)).toEqual(['garden', 'lobby']);
      const all = (await boss.setRole(two.id, { rooms: ['*'] }, { moderator: true })).expect(200).json;
      expect(Object.keys(all.info_updates)).toEqual(['cellar', 'garden', 'lobby']);
    });

    it('accepts global: false beside rooms', async () => {
      const body = { rooms: ['lobby'], global: false, moderator: true };
      expect((await admin.post(`/user/${newcomer().id}/moderator`, body)).status).toBe(200);
    });

    it.each([
      ['one of several is not the caller’s', ['lobby', 'garden', 'open'], 403],
      ['one is unknown', ['lobby', 'nowhere'], 404],
      ['one is hidden from the caller', ['lobby', 'cellar'], 404],
      ['one is no token', ['lobby', 'no\u0000token'], 404],
      ['one is named twice', ['lobby', 'garden', 'LOBBY'], 403],
    ])('changes nothing when %s', async (_case, rooms, status) => {
      if (rooms.includes('open')) await server.addRoom('open');
      const person = newcomer();
      const start = await infoUpdates();
      expect((await admin.setRole(person.id, { rooms }, { moderator: true })).status).toBe(status);
      expect(await infoUpdates()).toBe(start);
      await expectNoRole('lobby', person);
      expect(await server.sql('SELECT 1 FROM users WHERE session_id = $1', [person.id])).toEqual([]);
    });
  });

  describe('the right to change roles', () => {
    it('belongs to an admin of the room, not to a moderator or anyone else', async () => {
      const mod = newcomer();
      (await admin.setRole(mod.id, { rooms: ['lobby'] }, { moderator: true })).expect(200);
      const attempts = [mod, actors.alice].map((caller) =>
        caller.setRole(newcomer().id, { rooms: ['lobby'] }, { moderator: true }),
      );
      expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual([403, 403]);
      const anonymous = await actors.anonymous.setRole(mod.id, { rooms: ['lobby'] }, { moderator: false });
      expect(anonymous.status).toBe(401);
      expect((await actors.alice.setRole(mod.id, { rooms: ['*'] }, { moderator: true })).status).toBe(403);
    });

    it('belongs to a global admin for global roles', async () => {
      const globalMod = newcomer();
      (await boss.setRole(globalMod.id, { global: true }, { moderator: true })).expect(200);
      for (const caller of [admin, globalMod, actors.alice]) {
        expect((await caller.setRole(newcomer().id, { global: true }, { moderator: true })).status).toBe(403);
      }
      expect((await globalMod.setRole(newcomer().id, { rooms: ['lobby'] }, { admin: true })).status).toBe(
        403,
      );
      (await boss.setRole(globalMod.id, { global: true }, { moderator: false })).expect(200);
    });

    it('lets admins resign', async () => {
      const person = newcomer();
      (await admin.setRole(person.id, { rooms: ['lobby'] }, { admin: true })).expect(200);
      (await person.setRole(person.id, { rooms: ['lobby'] }, { moderator: false })).expect(200);
      expect((await person.room('lobby')).json.moderator).toBe(false);
      expect((await person.setRole(person.id, { rooms: ['lobby'] }, { moderator: true })).status).toBe(403);
    });

    it('does not appoint someone who is banned, and changes nothing', async () => {
      const [inRoom, everywhere] = [newcomer(), newcomer()];
      (await admin.ban(inRoom.id, { rooms: ['garden'] })).expect(200);
      (await boss.ban(everywhere.id, { global: true })).expect(200);
      const refusals = await Promise.all([
        admin.setRole(inRoom.id, { rooms: ['lobby', 'garden'] }, { moderator: true }),
        admin.setRole(everywhere.id, { rooms: ['lobby'] }, { admin: true }),
        boss.setRole(everywhere.id, { global: true }, { moderator: true }),
      ]);
      expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400]);
      await expectNoRole('lobby', inRoom);
      expect((await admin.setRole(inRoom.id, { rooms: ['garden'] }, { moderator: false })).status).toBe(200);
      (await admin.unban(inRoom.id, { rooms: ['garden'] })).expect(200);
      expect((await admin.setRole(inRoom.id, { rooms: ['garden'] }, { moderator: true })).status).toBe(200);
    });
  });

  it.each([
    ['no scope', { moderator: true }],
    ['both scopes', { rooms: ['lobby'], global: true, moderator: true }],
    ['no rooms', { rooms: [], moderator: true }],
    ['no rooms, not global', { rooms: null, global: false, moderator: true }],
    ['"*" beside a room', { rooms: ['*', 'lobby'], moderator: true }],
    ['rooms that are a string', { rooms: 'lobby', moderator: true }],
    ['rooms that are numbers', { rooms: [1], moderator: true }],
    ['a global that is a word', { global: 'yes', moderator: true }],
    ['no role', { rooms: ['lobby'] }],
    ['both roles null', { rooms: ['lobby'], moderator: null, admin: null }],
    ['visibility alone', { rooms: ['lobby'], visible: false }],
    ['an admin who is no moderator', { rooms: ['lobby'], moderator: false, admin: true }],
    ['a role that is a word', { rooms: ['lobby'], moderator: 'true' }],
    ['a visibility that is neither 0 nor 1', { rooms: ['lobby'], moderator: true, visible: 2 }],
    ['a list', [{ rooms: ['lobby'], moderator: true }]],
    ['null', null],
    ['no JSON', '{"rooms": ["lobby"], "moderator": true'],
    ['nothing', undefined],
  ])('answers 400 to a body with %s and changes nothing', async (_case, body) => {
    const person = newcomer();
    const start = await infoUpdates();
    const answer = await boss.post(`/user/${person.id}/moderator`, body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await infoUpdates()).toBe(start);
    expect(await server.sql('SELECT 1 FROM users WHERE session_id = $1', [person.id])).toEqual([]);
  });

  it.each(['nobody', `00${'a'.repeat(64)}`, `05${'a'.repeat(63)}`, `15${'g'.repeat(64)}`])(
    'answers 404 for %s, which is no Session ID',
    async (id) => {
      const answer = await boss.post(`/user/${id}/moderator`, { rooms: ['lobby'], moderator: true });
      expect(answer.status).toBe(404);
    },
  );

  it('reads Session IDs in upper case as the same IDs', async () => {
    const person = newcomer();
    (await admin.setRole(person.id.toUpperCase(), { rooms: ['lobby'] }, { moderator: true })).expect(200);
    expect((await person.room('lobby')).json.moderator).toBe(true);
    (await admin.setRole(person.sessionId.toUpperCase(), { rooms: ['lobby'] }, { moderator: false })).expect(
      200,
    );
    expect((await person.room('lobby')).json.moderator).toBe(false);
  });
});
