import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { type SessionResponse } from '../client/response.js';
import { Actors } from '../support/actors.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { openServer, type OpenServer, type OpenServerOptions } from '../support/open-server.js';
import { uploadsOf } from './uploads-folder.js';

const KILOBYTE = 1_000;

let server: OpenServer;
let beside: OpenServer;
let actors: Actors;
let people = 0;

/** Two servers of one community, as two machines have them. */
async function openBoth(env: Readonly<Record<string, string>>): Promise<void> {
  const options: OpenServerOptions = { env: { POST_RATE_LIMIT: '1000', ...env }, heldClock: true };
  server = await openServer(options);
  beside = await openServer({ ...options, heldClock: false, beside: server });
  actors = new Actors(server);
}

async function closeBoth(): Promise<void> {
  await beside.stop();
  await server.stop();
}

function newcomer(at = server): SessionClient {
  return new Actors(at).person(`newcomer ${(people += 1)}`);
}

function upload(
  by: SessionClient,
  kilobytes: number,
  room = 'lobby',
): Promise<SessionResponse<{ id: number }>> {
  return by.upload(room, Buffer.alloc(kilobytes * KILOBYTE, people));
}

async function kept(where = 'true'): Promise<number> {
  const [row] = await server.sql(`SELECT coalesce(sum(size), 0)::float8 AS bytes FROM files WHERE ${where}`);
  return Number(row?.bytes);
}

/** The sums that triggers keep, those that are wrong. */
async function wrongSums(): Promise<unknown[]> {
  const compare = (table: string, key: string, column: string): string =>
    `SELECT '${table}' AS table, s.${key}, s.files, s.bytes, f.files AS real_files, f.bytes AS real_bytes
     FROM ${table} s FULL JOIN (
       SELECT ${column} AS owner, count(*) AS files, sum(size)::bigint AS bytes FROM files
       WHERE ${column} IS NOT NULL GROUP BY 1) AS f ON f.owner = s.${key}
     WHERE (coalesce(s.files, 0), coalesce(s.bytes, 0)) <> (coalesce(f.files, 0), coalesce(f.bytes, 0))`;
  return server.sql(
    `${compare('room_storage', 'room_id', 'room_id')} UNION ALL ${compare('user_storage', 'user_id', 'uploader_id')}`,
  );
}

describe('uploads to a room that keeps so many bytes', () => {
  let room: string;
  let rooms = 0;

  beforeAll(() => openBoth({ STORAGE_BYTES_PER_ROOM: String(100 * KILOBYTE) }));

  afterAll(closeBoth);

  beforeEach(async () => {
    room = `room${(rooms += 1)}`;
    await server.addRoom(room);
  });

  it('stop at the limit exactly, by many people at once and by two servers, and leave no bytes behind', async () => {
    const before = (await uploadsOf(server)).finished.length;
    const crowd = Array.from({ length: 16 }, (_, index) => newcomer(index % 2 ? server : beside));
    const answers = await Promise.all(
      crowd.flatMap((person) => [upload(person, 10, room), upload(person, 10, room)]),
    );
    const taken = answers.filter(({ status }) => status === 201);
    expect(taken).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([507]));
    expect(refused[0]?.text).toBe(
      'As many files are kept as may be: delete some, or wait until older ones go: 100 KB of this room',
    );
    expect((await uploadsOf(server)).finished).toHaveLength(before + 10);
    expect((await upload(newcomer(), 10)).status).toBe(201);
    expect(await wrongSums()).toEqual([]);
  });

  it('are taken again as soon as a message is deleted, a file is over or the room may keep more', async () => {
    const [alice, bob] = [newcomer(), newcomer()];
    const { id } = (await upload(alice, 60, room)).expect(201).json;
    const { id: message } = (await alice.postMessage(room, 'look', { files: [id] })).expect(201).json;
    (await upload(bob, 40, room)).expect(201);
    (await upload(bob, 1, room)).expect(507);
    (await alice.deleteMessage(room, message)).expect(200);
    // The row is still there, and so are its bytes: the job that removes them has not run.
    (await upload(bob, 60, room)).expect(201);
    (await upload(bob, 1, room)).expect(507);
    await server.clock.advance('2 hours');
    (await upload(bob, 100, room)).expect(201);
    (await upload(bob, 1, room)).expect(507);
    await server.runJob('expired files');
    expect(await wrongSums()).toEqual([]);
    (await upload(bob, 1, room)).expect(507);
    await server.operate('room', 'set', room, '--storage', '101kb');
    (await upload(bob, 1, room)).expect(201);
    await server.operate('room', 'set', room, '--storage', '0');
    (await upload(bob, 500, room)).expect(201);
    await server.operate('room', 'set', room, '--storage', 'default');
    (await upload(bob, 1, room)).expect(507);
  });

  it('are announced to its moderators once, before it is full, and again after much of it was freed', async () => {
    const admin = await actors.staff(`admin of ${room}`, { in: room, admin: true });
    const alice = newcomer();
    const texts = async (reader: SessionClient): Promise<(string | undefined)[]> =>
      (await reader.recentMessages(room)).expect(200).json.map(({ data }) => readMessage(data ?? '').body);
    const look = (): Promise<void> => server.runJob('rooms that are nearly full');
    (await upload(alice, 89, room)).expect(201);
    await look();
    expect(await texts(admin)).toEqual([]);
    (await upload(alice, 2, room)).expect(201);
    await Promise.all([look(), beside.runJob('rooms that are nearly full')]);
    await look();
    expect(await texts(admin)).toEqual([
      'Only moderators see this. The files of this room take 91 KB of the 100 KB that it may keep. When that is reached, nobody ' +
        'can upload here until files expire or are deleted; messages go on. Delete what is not needed, or ask the operator for more.',
    ]);
    expect(await texts(alice)).toEqual([]);
    const events = JSON.parse(
      await server.operate('audit', '--action', 'storage.filling', '--room', room, '--json'),
    ) as object[];
    expect(events).toMatchObject([{ actor: 'plaza', after: { files: 2, bytes: 91_000, limit: 100_000 } }]);
    await server.clock.advance('2 hours');
    await server.runJob('expired files');
    await look();
    (await upload(alice, 95, room)).expect(201);
    await look();
    expect(await texts(admin)).toHaveLength(2);
  });

  it('are shown by plaza room show, with messages, people and what happens at the limit', async () => {
    const [alice, bob] = [newcomer(), newcomer()];
    const { id } = (await upload(alice, 60, room)).expect(201).json;
    (await alice.postMessage(room, 'look', { files: [id] })).expect(201);
    const { id: gone } = (await alice.postMessage(room, 'gone')).expect(201).json;
    (await alice.deleteMessage(room, gone)).expect(200);
    (await upload(alice, 1, room)).expect(201);
    await server.clock.advance('2 hours');
    (await bob.recentMessages(room)).expect(200);
    const shown = JSON.parse(await server.operate('room', 'show', room, '--json')) as object;
    expect(shown).toMatchObject({
      messages: 1,
      posts_today: 2,
      held: 0,
      files: 1,
      file_bytes: 60_000,
      most_file_bytes: 100_000,
      most_file_bytes_of_a_person: null,
      most_server_file_bytes: null,
      at_the_limit: expect.stringContaining('uploads are refused with 507') as string,
    });
    expect(await server.operate('room', 'show', room)).toContain(
      'file bytes: 60 KB\nmost file bytes: 100 KB\n',
    );
  });

  it.each(['-1', 'much', '1e9', '1.5 XB'])('are not bounded by %s', async (size) => {
    const { code, stderr } = await server.plaza('room', 'set', room, '--storage', size);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('count right whatever happens to rooms, people and files', async () => {
    const person = newcomer();
    const { id } = (await upload(person, 10, room)).expect(201).json;
    (await person.postMessage(room, 'look', { files: [id] })).expect(201);
    await server.operate('user', 'erase', person.sessionId, '--yes');
    expect(await wrongSums()).toEqual([]);
    (await upload(newcomer(), 10, room)).expect(201);
    await server.operate('room', 'delete', room, '--yes');
    expect(await wrongSums()).toEqual([]);
    await server.runJob('expired files');
    expect(await wrongSums()).toEqual([]);
  });
});

describe('uploads to a server that keeps so many bytes', () => {
  beforeAll(async () => {
    await openBoth({ STORAGE_BYTES: String(300 * KILOBYTE), STORAGE_BYTES_PER_USER: String(50 * KILOBYTE) });
    await server.addRoom('garden');
  });

  afterAll(closeBoth);

  it('stop at the limit exactly, to several rooms at once and by two servers', async () => {
    const crowd = Array.from({ length: 40 }, (_, index) => newcomer(index % 2 ? server : beside));
    const answers = await Promise.all(
      crowd.map((person, index) => upload(person, 10, index % 4 < 2 ? 'lobby' : 'garden')),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
    expect(answers.find(({ status }) => status !== 201)?.text).toContain('300 KB of all rooms');
    expect(await kept('room_id IS NOT NULL')).toBe(300 * KILOBYTE);
    await server.clock.advance('2 hours');
  });

  it('by one person stop at their own limit exactly, which uploads of others do not touch', async () => {
    const { identity } = newcomer();
    const both = [server.client(identity), beside.client(identity)];
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => {
        const client = both[index % 2];
        if (!client) throw new Error('no client');
        return upload(client, 10, index % 4 < 2 ? 'lobby' : 'garden');
      }),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.find(({ status }) => status !== 201)?.text).toContain('50 KB of yours');
    (await upload(newcomer(), 50)).expect(201);
  });
});

describeWithStore('uploads to a room that keeps so many bytes in an object store', () => {
  let store: ObjectStore;

  beforeAll(async () => {
    store = await ObjectStore.start();
    await openBoth({ ...store.settings, STORAGE_BYTES_PER_ROOM: String(100 * KILOBYTE) });
  });

  afterAll(async () => {
    await closeBoth();
    await store.end();
  });

  it('stop at the limit exactly and leave no object behind', async () => {
    const crowd = Array.from({ length: 15 }, (_, index) => newcomer(index % 2 ? server : beside));
    const answers = await Promise.all(crowd.map((person) => upload(person, 10)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    const objects = await Promise.all(
      (await server.sql('SELECT storage_key FROM files')).map(({ storage_key: key }) =>
        store.read(`files/${String(key)}`),
      ),
    );
    expect(objects.map((bytes) => bytes?.length)).toEqual(Array<number>(10).fill(10 * KILOBYTE));
  });
});
