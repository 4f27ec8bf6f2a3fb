import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { type BatchRequest } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

/** Keys that somebody makes up, and how many of them send at once. */
const KEYS = 500;
const AT_ONCE = 50;
/** Bytes. */
const LARGEST_FILE = 4000;
const MOST_UNCLAIMED = 2000;
const POST_RATE = 5;

/** Anybody can make up keys, so a key costs the database nothing until something is written that others see. */
describe('somebody with a key that nobody knows', () => {
  let server: TestServer;
  let actors: Actors;
  let admin: SessionClient;
  let message: number;

  beforeAll(async () => {
    server = await startServer({
      workers: 2,
      env: {
        UPLOAD_MAX_BYTES: String(LARGEST_FILE),
        UNCLAIMED_BYTES_PER_USER: String(MOST_UNCLAIMED),
        POST_RATE_LIMIT: String(POST_RATE),
        POST_RATE_INTERVAL: '600',
        MAX_REACTION_KINDS: '1',
      },
    });
    actors = new Actors(server);
    admin = await actors.globalAdmin();
    for (const room of ['hidden', 'closed']) await server.addRoom(room);
    (await admin.updateRoom('hidden', { default_accessible: false, default_read: false })).expect(200);
    (await admin.updateRoom('closed', { default_write: false, default_upload: false })).expect(200);
    message = (await admin.postMessage('lobby', 'welcome')).expect(201).json.id;
    (await admin.react('lobby', message, '🐟')).expect(200);
    (await actors.bob.pollInfo('lobby')).expect(200);
    (await admin.ban(actors.bob.id, { global: true })).expect(200);
  });

  afterAll(() => server.stop());

  const fresh = (): SessionClient => server.client(new Identity(), 'plain');

  async function knownPeople(): Promise<number> {
    const [row] = await server.sql('SELECT count(*)::int AS rows FROM users');
    return Number(row?.rows);
  }

  /** Requests of which each is refused for another reason, or has nothing to change. */
  function vainRequests(by: SessionClient): BatchRequest[] {
    const post = (room: string, json: object = by.messageBody('hello')): BatchRequest => ({
      method: 'POST',
      path: `/room/${room}/message`,
      json,
    });
    const upload = (room: string, bytes: number): BatchRequest => ({
      method: 'POST',
      path: `/room/${room}/file`,
      b64: Buffer.alloc(bytes, 1).toString('base64'),
    });
    const letter = (recipient: string, bytes = 10): BatchRequest => ({
      method: 'POST',
      path: `/inbox/${recipient}`,
      json: { message: Buffer.alloc(bytes, 1).toString('base64') },
    });
    const react = (room: string, id: number, reaction: string): BatchRequest => ({
      method: 'PUT',
      path: `/room/${room}/reaction/${id}/${reaction}`,
      json: {},
    });
    const asStaff = (path: string, json: object): BatchRequest => ({ method: 'POST', path, json });
    return [
      post('lobby', { ...by.messageBody('hello'), signature: Buffer.alloc(64, 7).toString('base64') }),
      post('lobby', { data: 7 }),
      post('lobby', by.messageBody('a'.repeat(70_000))),
      post('lobby', by.messageBody('hello', { whisperMods: true })),
      post('lobby', by.messageBody('hello', { whisperTo: admin.id })),
      post('nowhere'),
      post('hidden'),
      post('closed'),
      { method: 'PUT', path: `/room/lobby/message/${message}`, json: by.messageBody('changed') },
      { method: 'PUT', path: '/room/lobby/message/999999', json: by.messageBody('changed') },
      { method: 'DELETE', path: `/room/lobby/message/${message}` },
      { method: 'DELETE', path: `/room/lobby/all/${admin.id}` },
      { method: 'DELETE', path: `/rooms/all/15${'ab'.repeat(32)}` },
      react('lobby', 999_999, 'x'),
      react('lobby', message, 'y'),
      react('lobby', message, 'a'.repeat(50)),
      react('hidden', 1, 'x'),
      { method: 'DELETE', path: `/room/lobby/reaction/${message}/x` },
      { method: 'DELETE', path: `/room/lobby/reactions/${message}` },
      upload('nowhere', 10),
      upload('hidden', 10),
      upload('closed', 10),
      upload('lobby', MOST_UNCLAIMED + 1),
      upload('lobby', LARGEST_FILE + 1),
      letter(`15${'ab'.repeat(32)}`),
      letter(actors.bob.id),
      letter(admin.id, 70_000),
      asStaff(`/user/${admin.id}/ban`, { global: true }),
      asStaff(`/user/${admin.id}/ban`, { rooms: ['lobby'] }),
      asStaff(`/user/${by.id}/moderator`, { rooms: ['*'], moderator: true }),
      asStaff(`/room/lobby/permissions/${by.id}`, { write: true }),
      asStaff(`/room/lobby/pin/${message}`, {}),
      { method: 'PUT', path: '/room/lobby', json: { name: 'mine' } },
    ];
  }

  function send(by: SessionClient, { method, path, json, b64 }: BatchRequest): Promise<{ status: number }> {
    const body = b64 === undefined ? json : Buffer.from(b64, 'base64');
    return by.request(method, path, body);
  }

  it(`leaves no row in users, with ${KEYS} keys that send refused writes of every kind`, async () => {
    const before = await knownPeople();
    const kinds = vainRequests(fresh()).length;
    const left = Array.from({ length: KEYS }, (_, index) => index);
    const outcomes = new Map<number, Set<number>>();
    const senders = Array.from({ length: AT_ONCE }, async () => {
      for (let index = left.shift(); index !== undefined; index = left.shift()) {
        const person = fresh();
        const kind = index % kinds;
        const request = vainRequests(person)[kind];
        if (!request) throw new Error('There is no such kind');
        const { status } = await send(person, request);
        outcomes.set(kind, (outcomes.get(kind) ?? new Set()).add(status));
      }
    });
    await Promise.all(senders);
    const unexpected = [...outcomes].filter(([, statuses]) =>
      [...statuses].some((status) => ![200, 400, 403, 404, 409, 413, 507].includes(status)),
    );
    expect(unexpected).toEqual([]);
    expect([...outcomes].filter(([, statuses]) => statuses.has(200))).toHaveLength(1);
    expect(await knownPeople()).toBe(before);
  });

  it('leaves no row with batches of them, nor with many at once from one key', async () => {
    const before = await knownPeople();
    const people = Array.from({ length: 10 }, fresh);
    await Promise.all(
      people.map(async (person) => {
        const requests = vainRequests(person);
        const halves = [requests.slice(0, 15), requests.slice(15)];
        for (const half of halves) (await person.batch(half)).expect(200);
        await Promise.all(requests.map((request) => send(person, request)));
      }),
    );
    expect(await knownPeople()).toBe(before);
  });

  it('gets one row with their first write, also by two requests at once to both workers', async () => {
    const firsts: ((person: SessionClient, index: number) => Promise<{ status: number }>)[] = [
      (person, index) => person.postMessage('lobby', `post ${index}`),
      (person) => person.react('lobby', message, '🐟'),
      (person) => person.upload('lobby', Buffer.alloc(100, 1)),
      (person) => person.sendDirectMessage(admin.id, Buffer.of(1)),
    ];
    for (const first of firsts) {
      for (const second of firsts) {
        const before = await knownPeople();
        const identity = new Identity();
        const answers = await Promise.all(
          [first, second].map((act, index) => act(server.client(identity, 'plain'), index)),
        );
        for (const { status } of answers) expect([200, 201]).toContain(status);
        expect(await knownPeople()).toBe(before + 1);
      }
    }
  });

  it('posts no faster than others, although nobody counts for them before their first post', async () => {
    const identity = new Identity();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        server.client(identity, 'plain').postMessage('lobby', `post ${index}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(POST_RATE);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - POST_RATE);
  });

  it('is kept out by a ban of their 05… ID that comes together with their first writes', async () => {
    const people = Array.from({ length: 40 }, fresh);
    await Promise.all([
      ...people.map((person, index) =>
        index % 2 === 0
          ? person.postMessage('lobby', 'hello')
          : person.sendDirectMessage(admin.id, Buffer.of(1)),
      ),
      ...people.map(async ({ sessionId }) => (await admin.ban(sessionId, { global: true })).expect(200)),
    ]);
    for (const person of people) {
      expect((await person.postMessage('lobby', 'hello')).status).toBe(403);
      expect((await person.sendDirectMessage(admin.id, Buffer.of(1))).status).toBe(403);
    }
  });
});
