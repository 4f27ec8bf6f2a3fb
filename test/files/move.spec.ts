import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { openServer } from '../support/open-server.js';
import { startServer, type TestServer } from '../support/server.js';
import { StoreLine } from '../support/store-line.js';
import { pathOf, uploadsOf } from './uploads-folder.js';

interface Summary {
  moved: number;
  bytes: number;
  failed: number;
  reason?: string;
  isGivenUp: boolean;
}

/**
 * Bytes after which more than three of the thirty files have arrived, and after which one has, whatever their order: four
 * go at a time, and the seven and the four largest have less. The rest is still to come.
 */
const MORE_THAN_THREE = 10_000_000;
const ONE = 6_000_000;

describeWithStore('plaza files move', () => {
  let store: ObjectStore;
  let line: StoreLine;
  let server: TestServer;
  let alice: SessionClient;
  const files = new Map<number, Buffer>();

  beforeAll(async () => {
    store = await ObjectStore.start();
    line = await StoreLine.lay(store.endpoint);
    server = await startServer({
      workers: 2,
      env: {
        ...store.settings,
        S3_ENDPOINT: line.endpoint,
        FILE_STORAGE: 'local',
        POST_RATE_LIMIT: '100000',
        UPLOAD_RATE_LIMIT: '0',
        UNCLAIMED_FILES_PER_USER: '0',
        RATE_LIMIT_PER_KEY: '0',
      },
    });
    const actors = new Actors(server, 'lobby', 'plain');
    ({ alice } = actors);
    for (let index = 0; index < 30; index++) await upload(randomBytes(1 + index * 50_000));
    const image = [...files.keys()][3] ?? 0;
    (await (await actors.admin()).updateRoom('lobby', { image })).expect(200);
  });

  afterEach(() => {
    line.release();
  });

  afterAll(async () => {
    await server.stop();
    await line.end();
    await store.end();
  });

  async function upload(bytes: Buffer): Promise<number> {
    const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
    files.set(id, bytes);
    return id;
  }

  async function assertAllThere(): Promise<void> {
    for (const [id, bytes] of files)
      expect((await alice.download('lobby', id)).expect(200).bytes.equals(bytes)).toBe(true);
  }

  /** Compares what the store holds already, which the server can't reach while the line is held. */
  async function assertWholeObjects(): Promise<void> {
    for (const [id, bytes] of files) {
      const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
      const stored = await store.read(`files/${String(row?.storage_key)}`);
      if (stored) expect(stored.equals(bytes)).toBe(true);
    }
  }

  /** Objects of files, without the one that names the community. */
  async function objects(): Promise<number> {
    return (await store.keys()).filter((key) => key !== 'files/community').length;
  }

  async function folder(): Promise<number> {
    return (await uploadsOf(server)).finished.length;
  }

  it('takes files to the store, verified, and goes on after it was killed in the middle', async () => {
    line.hold('up', MORE_THAN_THREE);
    const command = server.startPlaza('files', 'move', '--to', 's3');
    await eventually(async () => (await objects()) > 3);
    await assertWholeObjects();
    command.kill('SIGKILL');
    await once(command, 'close');
    line.release();
    line.cut();
    await assertAllThere();
    const left = await folder();
    expect(left).toBeGreaterThan(0);
    const { code, stdout, stderr } = await server.plaza('files', 'move', '--to', 's3', '--json');
    expect([code, stderr.includes('FILE_STORAGE is local')]).toEqual([0, true]);
    expect(JSON.parse(stdout)).toMatchObject({
      moved: left,
      failed: 0,
      isGivenUp: false,
    } satisfies Partial<Summary>);
    expect([await folder(), await objects()]).toEqual([0, 30]);
    await assertAllThere();
  });

  it('brings them back while members read and write them', async () => {
    let isMoving = true;
    let reads = 0;
    const readers = Array.from({ length: 4 }, async () => {
      while (isMoving) {
        const [id, bytes] = [...files][Math.floor(Math.random() * files.size)] ?? [0, Buffer.alloc(0)];
        expect((await alice.download('lobby', id)).expect(200).bytes.equals(bytes)).toBe(true);
        reads++;
      }
    });
    const write = async (): Promise<void> => {
      while (isMoving) await upload(randomBytes(1000));
    };
    const writer = write();
    const { code, stdout } = await server.plaza('files', 'move', '--to', 'local');
    isMoving = false;
    await Promise.all([...readers, writer]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Moved and verified 30 files of \d+ bytes\.\n$/),
    ]);
    expect(reads).toBeGreaterThan(10);
    expect(await objects()).toBe(0);
    await assertAllThere();
  });

  it('moves nothing a second time', async () => {
    const { code, stdout } = await server.plaza('files', 'move', '--to', 'local', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([0, { moved: 0, bytes: 0, failed: 0, isGivenUp: false }]);
  });

  it('says how many files could not be moved and why, and loses none', async () => {
    const before = await folder();
    line.hold('up', ONE);
    const command = server.plaza('files', 'move', '--to', 's3', '--json');
    let isDone = false;
    const done = command.finally(() => (isDone = true));
    await eventually(async () => (await objects()) > 0);
    await eventually(() => {
      line.cut();
      return isDone;
    });
    const { code, stdout, stderr } = await done;
    expect(code).toBe(1);
    const { failed, moved, reason } = JSON.parse(stdout) as Summary;
    expect(failed).toBeGreaterThan(0);
    expect(reason).toContain('The object store fails');
    expect(stderr).toContain(`${failed} files could not be moved`);
    line.release();
    expect(await folder()).toBe(before - moved);
    await assertAllThere();
  });

  it('leaves a file alone that was removed meanwhile, in both places', async () => {
    expect((await server.plaza('files', 'move', '--to', 'local')).code).toBe(0);
    const gone = [...files.keys()][0] ?? 0;
    const path = await pathOf(server, gone);
    line.hold('up', 0);
    const command = server.plaza('files', 'move', '--to', 's3');
    await eventually(() => line.connections > 0);
    await server.sql('DELETE FROM files WHERE id = $1', [gone]);
    await rm(path);
    files.delete(gone);
    line.release();
    expect((await command).code).toBe(0);
    expect(await objects()).toBe(files.size);
    await assertAllThere();
  });

  it('is refused while another move is under way, which may be in the other direction', async () => {
    const other = new Client(server.database.url);
    await other.connect();
    await other.query('SELECT pg_advisory_lock(1911305482, 1)');
    const { code, stderr } = await server.plaza('files', 'move', '--to', 'local');
    await other.end();
    expect([code, stderr]).toEqual([1, expect.stringContaining('files are being moved already')]);
  });

  it('needs a destination and an object store', async () => {
    expect((await server.plaza('files', 'move', '--to', 'elsewhere')).code).toBe(2);
    expect((await server.plaza('files', 'move')).code).toBe(2);
    const storeless = await openServer();
    const { code, stderr } = await storeless.plaza('files', 'move', '--to', 's3');
    await storeless.stop();
    expect([code, stderr]).toEqual([2, expect.stringContaining('set S3_BUCKET')]);
  });
});
