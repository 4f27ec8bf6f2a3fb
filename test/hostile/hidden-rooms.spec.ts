import { Client } from 'pg';
import { type SessionClient } from '../client/client.js';
import { type BatchRequest } from '../client/types.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

const COUNT = 100;
/**
 * Statements of jobs and of activity that come in between. On a loaded machine a process hears of changes late now and then,
 * and asks the database meanwhile: then it is looked at again.
 */
const BY_THE_CLOCK = 25;

/** The time of an answer must not tell a room that is hidden from one that there is not (protocol 10). */
describe('a stranger who guesses tokens', () => {
  let server: TestServer;
  let eve: SessionClient;

  beforeAll(async () => {
    server = await startServer({ env: { METRICS_PORT: '0', RATE_LIMIT_PER_KEY: '0' } });
    eve = new Actors(server).person('eve');
    await server.sql(
      `INSERT INTO rooms (token, name, created_at, default_read, default_accessible)
       SELECT kind || '-' || n, 'secret', 0, false, false
       FROM unnest(ARRAY['polled', 'quiet']) AS kind, generate_series(1, $1) AS n`,
      [COUNT],
    );
    // Somebody who may polls half of them, so they are in memory.
    const boss = await new Actors(server).globalModerator();
    (await boss.batch(paths('polled', (room) => `/room/${room}/pollInfo/0`))).expect(200);
    (await eve.pollInfo('lobby')).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  function paths(kind: string, path: (room: string) => string): BatchRequest[] {
    return Array.from({ length: COUNT }, (_, n) => ({ method: 'GET', path: path(`${kind}-${n + 1}`) }));
  }

  /** How many statements a batch takes whose elements all say that there is no such room. */
  async function cost(requests: BatchRequest[]): Promise<number> {
    const statements = async (): Promise<number> =>
      (await scrape(metricsUrl(server))).value('plaza_database_statements_total');
    const before = await statements();
    const answers = (await eve.batch(requests)).expect(200).json;
    expect(answers.every(({ code }) => code === 404)).toBe(true);
    return (await statements()) - before;
  }

  it('makes the server ask the database once about each, hidden or not, in memory or not', async () => {
    for (const kind of ['polled', 'quiet', 'missing']) {
      const first = await cost(paths(kind, (room) => `/room/${room}/messages/since/0`));
      expect(first).toBeGreaterThanOrEqual(COUNT);
      // Fewer than two for each, with those of the clock, of which a slow machine has more meanwhile.
      expect(first).toBeLessThan(2 * COUNT);
      for (const path of ['', '/pollInfo/0', '/messages/recent', '/message/1', '/file/1', '/reactors/1/a']) {
        await eventually(async () => {
          const again = await cost(paths(kind, (room) => `/room/${room.toUpperCase()}${path}`));
          expect(again).toBeLessThan(BY_THE_CLOCK);
        });
      }
    }
  });

  it('waits for no lock of a hidden room when they write to it', async () => {
    const deletions = (kind: string): BatchRequest[] =>
      paths(kind, (room) => `/room/${room}/message/1`).map(({ path }) => ({ method: 'DELETE', path }));
    await eventually(async () => {
      const difference = (await cost(deletions('polled'))) - (await cost(deletions('missing')));
      return Math.abs(difference) < BY_THE_CLOCK;
    });
    // No process has this one in memory.
    await server.sql(`INSERT INTO rooms (token, name, created_at, default_read, default_accessible)
      VALUES ('unseen', 'unseen', 0, false, false)`);
    const writer = new Client({ connectionString: server.database.url });
    await writer.connect();
    try {
      await writer.query(`BEGIN; SELECT 1 FROM rooms WHERE token IN ('polled-1', 'unseen') FOR UPDATE`);
      for (const room of ['polled-1', 'unseen']) {
        expect((await eve.deleteMessage(room, 1)).status).toBe(404);
        expect((await eve.postMessage(room, 'hello?')).status).toBe(404);
      }
    } finally {
      await writer.end();
    }
  });

  it('finds a room as soon as it is created or opened', async () => {
    for (const room of ['missing-1', 'missing-2']) expect((await eve.room(room)).status).toBe(404);
    await server.addRoom('Missing-1');
    await eventually(async () => (await eve.room('missing-1')).status === 200);
    (await eve.postMessage('missing-1', 'first')).expect(201);
    expect((await eve.room('missing-2')).status).toBe(404);
    await server.sql(`UPDATE rooms SET default_accessible = true WHERE token = 'polled-1'`);
    await eventually(async () => (await eve.room('polled-1')).status === 200);
  });

  it('can ask for tokens without end without evicting rooms from memory', async () => {
    const lobby = async (): Promise<number> => {
      const before = (await scrape(metricsUrl(server))).value('plaza_database_statements_total');
      for (let poll = 0; poll < 20; poll++) (await eve.pollInfo('lobby', 1)).expect(200);
      return (await scrape(metricsUrl(server))).value('plaza_database_statements_total') - before;
    };
    await lobby();
    for (let round = 0; round < 15; round++) {
      await cost(paths(`made-up-${round}`, (room) => `/room/${room}`));
    }
    await eventually(async () => (await lobby()) < BY_THE_CLOCK);
  });
});
