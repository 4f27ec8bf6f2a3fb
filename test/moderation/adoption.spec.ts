import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

/** A moderator's decision about an `05…` ID holds for the `15…` user who turns up later (protocol 2). */
describe('someone named by their Session ID before the server has seen them', () => {
  let server: TestServer;
  let actors: Actors;
  let boss: SessionClient;
  let count = 0;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    boss = await actors.globalAdmin();
    await boss.pollInfo('lobby');
  });

  afterAll(async () => {
    await server.stop();
  });

  function newcomer(): SessionClient {
    return actors.person(`newcomer ${++count}`);
  }

  async function standingOf(sessionId: string): Promise<object | undefined> {
    const [row] = await server.sql(
      `SELECT banned, moderator, admin, visible,
         (SELECT count(*)::int FROM permission_overrides o WHERE o.user_id = u.id) AS overrides,
         (SELECT count(*)::int FROM scheduled_permissions s WHERE s.user_id = u.id) AS permissions,
         (SELECT count(*)::int FROM scheduled_bans b WHERE b.user_id = u.id) AS bans
       FROM users u WHERE session_id = $1`,
      [sessionId],
    );
    return row;
  }

  const NOTHING = {
    banned: false,
    moderator: false,
    admin: false,
    visible: false,
    overrides: 0,
    permissions: 0,
    bans: 0,
  };

  it('gets all decisions about them with their first request, and the 05… record keeps none of them', async () => {
    const person = newcomer();
    const { sessionId } = person;
    (await boss.setRole(sessionId, { global: true }, { admin: true, visible: true })).expect(200);
    (await boss.setPermissions('garden', sessionId, { upload: false })).expect(200);
    (await boss.scheduleChange('garden', sessionId, { in: 500, upload: true })).expect(200);
    await server.sql(
      `INSERT INTO scheduled_bans (user_id, due_at, banned) SELECT id, 1e10, false FROM users WHERE session_id = $1`,
      [sessionId],
    );
    const decided = { banned: false, moderator: true, admin: true, visible: true };
    const counts = { overrides: 1, permissions: 1, bans: 1 };
    expect(await standingOf(sessionId)).toEqual({ ...decided, ...counts });
    expect((await person.room('lobby')).json).toMatchObject({ global_admin: true });
    expect(await standingOf(person.id)).toEqual({ ...decided, ...counts });
    expect(await standingOf(sessionId)).toEqual(NOTHING);
    expect((await boss.futurePermissions('garden', sessionId)).json).toHaveLength(1);
  });

  it('is refused with their very first request when banned', async () => {
    const [everywhere, inRoom] = [newcomer(), newcomer()];
    (await boss.ban(everywhere.sessionId, { global: true })).expect(200);
    (await boss.ban(inRoom.sessionId, { rooms: ['lobby'] }, 1000)).expect(200);
    expect((await everywhere.get('/rooms')).status).toBe(403);
    expect((await inRoom.postMessage('lobby', 'first')).status).toBe(403);
    expect((await boss.futurePermissions('lobby', inRoom.id)).json).toHaveLength(1);
  });

  it('is listed by their 05… ID until then, and info_updates tells of the change', async () => {
    const person = newcomer();
    const role = await boss.setRole(person.sessionId, { rooms: ['lobby'] }, { moderator: true });
    const { lobby = 0 } = role.expect(200).json.info_updates;
    expect((await actors.alice.room('lobby')).json.moderators).toContain(person.sessionId);
    (await person.get('/capabilities')).expect(200);
    const after = (await boss.room('lobby')).json;
    expect(after.info_updates).toBe(lobby + 1);
    expect(after.moderators).toContain(person.id);
    expect(after.moderators).not.toContain(person.sessionId);
  });

  it('is the same person by either ID, before and after', async () => {
    const person = newcomer();
    (await boss.setRole(person.sessionId, { rooms: ['lobby'] }, { moderator: true })).expect(200);
    // Named by the blinded ID, the record that waited is taken over although its owner has not come yet.
    (await boss.ban(person.id, { rooms: ['lobby'] })).expect(200);
    expect(await standingOf(person.sessionId)).toEqual(NOTHING);
    expect((await boss.permissions('lobby', person.sessionId)).json).toEqual({ banned: true });
    (await boss.unban(person.sessionId, { rooms: ['lobby'] })).expect(200);
    expect((await person.postMessage('lobby', 'hello')).status).toBe(201);
  });

  it('gets decisions about an 05… record for which nobody waits, as an import leaves it', async () => {
    const person = newcomer();
    await server.sql('INSERT INTO users (session_id, created_at, last_active_at) VALUES ($1, 1, 1)', [
      person.sessionId,
    ]);
    (await boss.setRole(person.sessionId, { rooms: ['lobby'] }, { moderator: true })).expect(200);
    expect((await person.room('lobby')).json.moderator).toBe(true);
    expect(await standingOf(person.sessionId)).toEqual(NOTHING);
  });

  it('is created once by parallel first requests to several processes, with all decisions', async () => {
    for (let round = 0; round < 5; round++) {
      const person = newcomer();
      (await boss.setRole(person.sessionId, { rooms: ['lobby', 'garden'] }, { admin: true })).expect(200);
      const answers = await Promise.all(Array.from({ length: 10 }, () => person.room('lobby')));
      expect(answers.map(({ status, json }) => [status, json.admin])).toEqual(answers.map(() => [200, true]));
      expect(await standingOf(person.id)).toEqual({ ...NOTHING, overrides: 2 });
      expect(await standingOf(person.sessionId)).toEqual(NOTHING);
    }
  });

  it('keeps a role that is given at the moment of their first request', async () => {
    for (let round = 0; round < 10; round++) {
      const person = newcomer();
      const [, appointed] = await Promise.all([
        person.pollInfo('lobby'),
        boss.setRole(person.sessionId, { rooms: ['lobby'] }, { moderator: true }),
        person.messagesSince('lobby', 0),
      ]);
      appointed.expect(200);
      expect((await boss.permissions('lobby', person.id)).json).toEqual({ moderator: true });
      expect((await standingOf(person.sessionId)) ?? NOTHING).toEqual(NOTHING);
    }
  });
});
