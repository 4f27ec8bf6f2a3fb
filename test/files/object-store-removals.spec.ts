import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SessionClient } from '../client/client.js';
import { Actors, identityOf } from '../support/actors.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describeWithStore('a file in an object store', () => {
  let store: ObjectStore;
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;

  beforeAll(async () => {
    store = await ObjectStore.start();
    server = await openServer({
      env: { ...store.settings, POST_RATE_LIMIT: '1000', UPLOAD_EXPIRY_DAYS: '365' },
      heldClock: true,
    });
    actors = new Actors(server);
    ({ alice } = actors);
  });

  afterAll(async () => {
    await server.stop();
    await store.end();
  });

  /** Posts a file and gives its id and its object's key. */
  async function show(
    person: SessionClient,
    bytes: Buffer = randomBytes(1000),
    room = 'lobby',
  ): Promise<{ id: number; key: string }> {
    const { id } = (await person.upload(room, bytes)).expect(201).json;
    const content = { files: [id], timestamp: server.clock.milliseconds() };
    (await person.postMessage(room, 'look', content)).expect(201);
    const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
    return { id, key: `files/${String(row?.storage_key)}` };
  }

  const isStored = async (key: string): Promise<boolean> => (await store.read(key)) !== undefined;

  it('is removed with everything of a person who is erased, and files of others stay', async () => {
    const carol = actors.person('carol');
    const [first, second, other] = [await show(carol), await show(carol), await show(alice)];
    await server.operate('user', 'erase', identityOf('carol').sessionId, '--yes');
    expect((await alice.download('lobby', first.id)).status).toBe(404);
    await server.runJob('expired files');
    expect(await Promise.all([first, second, other].map(({ key }) => isStored(key)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is removed when it is forbidden, and a copy of it leaves nothing there any more', async () => {
    const bytes = randomBytes(1000);
    const file = await show(alice, bytes);
    await server.operate('file', 'forbid', String(file.id));
    await server.runJob('expired files');
    expect(await isStored(file.key)).toBe(false);
    const before = await store.keys();
    expect((await actors.bob.upload('lobby', bytes)).status).toBe(403);
    expect(await store.keys()).toEqual(before);
  });

  it('is sealed before it is removed, where an operator wants that, and can be read again', async () => {
    const secret = join(server.dataDir, 'secret');
    const made = await server.plaza('file', 'key', secret);
    expect(made.code).toBe(0);
    const key = made.stdout.trim().split('=')[1] ?? '';
    await server.restart({ ABUSE_PRESERVE: 'sealed', ABUSE_PRESERVE_KEY: key });
    const bytes = randomBytes(300_000);
    const file = await show(alice, bytes);
    await server.operate('file', 'forbid', String(file.id));
    await server.runJob('expired files');
    expect(await isStored(file.key)).toBe(false);
    const preserved = join(server.dataDir, 'preserved');
    const [name = ''] = await readdir(preserved);
    const opened = join(server.dataDir, 'opened');
    await server.operate('file', 'unseal', join(preserved, name), '--key', secret, '--to', opened);
    expect((await readFile(opened)).equals(bytes)).toBe(true);
    await server.restart({ ABUSE_PRESERVE: undefined, ABUSE_PRESERVE_KEY: undefined });
  });

  it('is removed with messages that a room keeps for so many days, and others stay', async () => {
    await server.addRoom('short');
    await server.operate('room', 'set', 'short', '--keep-messages', '30d');
    const [old, elsewhere] = [await show(alice, undefined, 'short'), await show(alice)];
    await server.clock.advance('20 days');
    const young = await show(alice, undefined, 'short');
    await server.clock.advance('11 days');
    await server.runJob('old messages of rooms');
    await server.runJob('expired files');
    expect(await Promise.all([old, young, elsewhere].map(({ key }) => isStored(key)))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
