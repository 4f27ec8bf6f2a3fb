import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as sweeping from '../../src/files/file-sweeper.service.js';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { startServer, type TestServer } from '../support/server.js';
import { RawUpload } from './raw-upload.js';
import { age, pathOf, uploadsOf } from './uploads-folder.js';

const { FileSweeperService } = await compiled<typeof sweeping>('files/file-sweeper.service.js');

const HOUR = 60 * 60;

describe('the sweeper of files', () => {
  let server: TestServer;
  let alice: SessionClient;
  /** Two servers that sweep the same folder beside the one that members use. */
  let others: OpenServer[];
  let sweepers: sweeping.FileSweeperService[];

  beforeAll(async () => {
    server = await startServer({ env: { UPLOAD_RATE_LIMIT: '100000', UNCLAIMED_FILES_PER_USER: '100000' } });
    ({ alice } = new Actors(server, 'lobby', 'plain'));
    await server.addRoom('garden');
    others = [await openServer({ beside: server }), await openServer({ beside: server })];
    sweepers = others.map((other) => other.get(FileSweeperService));
  });

  afterAll(async () => {
    for (const other of others) await other.stop();
    await server.stop();
  });

  async function upload(room = 'lobby'): Promise<{ id: number; path: string }> {
    const { id } = (await alice.upload(room, randomBytes(100))).expect(201).json;
    return { id, path: await pathOf(server, id) };
  }

  async function removeExpired(): Promise<void> {
    await Promise.all(sweepers.map((sweeper) => sweeper.removeExpired()));
  }

  async function removeLeftovers(): Promise<void> {
    await Promise.all(sweepers.map((sweeper) => sweeper.removeLeftovers()));
  }

  async function removeUnfinished(): Promise<void> {
    await Promise.all(sweepers.map((sweeper) => sweeper.removeUnfinished()));
  }

  async function isRecorded(id: number): Promise<boolean> {
    return (await server.sql('SELECT 1 FROM files WHERE id = $1', [id])).length === 1;
  }

  it('removes expired files, row and bytes, and no others', async () => {
    const [expired, alive] = [await upload(), await upload()];
    await age(server, expired.id, HOUR + 1);
    await removeExpired();
    expect([await isRecorded(expired.id), await exists(expired.path)]).toEqual([false, false]);
    expect([await isRecorded(alive.id), await exists(alive.path)]).toEqual([true, true]);
  });

  it('removes more files than one statement can', async () => {
    const { id } = await upload();
    await server.sql(
      `INSERT INTO files (room_id, size, uploaded_at, expires_at, storage_key)
       SELECT room_id, 1, uploaded_at, 0, md5(n::text) FROM files, generate_series(1, 1200) n WHERE id = $1`,
      [id],
    );
    await removeExpired();
    expect(await server.sql('SELECT 1 FROM files WHERE expires_at = 0')).toEqual([]);
  });

  it('removes the files of a room that was deleted, those without an end too', async () => {
    const { id, path } = await upload('garden');
    await server.sql('UPDATE files SET expires_at = NULL WHERE id = $1', [id]);
    expect((await server.plaza('room', 'delete', 'garden', '--yes')).code).toBe(0);
    await removeExpired();
    expect([await isRecorded(id), await exists(path)]).toEqual([false, false]);
  });

  it('leaves nothing of a room that is deleted while files arrive', async () => {
    await server.addRoom('doomed');
    const before = await uploadsOf(server);
    const deletion = server.plazaProcess('room', 'delete', 'doomed', '--yes');
    const statuses = new Set<number>();
    while (!statuses.has(404)) {
      const replies = await Promise.all(
        Array.from({ length: 10 }, () => alice.upload('doomed', randomBytes(100))),
      );
      for (const { status } of replies) statuses.add(status);
    }
    expect((await deletion).code).toBe(0);
    expect(statuses).toEqual(new Set([201, 404]));
    await removeExpired();
    expect(await uploadsOf(server)).toEqual(before);
    expect(await server.sql('SELECT 1 FROM files WHERE room_id IS NULL')).toEqual([]);
  });

  it('removes the remains of an upload when its server was killed', async () => {
    const body = randomBytes(1000);
    const cut = await RawUpload.start(server, alice, body);
    cut.send(body.subarray(0, 500));
    let incoming: string[] = [];
    while (incoming.length === 0) ({ incoming } = await uploadsOf(server));
    await server.kill('SIGKILL');
    cut.abort();
    await server.restart();
    expect((await uploadsOf(server)).incoming).toEqual(incoming);
    await makeOld(join(server.dataDir, 'uploads', 'incoming', String(incoming[0])), 6 * 60);
    await removeUnfinished();
    expect((await uploadsOf(server)).incoming).toEqual([]);
  });

  it('removes bytes that no row knows once they are an hour old', async () => {
    const [fresh, old] = [await stray(server, 0), await stray(server, HOUR + 60)];
    const kept = await upload();
    await makeOld(kept.path, 30 * 24 * HOUR);
    await removeLeftovers();
    expect([await exists(fresh), await exists(old), await exists(kept.path)]).toEqual([true, false, true]);
  });

  it('removes more bytes than one statement asks for', async () => {
    const strays = await Promise.all(Array.from({ length: 700 }, () => stray(server, HOUR + 60)));
    await removeLeftovers();
    const left = await Promise.all(strays.map(exists));
    expect(left).not.toContain(true);
  });

  it('leaves alone what Plaza did not put into the folder', async () => {
    const path = join(server.dataDir, 'uploads', 'lost+found.txt');
    await writeFile(path, 'an operator was here');
    await makeOld(path, 30 * 24 * HOUR);
    await removeLeftovers();
    expect(await exists(path)).toBe(true);
  });

  it('removes unfinished uploads once nobody has written to them for five minutes, and none before', async () => {
    const abandoned = join(server.dataDir, 'uploads', 'incoming', randomBytes(16).toString('hex'));
    await writeFile(abandoned, 'half an upl');
    await makeOld(abandoned, 6 * 60);
    const body = randomBytes(1000);
    const running = await RawUpload.start(server, alice, body);
    running.send(body.subarray(0, 500));
    while ((await uploadsOf(server)).incoming.length < 2) await removeExpired();
    await removeUnfinished();
    expect(await exists(abandoned)).toBe(false);
    const { status, text } = await running.send(body.subarray(500)).answer();
    expect(status).toBe(201);
    expect((await alice.download('lobby', (JSON.parse(text) as { id: number }).id)).bytes).toEqual(body);
  });

  it('removes rows whose bytes are gone, and a room image among them raises info_updates', async () => {
    const [lost, image, kept] = [await upload(), await upload(), await upload()];
    await server.sql(`UPDATE rooms SET image_id = $1 WHERE token = 'lobby'`, [image.id]);
    const before = (await alice.room('lobby')).json;
    for (const { id, path } of [lost, image]) {
      await age(server, id, HOUR + 60);
      await server.sql('UPDATE files SET expires_at = NULL WHERE id = $1', [id]);
      await rm(path);
    }
    await removeLeftovers();
    expect(await Promise.all([lost, image, kept].map(({ id }) => isRecorded(id)))).toEqual([
      false,
      false,
      true,
    ]);
    const after = (await alice.room('lobby')).json;
    expect(after.image_id).toBeUndefined();
    expect(after.info_updates).toBe(before.info_updates + 1);
  });

  it('removes no row when the whole folder seems to be gone', async () => {
    const files = await Promise.all(Array.from({ length: 12 }, () => upload()));
    for (const { id } of files) {
      await age(server, id, HOUR + 60);
      await server.sql('UPDATE files SET expires_at = NULL WHERE id = $1', [id]);
    }
    const folder = join(server.dataDir, 'uploads');
    await rename(folder, `${folder}.away`);
    await mkdir(join(folder, 'incoming'), { recursive: true });
    await removeLeftovers();
    await rm(folder, { recursive: true });
    await rename(`${folder}.away`, folder);
    const left = await Promise.all(files.map(({ id }) => alice.download('lobby', id)));
    expect(left.map(({ status }) => status)).toEqual(files.map(() => 200));
  });

  it('lets a download that has begun come to its end', async () => {
    const bytes = randomBytes(9_000_000);
    const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
    (await alice.postMessage('lobby', 'look', { files: [id] })).expect(201);
    const reply = await fetch(`${server.url}/room/lobby/file/${id}`);
    expect(reply.status).toBe(200);
    await age(server, id, 16 * 24 * HOUR);
    await removeExpired();
    expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await alice.download('lobby', id)).status).toBe(404);
  });
});

/** Bytes under a key that no row has, written so many seconds ago. */
async function stray(server: TestServer, seconds: number): Promise<string> {
  const path = join(server.dataDir, 'uploads', randomBytes(16).toString('hex'));
  await writeFile(path, 'left over');
  await makeOld(path, seconds);
  return path;
}

async function makeOld(path: string, seconds: number): Promise<void> {
  const then = Date.now() / 1000 - seconds;
  await utimes(path, then, then);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
