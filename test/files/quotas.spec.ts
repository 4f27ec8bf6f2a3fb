import type * as metering from '../../src/foundation/metrics/meters.service.js';
import { type SessionClient } from '../client/client.js';
import { type SessionResponse } from '../client/response.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { type Environment } from '../support/community.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { age, uploadsOf } from './uploads-folder.js';

const MEGABYTE = 1_000_000;
const DAY = 24 * 60 * 60;

/** How much may be uploaded, so that nobody fills the disk. */
describe('uploads', () => {
  /** Two servers of one community, as two machines have them. */
  let server: OpenServer;
  let beside: OpenServer;
  let actors: Actors;
  let people = 0;

  beforeAll(async () => {
    const env = {
      POST_RATE_LIMIT: '1000',
      UNCLAIMED_BYTES_PER_USER: String(10 * MEGABYTE),
      UNCLAIMED_FILES_PER_USER: '30',
      UNCLAIMED_BYTES_PER_ROOM: String(40 * MEGABYTE),
      UPLOAD_BYTES_PER_USER: String(25 * MEGABYTE),
      UPLOAD_RATE_LIMIT: '40',
    };
    server = await openServer({ env });
    beside = await openServer({ env, beside: server });
    actors = new Actors(server, 'lobby');
    for (const room of ['garden', 'full', 'attic']) await server.addRoom(room);
  });

  afterAll(async () => {
    await beside.stop();
    await server.stop();
  });

  function newcomer(): SessionClient {
    return actors.person(`newcomer ${(people += 1)}`);
  }

  /** The same person at the other server. */
  function elsewhere({ identity }: SessionClient): SessionClient {
    return beside.client(identity);
  }

  async function restart(env: Environment): Promise<void> {
    await beside.restart(env);
    await server.restart(env);
  }

  async function refusalsFor(quota: string): Promise<number> {
    const { Meters } = await compiled<typeof metering>('foundation/metrics/meters.service.js');
    const definition = { name: 'plaza_uploads_refused_total', help: '', labels: ['quota'] };
    const counts = [server, beside].map((each) => each.get(Meters).counter(definition).cell(quota).value);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  function upload(
    by: SessionClient,
    size = MEGABYTE,
    room = 'lobby',
  ): Promise<SessionResponse<{ id: number }>> {
    return by.upload(room, Buffer.alloc(size, 1));
  }

  function idsOf(answers: readonly SessionResponse<{ id: number }>[]): number[] {
    return answers.filter(({ status }) => status === 201).map(({ json }) => json.id);
  }

  it('of ten pictures at once are taken, and again when they are posted', async () => {
    const alice = newcomer();
    for (let round = 0; round < 2; round += 1) {
      const ids = idsOf(await Promise.all(Array.from({ length: 10 }, () => upload(alice))));
      expect(ids).toHaveLength(10);
      (await alice.postMessage('lobby', 'look', { files: ids })).expect(201);
    }
  });

  it('by one key stop at its quota exactly, in parallel, over two servers and to two rooms', async () => {
    const eve = newcomer();
    const there = elsewhere(eve);
    const before = await uploadsOf(server);
    const answers = await Promise.all(
      Array.from({ length: 36 }, (_, index) =>
        upload(index % 4 < 2 ? eve : there, MEGABYTE, index % 2 ? 'lobby' : 'garden'),
      ),
    );
    expect(idsOf(answers)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 507));
    expect(refused[0]?.text).toContain('Too much has been uploaded');
    const after = await uploadsOf(server);
    expect(after.finished).toHaveLength(before.finished.length + 10);
    expect(after.incoming).toEqual([]);
    expect(await refusalsFor('UNCLAIMED_BYTES_PER_USER')).toBeGreaterThanOrEqual(26);
  });

  it('are possible again when the former ones are posted, deleted or over', async () => {
    const eve = newcomer();
    const ids = idsOf(await Promise.all(Array.from({ length: 10 }, () => upload(eve))));
    expect((await upload(eve)).status).toBe(507);
    (await eve.postMessage('lobby', 'look', { files: ids.slice(0, 1) })).expect(201);
    expect((await upload(eve)).status).toBe(201);
    expect((await upload(eve)).status).toBe(507);
    await age(server, Number(ids[1]), 60 * 60);
    expect((await upload(eve)).status).toBe(201);
    (await eve.deleteAll('lobby', eve.id)).expect(200);
    expect((await upload(eve)).status).toBe(201);
  });

  it('by one key stop at their daily quota, claimed or not', async () => {
    const eve = newcomer();
    const statuses: number[] = [];
    const all: number[] = [];
    for (let round = 0; round < 27; round += 1) {
      const answer = await upload(eve);
      statuses.push(answer.status);
      all.push(...idsOf([answer]));
      (await eve.postMessage('lobby', 'look', { files: idsOf([answer]) })).expect(201);
    }
    expect(statuses).toEqual([...Array<number>(25).fill(201), 507, 507]);
    await server.sql('UPDATE files SET uploaded_at = uploaded_at - $2::float8 WHERE id = ANY ($1)', [
      all,
      DAY,
    ]);
    expect((await upload(eve)).status).toBe(201);
  });

  it('that are small stop at the limits of their number and their rate', async () => {
    const eve = newcomer();
    const answers = await Promise.all(Array.from({ length: 35 }, () => upload(eve, 1)));
    const ids = idsOf(answers);
    expect(ids).toHaveLength(30);
    (await eve.postMessage('lobby', 'look', { files: ids })).expect(201);
    const more = await Promise.all(Array.from({ length: 15 }, () => upload(eve, 1)));
    expect(idsOf(more)).toHaveLength(10);
    const tooMany = more.find(({ status }) => status !== 201);
    expect([tooMany?.status, tooMany?.headers['retry-after']]).toEqual([429, '60']);
  });

  it('to one room stop at its quota, whoever sends them, and other rooms go on', async () => {
    const crowd = Array.from({ length: 5 }, newcomer);
    const answers = await Promise.all(
      crowd.flatMap((person) => Array.from({ length: 9 }, () => upload(person, MEGABYTE, 'full'))),
    );
    expect(idsOf(answers)).toHaveLength(40);
    expect((await upload(newcomer(), MEGABYTE, 'attic')).status).toBe(201);
  });

  it('of strangers and of everybody stop at the quotas of the server', async () => {
    const [row] = await server.sql('SELECT sum(size) AS unclaimed FROM files WHERE message_id IS NULL');
    const quota = String(Number(row?.unclaimed) + 100 * MEGABYTE);
    const alice = newcomer();
    (await alice.pollInfo('lobby')).expect(200);
    (await alice.postMessage('lobby', 'known')).expect(201);
    await server.sql(`UPDATE users SET created_at = created_at - $2::float8 WHERE session_id = $1`, [
      alice.id,
      2 * DAY,
    ]);
    await restart({ UNCLAIMED_BYTES: quota, STRANGERS_UPLOAD_BYTES: '1' });
    actors = new Actors(server, 'lobby');
    expect((await upload(newcomer())).status).toBe(507);
    const known = server.client(alice.identity);
    expect((await upload(known)).status).toBe(201);
    await restart({ UNCLAIMED_BYTES: '1', STRANGERS_UPLOAD_BYTES: undefined });
    expect((await upload(server.client(alice.identity))).status).toBe(507);
  });

  it('by many people at once over two servers stop at the quotas of the server exactly', async () => {
    for (const [quota, counts] of [
      [
        'UNCLAIMED_BYTES',
        'message_id IS NULL AND expires_at > plaza_now() AND uploaded_at > plaza_now() - 3600',
      ],
      [
        'STRANGERS_UPLOAD_BYTES',
        `by_stranger AND uploaded_at > plaza_now() - ${DAY} AND expires_at > plaza_now()`,
      ],
    ] as const) {
      const used = async (): Promise<number> => {
        const [row] = await server.sql(`SELECT sum(size)::float8 AS used FROM files WHERE ${counts}`);
        return Number(row?.used);
      };
      const before = await used();
      await restart({
        UNCLAIMED_BYTES: undefined,
        UNCLAIMED_BYTES_PER_ROOM: '0',
        [quota]: String(before + 10 * MEGABYTE),
      });
      actors = new Actors(server, 'lobby');
      const crowd = Array.from({ length: 40 }, (_, index) =>
        index % 4 < 2 ? newcomer() : elsewhere(newcomer()),
      );
      // Into two rooms, since uploads to one room wait for each other anyway.
      const answers = await Promise.all(
        crowd.map((person, index) => upload(person, MEGABYTE, index % 2 ? 'lobby' : 'garden')),
      );
      expect(idsOf(answers)).toHaveLength(10);
      expect(await used()).toBe(before + 10 * MEGABYTE);
    }
  });

  it('are counted from few rows, however many files there are', async () => {
    const many = 20_000;
    const rowsRead = async (): Promise<{ rows: number; added: number }> => {
      const [row] = await server.sql(
        `SELECT seq_tup_read + idx_tup_fetch AS rows, n_tup_ins AS added
         FROM pg_stat_user_tables WHERE relname = 'files'`,
      );
      return { rows: Number(row?.rows), added: Number(row?.added) };
    };
    await restart({ UNCLAIMED_BYTES: undefined, STRANGERS_UPLOAD_BYTES: undefined });
    const eve = server.client(actors.person('eve').identity);
    (await eve.postMessage('lobby', 'known')).expect(201);
    await server.sql(
      `INSERT INTO files (id, room_id, uploader_id, size, uploaded_at, expires_at, storage_key, message_id)
       SELECT n, m.room_id, u.id, 1000, now - 86400 - n, now + 86400, n::text, m.id
       FROM (SELECT extract(epoch FROM now())::float8 AS now) AS clock, generate_series(1, ${many}) AS n,
         users u JOIN messages m ON m.user_id = u.id
       WHERE u.session_id = $1`,
      [eve.id],
    );
    await server.sql('ANALYZE files');
    await eventually(async () => (await rowsRead()).added >= many);
    const before = await rowsRead();
    for (let count = 0; count < 20; count += 1) (await upload(eve, 1)).expect(201);
    await eventually(async () => (await rowsRead()).added >= before.added + 20);
    // One sweep of all of them may come in between; each upload would read all of them twice.
    expect((await rowsRead()).rows - before.rows).toBeLessThan(2 * many);
  });
});
