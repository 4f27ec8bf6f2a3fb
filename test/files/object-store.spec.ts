import { randomBytes } from 'node:crypto';
import type * as sweeping from '../../src/files/file-sweeper.service.js';
import { type SessionClient } from '../client/client.js';
import { type Transport } from '../client/requester.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { age, uploadsOf } from './uploads-folder.js';

const { FileSweeperService } = await compiled<typeof sweeping>('files/file-sweeper.service.js');

const WAYS: Transport[] = ['plain', 'onion-v4-xchacha20'];
const SIZES = [0, 1, 65_537, 1_000_000, 10_000_000];
const HOUR = 60 * 60;

describeWithStore('files in an object store', () => {
  let store: ObjectStore;
  let server: OpenServer;
  let alice: SessionClient;

  beforeAll(async () => {
    store = await ObjectStore.start();
    server = await openServer({
      env: { ...store.settings, POST_RATE_LIMIT: '1000', UPLOAD_MAX_BYTES: '40000000' },
      heldClock: true,
    });
    ({ alice } = new Actors(server, 'lobby', 'plain'));
  });

  afterAll(async () => {
    await server.stop();
    await store.end();
  });

  async function upload(bytes = randomBytes(100)): Promise<{ id: number; key: string }> {
    const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
    return { id, key: await keyOf(id) };
  }

  async function keyOf(id: number): Promise<string> {
    const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
    return `files/${String(row?.storage_key)}`;
  }

  async function isRecorded(id: number): Promise<boolean> {
    return (await server.sql('SELECT 1 FROM files WHERE id = $1', [id])).length === 1;
  }

  /** Lets a file of an hour ago live for ever, so that only the sweeper of leftovers may take it. */
  async function makeOld(id: number): Promise<void> {
    await age(server, id, HOUR + 60);
    await server.sql('UPDATE files SET expires_at = NULL WHERE id = $1', [id]);
  }

  describe.each(WAYS)('by way of %s', (way) => {
    it.each(SIZES)('come back byte for byte and lie there as they are, %d bytes', async (size) => {
      const person = new Actors(server, 'lobby', way).alice;
      const bytes = randomBytes(size);
      const { id } = (await person.upload('lobby', bytes, 'a.bin')).expect(201).json;
      const download = (await person.download('lobby', id)).expect(200);
      expect(download.bytes.equals(bytes)).toBe(true);
      // A client that frames bodies for its checksums leaves the frames in the object.
      expect((await store.read(await keyOf(id)))?.equals(bytes)).toBe(true);
      expect(await uploadsOf(server)).toEqual({ finished: [], incoming: [] });
    });
  });

  it('come back byte for byte when they have forty megabytes', async () => {
    const bytes = randomBytes(40_000_000);
    const { id } = await upload(bytes);
    expect((await alice.download('lobby', id)).bytes.equals(bytes)).toBe(true);
  });

  it('can be downloaded together in one batch, one of them missing', async () => {
    const bytes = [randomBytes(70_000), randomBytes(10)];
    const files = [await upload(bytes[0]), await upload(bytes[1]), await upload()];
    await store.remove(files[2]?.key ?? '');
    const requests = files.map(({ id }) => ({ method: 'GET' as const, path: `/room/lobby/file/${id}` }));
    const { json } = (await alice.batch(requests)).expect(200);
    expect(json.map(({ code }) => code)).toEqual([200, 200, 404]);
    expect(json.slice(0, 2).map(({ body }) => Buffer.from(body as string, 'base64'))).toEqual(bytes);
  });

  it('are found in the folder, too, where earlier ones may lie', async () => {
    const bytes = randomBytes(1000);
    await server.restart({ FILE_STORAGE: 'local' });
    const { id } = await upload(bytes);
    await server.restart({ FILE_STORAGE: undefined });
    expect((await uploadsOf(server)).finished).toHaveLength(1);
    expect((await alice.download('lobby', id)).bytes.equals(bytes)).toBe(true);
    await age(server, id, HOUR + 1);
    await server.runJob('expired files');
    expect((await uploadsOf(server)).finished).toEqual([]);
  });

  it('leave no object when their row is refused', async () => {
    await server.addRoom('doomed');
    const before = await store.keys();
    await server.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'no'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON files EXECUTE FUNCTION refuse()`);
    expect((await alice.upload('doomed', randomBytes(100))).status).toBe(500);
    await server.sql('DROP FUNCTION refuse CASCADE');
    expect(await store.keys()).toEqual(before);
  });

  it('are removed with their row when they expire', async () => {
    const [expired, alive] = [await upload(), await upload()];
    await age(server, expired.id, HOUR + 1);
    await server.runJob('expired files');
    expect(await isRecorded(expired.id)).toBe(false);
    const keys = await store.keys();
    expect([keys.includes(expired.key), keys.includes(alive.key)]).toEqual([false, true]);
  });

  it('lose their rows when their objects are gone, except when the bucket seems to be empty', async () => {
    const files = await Promise.all(Array.from({ length: 14 }, () => upload()));
    for (const { id } of files) await makeOld(id);
    await store.remove(files[0]?.key ?? '');
    await server.runJob('leftovers of files');
    expect(await isRecorded(files[0]?.id ?? 0)).toBe(false);
    const rest = files.slice(1);
    for (const key of await store.keys()) await store.remove(key);
    await server.runJob('leftovers of files');
    expect(await Promise.all(rest.map(({ id }) => isRecorded(id)))).toEqual(rest.map(() => true));
    // Files of the folder do not make up for it.
    await server.restart({ FILE_STORAGE: 'local' });
    const local = await Promise.all(Array.from({ length: 40 }, () => upload()));
    for (const { id } of local) await makeOld(id);
    await server.get(FileSweeperService).removeLeftovers();
    expect(await Promise.all(rest.map(({ id }) => isRecorded(id)))).toEqual(rest.map(() => true));
    await server.restart({ FILE_STORAGE: undefined });
  });

  it('are reached with keys that plaza config does not show', async () => {
    const { stdout } = await server.plaza('config');
    expect(stdout).toContain('S3_SECRET_ACCESS_KEY=***');
    expect(stdout).toContain('S3_ACCESS_KEY_ID=***');
    expect(stdout).not.toContain('testing');
  });

  it('are removed when no row knows them and they are an hour old, more than a page of them, and nothing else is', async () => {
    // Comes last: uploads after it would look two hours old, which is abandoned.
    const kept = await upload();
    await makeOld(kept.id);
    // The store of the tests lists twenty objects at a time.
    const strays = Array.from({ length: 50 }, () => `files/${randomBytes(16).toString('hex')}`);
    await Promise.all(strays.map((key) => store.write(key, Buffer.from('left'))));
    await store.write('files/readme.txt', Buffer.from('an operator was here'));
    await server.runJob('leftovers of files');
    expect((await store.keys()).filter((key) => strays.includes(key))).toHaveLength(50);
    await server.clock.advance('2 hours');
    await server.runJob('leftovers of files');
    const keys = await store.keys();
    expect(keys.filter((key) => strays.includes(key))).toEqual([]);
    expect([keys.includes(kept.key), keys.includes('files/readme.txt')]).toEqual([true, true]);
  });
});
