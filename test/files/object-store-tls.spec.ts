import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { startServer, type TestServer } from '../support/server.js';
import { StoreFront } from '../support/store-front.js';

(StoreFront.isPossible ? describeWithStore : describe.skip)('an object store behind HTTPS', () => {
  let store: ObjectStore;
  let front: StoreFront;
  let server: TestServer;
  let alice: SessionClient;

  beforeAll(async () => {
    store = await ObjectStore.start();
    front = await StoreFront.open(store.endpoint);
    const env = { ...store.settings, ...front.settings, ...front.trust, POST_RATE_LIMIT: '1000' };
    server = await startServer({ env });
    ({ alice } = new Actors(server));
  });

  afterEach(() => {
    front.refusal = undefined;
  });

  afterAll(async () => {
    await server.stop();
    await front.close();
    await store.end();
  });

  async function kept(): Promise<{ rows: number; keys: string[] }> {
    const rows = (await server.sql('SELECT id FROM files')).length;
    return { rows, keys: await store.keys() };
  }

  it('keeps files byte for byte in a bucket that is part of its host name', async () => {
    const bytes = randomBytes(3_000_000);
    const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
    expect((await alice.download('lobby', id)).expect(200).bytes.equals(bytes)).toBe(true);
    const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
    expect((await store.read(`files/${String(row?.storage_key)}`))?.equals(bytes)).toBe(true);
    expect([...front.hosts]).toEqual(['plaza-test.store.test']);
  });

  it.each([
    { status: 507, code: 'XMinioStorageFull' },
    { status: 403, code: 'QuotaExceeded' },
  ])(
    'that is full, which it says by $status $code, takes no file, but gives those that it has',
    async (words) => {
      const bytes = randomBytes(1000);
      const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
      const before = await kept();
      front.refusal = { method: 'PUT', ...words };
      const refused = await alice.upload('lobby', randomBytes(1000));
      expect([refused.status, refused.text]).toEqual([507, expect.stringContaining('room')]);
      expect((await alice.download('lobby', id)).expect(200).bytes.equals(bytes)).toBe(true);
      expect(await kept()).toEqual(before);
      front.refusal = undefined;
      (await alice.upload('lobby', randomBytes(1000))).expect(201);
    },
  );

  it('is not trusted by a server that does not know its certificate, and the log says so', async () => {
    const stranger = await startServer({
      env: { ...store.settings, ...front.settings, S3_PREFIX: 'other/' },
    });
    const person = new Actors(stranger).alice;
    expect((await person.upload('lobby', randomBytes(1000))).status).toBe(503);
    expect(stranger.log()).toMatch(/The object store fails, .*self-signed certificate/);
    await stranger.stop();
  });
});
