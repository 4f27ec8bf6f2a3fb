import { type SessionClient } from '../client/client.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors } from '../support/actors.js';
import { rowCounts } from '../support/row-counts.js';
import { startServer, type TestServer } from '../support/server.js';

const POLLS = 300;

describe('polls inside onion requests that find nothing new', () => {
  let server: TestServer;
  let alice: SessionClient;

  beforeAll(async () => {
    server = await startServer({ env: { METRICS_PORT: '0', RATE_LIMIT_PER_KEY: '0', WEB_SEARCH: 'off' } });
    ({ alice } = new Actors(server));
  });

  afterAll(async () => {
    await server.stop();
  });

  it('ask the database nothing and leave no row, not even of their nonces', async () => {
    const position = { room: 'lobby', infoUpdates: 0, seqno: 0 };
    const statements = async (): Promise<number> =>
      (await scrape(metricsUrl(server))).value('plaza_database_statements_total');
    (await alice.postMessage('lobby', 'she is known')).expect(201);
    const seqno = (await alice.messagesSince('lobby', 0)).json[0]?.seqno ?? 0;
    (await alice.poll({ ...position, seqno })).expect(200);
    const [rowsBefore, before] = [await rowCounts(server), await statements()];
    for (let poll = 0; poll < POLLS; poll++) {
      const answers = (await alice.poll({ ...position, seqno })).expect(200).json;
      expect(answers.map(({ code }) => code)).toEqual([200, 200, 200, 304, 304]);
    }
    // Jobs and activity ask now and then, the more often the longer the polls take: less than once for each.
    expect((await statements()) - before).toBeLessThan(POLLS);
    // Visits and the work on a clock have rows of their own.
    const ofOthers = {
      room_users: expect.any(Number) as number,
      event_cursors: expect.any(Number) as number,
    };
    expect(await rowCounts(server)).toEqual({ ...rowsBefore, ...ofOthers });
  });

  it('may come twice, and nothing else may come under their nonce', async () => {
    const auth = { nonce: Buffer.alloc(16, 7), timestamp: Math.floor(Date.now() / 1000) };
    const [rowsBefore] = await server.sql('SELECT count(*) AS count FROM nonces');
    const batch = [{ method: 'GET', path: '/room/lobby' }];
    const nested = [{ method: 'POST', path: '/sequence', json: batch }];
    expect((await alice.batch(nested, { auth })).expect(200).json).toMatchObject([
      { code: 200, body: [{ code: 200 }] },
    ]);
    expect((await alice.batch(nested, { auth })).status).toBe(200);
    expect((await alice.batch(batch, { auth })).status).toBe(425);
    expect((await alice.delete('/inbox', undefined, { auth })).status).toBe(425);
    expect(await server.sql('SELECT count(*) AS count FROM nonces')).toEqual([rowsBefore]);
  });
});
