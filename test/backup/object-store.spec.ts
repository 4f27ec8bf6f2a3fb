import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uploadsOf } from '../files/uploads-folder.js';
import { Actors } from '../support/actors.js';
import { type Environment } from '../support/community.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { installServer, type TestServer } from '../support/server.js';

describeWithStore('a backup of files in an object store', () => {
  let store: ObjectStore;
  let server: OpenServer;
  let folder: string;
  let archive: string;
  const files = new Map<number, Buffer>();

  beforeAll(async () => {
    store = await ObjectStore.start();
    server = await openServer({ env: { ...store.settings, UPLOAD_MAX_BYTES: '20000000' } });
    folder = await mkdtemp(join(tmpdir(), 'plaza-backup-'));
    archive = join(folder, 'community.tar');
    const { alice } = new Actors(server, 'lobby', 'plain');
    // The largest one is beyond what a restore keeps in memory.
    for (const size of [0, 1, 300_000, 18_000_000]) {
      if (size === 18_000_000) await server.restart({ FILE_STORAGE: 'local' });
      const bytes = randomBytes(size);
      const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
      (await alice.postMessage('lobby', 'look', { files: [id] })).expect(201);
      files.set(id, bytes);
    }
    const { code, stdout } = await server.plaza('backup', archive);
    expect([code, stdout]).toEqual([0, expect.stringContaining('4 files')]);
  });

  afterAll(async () => {
    await server.stop();
    await store.end();
    await rm(folder, { recursive: true });
  });

  async function restored(env: Environment): Promise<TestServer> {
    const other = await installServer({ env: { UPLOAD_MAX_BYTES: '20000000', ...env } });
    const { code, stdout, stderr } = await other.plaza('restore', archive);
    expect([code, stdout, stderr]).toEqual([0, expect.stringContaining('4 files'), expect.anything()]);
    await other.start();
    const { anonymous } = new Actors(other, 'lobby', 'plain');
    for (const [id, bytes] of files)
      expect((await anonymous.download('lobby', id)).expect(200).bytes.equals(bytes)).toBe(true);
    return other;
  }

  it('is restored to another part of the store', async () => {
    const other = await restored({ ...store.settings, S3_PREFIX: 'copy/' });
    expect(await uploadsOf(other)).toEqual({ finished: [], incoming: [] });
    expect(await store.keys('copy/')).toHaveLength(4 + 1);
    await other.stop();
  });

  it('is restored to a folder', async () => {
    const other = await restored({});
    expect((await uploadsOf(other)).finished).toHaveLength(4);
    await other.stop();
  });

  it('goes to the store by itself in parts, sealed, and comes back from there', async () => {
    const passphrase = join(folder, 'passphrase');
    await writeFile(passphrase, 'correct horse\n');
    const scheduled = {
      BACKUP_SCHEDULE: '6h',
      BACKUP_TO: 's3:backups/',
      BACKUP_KEEP: '1',
      BACKUP_PASSPHRASE_FILE: passphrase,
    };
    await server.restart(scheduled);
    const list = async (): Promise<string[]> => {
      const { stdout } = await server.plaza('backups', 'list', '--json');
      return (JSON.parse(stdout) as { backups: { name: string }[] }).backups.map(({ name }) => name);
    };
    // An attempt that was killed has left parts, and no sign that they are all.
    const killed = `plaza-${server.publicKey.slice(0, 8)}-20260101T000000Z.tar.sealed`;
    await store.write(`backups/${killed}/00000001`, randomBytes(1_000));
    expect(await list()).toEqual([]);

    await server.runJob('backups');
    const [name = ''] = await list();
    expect(await list()).toEqual([name]);
    const keys = await store.keys('backups/');
    expect(keys.every((key) => key.startsWith(`backups/${name}/`))).toBe(true);
    // 18 MB in parts of 8 MiB, and the object that makes it whole.
    expect(keys.length).toBeGreaterThanOrEqual(4);

    const fetched = join(folder, 'fetched.tar.sealed');
    expect((await server.plaza('backups', 'fetch', name, fetched)).code).toBe(0);
    const other = await installServer({ env: { UPLOAD_MAX_BYTES: '20000000' } });
    const { code, stdout } = await other.plaza('restore', fetched, '--passphrase-file', passphrase);
    expect([code, stdout]).toEqual([0, expect.stringContaining('4 files')]);
    await other.stop();

    expect((await server.plaza('backups', 'now')).code).toBe(0);
    expect(await list()).not.toContain(name);
    expect((await store.keys(`backups/${name}/`)).length).toBe(0);
    await server.restart({ BACKUP_SCHEDULE: '', BACKUP_TO: '', BACKUP_PASSPHRASE_FILE: '' });
  });

  it('fails when the store is away, rather than leave files out', async () => {
    await store.stop();
    const { code, stderr } = await server.plaza('backup', join(folder, 'none.tar'));
    await store.run();
    expect([code, stderr]).toEqual([1, expect.stringContaining('The object store fails')]);
  });

  it('of another community may not share its place', async () => {
    await expect(openServer({ env: store.settings })).rejects.toThrow('files of another community');
  });
});
