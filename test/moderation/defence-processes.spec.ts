import { Actors } from '../support/actors.js';
import { childrenOf } from '../support/processes.js';
import { startServer, type TestServer } from '../support/server.js';

const STRANGERS = 150;

describe('the budget of strangers', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { DEFENCE: 'on' } });
  });

  afterAll(() => server.stop());

  async function killWorker(): Promise<void> {
    const [worker] = await childrenOf(server.pid);
    if (worker) process.kill(worker.pid, 'SIGKILL');
  }

  it('is kept by two workers, also when one of them is killed in the middle of a raid', async () => {
    const actors = new Actors(server);
    const taken: number[] = [];
    const raid = actors.crowd(STRANGERS).map(async (stranger, index) => {
      if (index === 40) await killWorker();
      const post = (): ReturnType<typeof stranger.postMessage> =>
        stranger.postMessage('lobby', `line ${index}`);
      // A request whose worker is killed has no answer, so it is sent again, as clients do.
      const answer = await post().catch(() => post().catch(() => undefined));
      if (answer?.status === 201) taken.push(answer.json.id);
    });
    await Promise.all(raid);
    const rows = (await server.sql(
      `SELECT state, count(*)::int AS count FROM messages WHERE NOT whisper_mods GROUP BY state`,
    )) as { state: string; count: number }[];
    const countOf = (wanted: string): number => rows.find(({ state }) => state === wanted)?.count ?? 0;
    expect(countOf('published') + countOf('withdrawn')).toBeLessThanOrEqual(6);
    expect(countOf('held') + countOf('published') + countOf('withdrawn')).toBeGreaterThanOrEqual(
      taken.length,
    );
    expect(taken.length).toBeGreaterThan(STRANGERS / 2);
    const [defence] = await server.sql(`SELECT state, cardinality(attempts) AS attempts FROM room_defences`);
    expect(defence).toMatchObject({ state: 'guarded' });
    const incidents = await server.sql('SELECT id FROM incidents');
    expect(incidents).toHaveLength(1);
  });

  it('is the same for ten rooms that are raided at once, three times that of one room', async () => {
    const tokens = Array.from({ length: 10 }, (_, index) => `room${index}`);
    await server.sql(
      `INSERT INTO rooms (token, name, created_at) SELECT token, token, 0 FROM unnest($1::text[]) AS token`,
      [tokens],
    );
    const actors = new Actors(server);
    const raid = tokens.flatMap((token) =>
      Array.from({ length: 10 }, (_, index) =>
        actors.person(`${token} ${index}`).postMessage(token, `line ${index}`),
      ),
    );
    for (const { status } of await Promise.all(raid)) expect(status).toBe(201);
    const [published] = await server.sql(
      `SELECT count(*)::int AS count FROM messages m JOIN rooms r ON r.id = m.room_id
       WHERE r.token LIKE 'room%' AND m.state IN ('published', 'withdrawn') AND NOT m.whisper_mods`,
    );
    expect(Number(published?.count)).toBeLessThanOrEqual(18);
    expect(Number(published?.count)).toBeGreaterThanOrEqual(6);
  });
});
