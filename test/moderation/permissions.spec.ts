import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('permissions of users in a room', () => {
  let server: OpenServer;
  let actors: Actors;
  let boss: SessionClient;
  let mod: SessionClient;
  let count = 0;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    boss = await actors.globalAdmin();
    mod = actors.person('mod');
    (await boss.setRole(mod.id, { rooms: ['lobby'] }, { moderator: true })).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Someone whom the server has not seen. */
  function newcomer(): SessionClient {
    return actors.person(`newcomer ${++count}`);
  }

  async function shown(person: SessionClient): Promise<object> {
    return (await mod.permissions('lobby', person.id)).expect(200).json;
  }

  describe('set by POST /room/T/permissions/U', () => {
    it('holds against the room’s defaults, and answers with all overrides of the user', async () => {
      const person = newcomer();
      const first = (await mod.setPermissions('lobby', person.id, { write: false, read: true })).expect(200);
      expect(first.json).toEqual({ read: true, write: false, session_id: person.id });
      expect((await person.postMessage('lobby', 'hello')).status).toBe(403);
      const second = (await mod.setPermissions('lobby', person.id, { upload: false })).expect(200);
      expect(second.json).toEqual({ read: true, write: false, upload: false, session_id: person.id });
      expect(await shown(person)).toEqual({ read: true, write: false, upload: false });
      expect((await person.room('lobby')).json).toMatchObject({ read: true, write: false, upload: false });
    });

    it('clears by default_X, and leaves no empty entry', async () => {
      const person = newcomer();
      (await mod.setPermissions('lobby', person.id, { write: false, upload: false })).expect(200);
      const cleared = await mod.setPermissions('lobby', person.id, { default_write: true });
      expect(cleared.expect(200).json).toEqual({ upload: false, session_id: person.id });
      const empty = await mod.setPermissions('lobby', person.id, { default_upload: true });
      expect(empty.expect(200).json).toEqual({ session_id: person.id });
      expect((await mod.permissions('lobby')).json).not.toHaveProperty(person.id);
      expect((await person.postMessage('lobby', 'hello')).status).toBe(201);
    });

    it('ignores null, and lets a value and a false default_X stand together', async () => {
      const person = newcomer();
      const body = { read: null, write: false, default_write: false, default_read: null };
      const answer = await mod.post(`/room/lobby/permissions/${person.id}`, body);
      expect(answer.expect(200).json).toEqual({ write: false, session_id: person.id });
    });

    it('hides the room from someone without read and accessible, who may still post', async () => {
      const person = newcomer();
      (await mod.setPermissions('lobby', person.id, { read: false, accessible: false })).expect(200);
      expect((await person.room('lobby')).status).toBe(404);
      expect((await person.recentMessages('lobby')).status).toBe(404);
      (await mod.setPermissions('lobby', person.id, { accessible: true })).expect(200);
      expect((await person.room('lobby')).json).toMatchObject({ read: false, write: true });
      expect((await person.recentMessages('lobby')).status).toBe(403);
      expect((await person.postMessage('lobby', 'into the dark')).status).toBe(201);
    });

    it('shows the blinded ID of someone named by their Session ID, once they are known', async () => {
      const [known, unknown] = [newcomer(), newcomer()];
      await known.pollInfo('lobby');
      const one = await mod.setPermissions('lobby', known.sessionId, { upload: false });
      expect(one.expect(200).json).toEqual({ upload: false, session_id: known.id });
      const other = await mod.setPermissions('lobby', unknown.sessionId, { upload: false });
      expect(other.expect(200).json).toEqual({ upload: false, session_id: unknown.sessionId });
      expect((await unknown.room('lobby')).json.upload).toBe(false);
      expect((await mod.permissions('lobby', unknown.sessionId)).json).toEqual({ upload: false });
      expect((await mod.permissions('lobby')).json).toHaveProperty(unknown.id);
    });

    it('does not raise info_updates', async () => {
      const start = (await mod.room('lobby')).json.info_updates;
      (await mod.setPermissions('lobby', newcomer().id, { read: false })).expect(200);
      expect((await mod.room('lobby')).json.info_updates).toBe(start);
    });

    it.each([
      ['nothing', undefined],
      ['nothing in it', {}],
      ['unschedule alone', { unschedule: true }],
      ['nulls', { read: null, default_write: null }],
      ['a default_X that is false', { default_read: false }],
      ['a permission and its default_X', { read: true, default_read: true }],
      ['a denied permission and its default_X', { write: false, default_write: true }],
      ['a number', { read: 2 }],
      ['a word', { upload: 'no' }],
      ['a default_X that is a word', { default_upload: 'yes' }],
      ['an unschedule that is a word', { read: true, unschedule: 'no' }],
      ['a list', [{ read: true }]],
      ['no JSON', '{read: true}'],
    ])('answers 400 to a body with %s and changes nothing', async (_case, body) => {
      const person = newcomer();
      expect((await mod.post(`/room/lobby/permissions/${person.id}`, body)).status).toBe(400);
      expect(await shown(person)).toEqual({});
    });
  });

  describe('shown by GET /room/T/permissions', () => {
    it('names the higher one of roles, and hidden and banned only when they apply', async () => {
      const [admin, hidden, banned] = [newcomer(), newcomer(), newcomer()];
      (await boss.setRole(admin.id, { rooms: ['lobby'] }, { admin: true })).expect(200);
      (await boss.setRole(hidden.id, { rooms: ['lobby'] }, { moderator: true, visible: false })).expect(200);
      (await mod.ban(banned.id, { rooms: ['lobby'] })).expect(200);
      const everyone = (await mod.permissions('lobby')).expect(200).json;
      expect(everyone).toMatchObject({
        [admin.id]: { admin: true },
        [hidden.id]: { moderator: true, hidden: true },
        [banned.id]: { banned: true },
        [mod.id]: { moderator: true },
      });
      expect(await shown(admin)).toEqual({ admin: true });
      expect(await shown(hidden)).toEqual({ moderator: true, hidden: true });
    });

    it('is {} for someone without overrides, known or not', async () => {
      await actors.alice.room('lobby');
      expect(await shown(actors.alice)).toEqual({});
      expect(await shown(newcomer())).toEqual({});
      expect((await mod.permissions('lobby', newcomer().sessionId)).json).toEqual({});
    });
  });

  describe('scheduled by POST /room/T/futurePermissions/U', () => {
    it('accumulate, soonest first, and are listed per user and for the room', async () => {
      const person = newcomer();
      const now = Date.now() / 1000;
      (await mod.scheduleChange('lobby', person.id, { in: 2000, write: true, read: true })).expect(200);
      const answer = (await mod.scheduleChange('lobby', person.id, { in: 1000, write: false })).expect(200);
      const expected = [
        { at: expect.closeTo(now + 1000, -1) as number, write: false },
        { at: expect.closeTo(now + 2000, -1) as number, read: true, write: true },
      ];
      expect(answer.json).toEqual(expected);
      expect((await mod.futurePermissions('lobby', person.id)).expect(200).json).toEqual(expected);
      const all = (await mod.futurePermissions('lobby')).expect(200).json as { session_id: string }[];
      expect(all.filter(({ session_id }) => session_id === person.id)).toEqual(
        expected.map((change) => ({ ...change, session_id: person.id })),
      );
      expect((await boss.futurePermissions('garden')).json).toEqual([]);
    });

    it('are dropped when the same permission is set, unless unschedule is false', async () => {
      const person = newcomer();
      const left = async (): Promise<object[]> => {
        const changes = (await mod.futurePermissions('lobby', person.id)).json as { at: number }[];
        return changes.map(({ at, ...values }) => ({
          ...values,
          in: Math.round((at - Date.now() / 1000) / 100),
        }));
      };
      (await mod.scheduleChange('lobby', person.id, { in: 100, read: true, write: true })).expect(200);
      (await mod.scheduleChange('lobby', person.id, { in: 200, write: false })).expect(200);
      (await mod.setPermissions('lobby', person.id, { write: false, unschedule: false })).expect(200);
      expect(await left()).toEqual([
        { read: true, write: true, in: 1 },
        { write: false, in: 2 },
      ]);
      (await mod.setPermissions('lobby', person.id, { upload: false, accessible: true })).expect(200);
      expect(await left()).toHaveLength(2);
      (await mod.setPermissions('lobby', person.id, { write: false })).expect(200);
      expect(await left()).toEqual([{ read: true, in: 1 }]);
      (await mod.setPermissions('lobby', person.id, { default_read: true })).expect(200);
      expect(await left()).toEqual([]);
    });

    it('include bans that end, which setting permissions leaves alone', async () => {
      const person = newcomer();
      (await mod.ban(person.id, { rooms: ['lobby'] }, 300)).expect(200);
      (await mod.setPermissions('lobby', person.id, { read: true, write: true })).expect(200);
      const [change, ...others] = (await mod.futurePermissions('lobby', person.id)).json;
      expect(change).toMatchObject({ banned: false });
      expect(others).toEqual([]);
    });

    it('are none for someone unknown', async () => {
      expect((await mod.futurePermissions('lobby', newcomer().id)).expect(200).json).toEqual([]);
    });

    it.each([
      ['no time', { write: true }],
      ['no permission', { in: 5 }],
      ['nulls', { in: 5, write: null }],
      ['accessible alone', { in: 5, accessible: true }],
      ['now', { in: 0, write: true }],
      ['the past', { in: -1, write: true }],
      ['a point in time', { in: 1e9, write: true }],
      ['a time that is a word', { in: '60', write: true }],
      ['a permission that is a number', { in: 60, write: 2 }],
      ['a list', [{ in: 60, write: true }]],
      ['nothing', undefined],
    ])('answers 400 to a body with %s and schedules nothing', async (_case, body) => {
      const person = newcomer();
      expect((await mod.post(`/room/lobby/futurePermissions/${person.id}`, body)).status).toBe(400);
      expect((await mod.futurePermissions('lobby', person.id)).json).toEqual([]);
    });
  });

  it.each(['permissions', 'futurePermissions'])('lets nobody but moderators see and set %s', async (kind) => {
    const path = `/room/lobby/${kind}`;
    const one = `${path}/${actors.bob.id}`;
    const body = kind === 'permissions' ? { read: true } : { in: 60, read: true };
    for (const [caller, status] of [
      [actors.alice, 403],
      [actors.anonymous, 401],
    ] as const) {
      expect((await caller.get(path)).status).toBe(status);
      expect((await caller.get(one)).status).toBe(status);
      expect((await caller.post(one, body)).status).toBe(status);
    }
    expect((await mod.get(`/room/garden/${kind}`)).status).toBe(403);
    expect((await mod.get(`/room/nowhere/${kind}`)).status).toBe(404);
    expect((await mod.post(`/room/nowhere/${kind}/${actors.bob.id}`, body)).status).toBe(404);
    expect((await mod.get(`${path}/05aa`)).status).toBe(404);
    expect((await mod.post(`${path}/05aa`, body)).status).toBe(404);
  });
});
