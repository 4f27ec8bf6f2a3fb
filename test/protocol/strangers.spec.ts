import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

/** Milliseconds until everybody who had to wait has a row: some hundred are written each second. */
const SOON = 20_000;
const MANY = 200;
/** More than one second's new users of both workers. */
const FLOOD = 1500;
/** Requests of a flood that are under way at once. */
const AT_ONCE = 150;
/** Two workers write up to 300 a second each; a second by the database's clock may overlap two of theirs. */
const ROWS_A_SECOND = 2 * 2 * 300;

describe('somebody whom the server has never seen', () => {
  let server: TestServer;
  let actors: Actors;
  let mod: SessionClient;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { RATE_LIMIT_PER_KEY: '0', POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server);
    mod = await actors.moderator();
    (await mod.postMessage('lobby', 'welcome')).expect(201);
  });

  afterAll(async () => {
    await server.stop();
  });

  const fresh = (): SessionClient => server.client(new Identity(), 'plain');

  /** How many of these people have a row. */
  async function known(people: readonly SessionClient[]): Promise<number> {
    const ids = people.map(({ id }) => id);
    const [row] = await server.sql('SELECT count(*)::int AS count FROM users WHERE session_id = ANY ($1)', [
      ids,
    ]);
    return Number(row?.count);
  }

  async function isKnown(person: SessionClient): Promise<boolean> {
    return (await known([person])) === 1;
  }

  /** Has everybody do something, some of them at a time. */
  async function each(
    people: readonly SessionClient[],
    act: (person: SessionClient) => Promise<unknown>,
  ): Promise<void> {
    const left = [...people];
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let person = left.shift(); person; person = left.shift()) await act(person);
    });
    await Promise.all(workers);
  }

  it('leaves no row for requests that concern no room, and few writes for reading one', async () => {
    const people = Array.from({ length: MANY }, fresh);
    await each(people, async (person) => (await person.capabilities()).expect(200));
    const [first] = people;
    (await first?.rooms())?.expect(200);
    (await first?.room('lobby'))?.expect(200);
    (await first?.batch([{ method: 'GET', path: '/capabilities' }]))?.expect(200);
    expect((await first?.permissions('lobby'))?.status).toBe(403);
    expect((await first?.pollInfo('nowhere'))?.status).toBe(404);
    expect(await known(people)).toBe(0);

    await each(people, async (person) => (await person.pollInfo('lobby')).expect(200));
    await eventually(async () => (await known(people)) === MANY, SOON);
    const [{ writes } = {}] = await server.sql(
      'SELECT count(DISTINCT xmin::text)::int AS writes FROM users WHERE session_id = ANY ($1)',
      [people.map(({ id }) => id)],
    );
    expect(Number(writes)).toBeLessThan(MANY / 2);
  });

  it.each<[string, (person: SessionClient) => Promise<{ status: number }>]>([
    ['polling a room', (person) => person.pollInfo('lobby')],
    ['reading its messages', (person) => person.messagesSince('lobby', 0)],
    ['reading their inbox', (person) => person.inbox()],
    ['asking what is new in it', (person) => person.inbox(0)],
    ['a batch of these', (person) => person.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 })],
    ['writing', (person) => person.delete('/inbox')],
  ])('is known after %s', async (_what, act) => {
    const person = fresh();
    expect([200, 304]).toContain((await act(person)).status);
    expect(await isKnown(person)).toBe(true);
    expect((await mod.sendDirectMessage(person.id, Buffer.of(1))).status).toBe(201);
    expect((await person.inbox()).expect(200).json).toHaveLength(1);
  });

  it('may write at once, and sees their own reaction', async () => {
    const writer = fresh();
    (await writer.rooms()).expect(200);
    const { id } = (await writer.postMessage('lobby', 'hello')).expect(201).json;
    (await writer.react('lobby', id, '🐟')).expect(200);
    const [row] = (await writer.messagesSince('lobby', 0)).json.slice(-1);
    expect(row).toMatchObject({ id, reactions: { '🐟': { you: true } } });
  });

  it('gets one row from many first requests at once', async () => {
    const identity = new Identity();
    const connections = Array.from({ length: 20 }, () => server.client(identity, 'plain'));
    const statuses = await Promise.all(
      connections.map(async (eager, index) => {
        const isReading = index % 2 === 0;
        return (await (isReading ? eager.pollInfo('lobby') : eager.postMessage('lobby', `post ${index}`)))
          .status;
      }),
    );
    for (const status of statuses) expect([200, 201]).toContain(status);
    expect(await known(connections.slice(0, 1))).toBe(1);
  });

  it('is kept out by decisions about their 05… ID, although they have looked around', async () => {
    const troll = actors.person('troll');
    (await troll.rooms()).expect(200);
    (await mod.ban(troll.sessionId, { rooms: ['lobby'] })).expect(200);
    expect((await troll.pollInfo('lobby')).status).toBe(403);
    expect((await troll.postMessage('lobby', 'hello')).status).toBe(403);
  });

  it('has the role that their 05… ID was given, although they have looked around', async () => {
    const appointed = actors.person('appointed');
    (await appointed.rooms()).expect(200);
    await actors.staff('appointed', { in: 'lobby' });
    expect((await appointed.room('lobby')).json.moderator).toBe(true);
  });

  it('is banned or let in alike by every worker, when a crowd and bans of its 05… IDs come together', async () => {
    const people = Array.from({ length: 40 }, fresh);
    await Promise.all([
      ...people.map(async (person) => person.pollInfo('lobby')),
      ...people.map(async ({ sessionId }) => (await mod.ban(sessionId, { rooms: ['lobby'] })).expect(200)),
    ]);
    for (const person of people) {
      expect((await person.pollInfo('lobby')).status).toBe(403);
      expect((await person.postMessage('lobby', 'hello')).status).toBe(403);
    }
  });

  it('is answered in a flood of others, which writes no more rows a second than the bound', async () => {
    const people = Array.from({ length: FLOOD }, fresh);
    await each(people, async (person) => (await person.pollInfo('lobby')).expect(200));
    // The last ones may wait for their rows still, each in the worker that they have polled.
    for (const person of people.slice(-20)) {
      expect((await person.messagesSince('lobby', 0)).expect(200).json.length).toBeGreaterThan(0);
      (await mod.sendDirectMessage(person.id, Buffer.of(1))).expect(201);
      expect((await person.inbox()).expect(200).json).toHaveLength(1);
    }
    await eventually(async () => (await known(people)) === FLOOD, SOON);
    const rows = await server.sql(
      `SELECT count(*)::int AS count FROM users WHERE session_id = ANY ($1) GROUP BY floor(created_at)`,
      [people.map(({ id }) => id)],
    );
    for (const { count } of rows) expect(Number(count)).toBeLessThanOrEqual(ROWS_A_SECOND);
  });
});
