import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

const LOBBY = { rooms: ['lobby'] };

/** Several processes change and use the standing of the same people at the same time. */
describe('a change of standing in a race', () => {
  let server: TestServer;
  let actors: Actors;
  let boss: SessionClient;
  let admin: SessionClient;
  let count = 0;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { POST_RATE_LIMIT: '100000' } });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    boss = await actors.globalAdmin();
    admin = actors.person('admin');
    (await boss.setRole(admin.id, { rooms: ['lobby', 'garden'] }, { admin: true })).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  function newcomer(): SessionClient {
    return actors.person(`newcomer ${++count}`);
  }

  async function infoUpdates(): Promise<number> {
    const [room] = await server.sql(`SELECT info_updates FROM rooms WHERE token = 'lobby'`);
    return Number(room?.info_updates);
  }

  it('is soon known to every process', async () => {
    const person = newcomer();
    for (const moderator of [true, false, true]) {
      (await admin.setRole(person.id, LOBBY, { moderator })).expect(200);
      await eventually(async () => {
        const seen = await Promise.all(Array.from({ length: 12 }, () => person.room('lobby')));
        return seen.every(({ json }) => json.moderator === moderator);
      });
    }
  });

  it('lets no post through after a ban has been answered', async () => {
    for (let round = 0; round < 8; round++) {
      const person = newcomer();
      (await person.postMessage('lobby', 'before')).expect(201);
      const posts = Array.from({ length: 6 }, (_, index) => person.postMessage('lobby', `during ${index}`));
      const banned = admin.ban(person.id, LOBBY).then((answer) => {
        answer.expect(200);
        return Promise.all(Array.from({ length: 6 }, () => person.postMessage('lobby', 'after')));
      });
      expect((await banned).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 403));
      const accepted = (await Promise.all(posts)).filter(({ status }) => status === 201);
      const stored = await server.sql(
        'SELECT count(*)::int AS n FROM messages m JOIN users u ON u.id = m.user_id WHERE u.session_id = $1',
        [person.id],
      );
      expect(stored).toEqual([{ n: 1 + accepted.length }]);
    }
  });

  it('lets nobody use a role after its removal has been answered', async () => {
    for (let round = 0; round < 8; round++) {
      const [mod, victim] = [newcomer(), newcomer()];
      (await admin.setRole(mod.id, LOBBY, { moderator: true })).expect(200);
      const during = mod.setPermissions('lobby', victim.id, { upload: false });
      const removed = admin.setRole(mod.id, LOBBY, { moderator: false }).then((answer) => {
        answer.expect(200);
        return Promise.all([
          mod.ban(victim.id, LOBBY),
          mod.setPermissions('lobby', victim.id, { write: false }),
          mod.postMessage('lobby', 'psst', { whisperMods: true }),
        ]);
      });
      expect((await removed).map(({ status }) => status)).toEqual([403, 403, 403]);
      const early = (await during).status === 200;
      expect((await admin.permissions('lobby', victim.id)).json).toEqual(early ? { upload: false } : {});
    }
  });

  it('appoints twenty at once, each counted once', async () => {
    const people = Array.from({ length: 20 }, newcomer);
    const start = await infoUpdates();
    const answers = await Promise.all(people.map(({ id }) => admin.setRole(id, LOBBY, { moderator: true })));
    const counts = answers.map((answer) => answer.expect(200).json.info_updates.lobby ?? 0);
    expect(counts.sort((one, other) => one - other)).toEqual(people.map((_, index) => start + index + 1));
    const { moderators } = (await admin.room('lobby')).json;
    expect(moderators).toEqual(expect.arrayContaining(people.map(({ id }) => id)));
  });

  it('appoints one person by twenty requests at once, by both IDs, and counts that once', async () => {
    const person = newcomer();
    const start = await infoUpdates();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        admin.setRole(index % 2 === 0 ? person.id : person.sessionId, LOBBY, { admin: true }),
      ),
    );
    answers.forEach((answer) => answer.expect(200));
    expect((await person.room('lobby')).json.admins).toContain(person.id);
    // One more when the record under the 05… ID came first and the 15… user took it over.
    expect([start + 1, start + 2]).toContain(await infoUpdates());
  });

  it('ends a ban and an appointment at once in the ban', async () => {
    for (let round = 0; round < 8; round++) {
      const person = newcomer();
      const [ban, role] = await Promise.all([
        admin.ban(person.id, LOBBY),
        boss.setRole(person.id, LOBBY, { moderator: true }),
      ]);
      ban.expect(200);
      expect([200, 400]).toContain(role.status);
      expect((await admin.permissions('lobby', person.id)).json).toEqual({ banned: true });
    }
  });

  it('lets one of two admins who dismiss each other at once succeed, whatever the room', async () => {
    for (let round = 0; round < 6; round++) {
      const [one, two] = [newcomer(), newcomer()];
      for (const { id } of [one, two]) {
        (await boss.setRole(id, { rooms: ['lobby', 'garden'] }, { admin: true })).expect(200);
      }
      const statuses = (
        await Promise.all([
          one.setRole(two.id, LOBBY, { moderator: false }),
          two.setRole(one.id, LOBBY, { moderator: false }),
          one.setRole(two.id, { rooms: ['garden'] }, { moderator: false }),
          two.setRole(one.id, { rooms: ['garden'] }, { moderator: false }),
        ])
      ).map(({ status }) => status);
      expect(statuses.slice(0, 2).sort()).toEqual([200, 403]);
      expect(statuses.slice(2).sort()).toEqual([200, 403]);
    }
  });

  it('keeps every one of several permissions that moderators set at once', async () => {
    const person = newcomer();
    const names = ['read', 'accessible', 'write', 'upload'];
    await Promise.all(names.map((name) => admin.setPermissions('lobby', person.id, { [name]: false })));
    expect((await admin.permissions('lobby', person.id)).json).toEqual(
      Object.fromEntries(names.map((name) => [name, false])),
    );
  });

  it('bans for the time of one of several requests at once', async () => {
    const person = newcomer();
    await Promise.all([100, 200, 300, 400].map((timeout) => admin.ban(person.id, LOBBY, timeout)));
    expect((await admin.futurePermissions('lobby', person.id)).json).toHaveLength(1);
  });
});
