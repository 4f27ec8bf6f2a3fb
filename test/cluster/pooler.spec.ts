import { readMessage } from '../client/message.js';
import { CHANGES } from '../processes/changes.js';
import { Actors } from '../support/actors.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { pgbouncer, type Pooler, startPooler } from '../support/pgbouncer.js';
import { startServer, type TestServer } from '../support/server.js';

/** Fewer than the server's connections, so that these share them. */
const SESSIONS = 4;
const POSTERS = 10;
const POSTS_EACH = 5;

(pgbouncer === undefined ? describe.skip : describe)('a server behind PgBouncer', () => {
  let database: TestDatabase;
  let pooler: Pooler;
  let server: TestServer;
  let actors: Actors;

  beforeAll(async () => {
    database = await createDatabase();
    pooler = await startPooler(database.url, SESSIONS);
    server = await startServer({
      database,
      workers: 2,
      env: {
        DATABASE_URL: pooler.url,
        DATABASE_DIRECT_URL: database.url,
        POST_RATE_LIMIT: '100000',
      },
    });
    actors = new Actors(server);
  });

  afterAll(async () => {
    // The pooler's sessions end first, so that the database can be dropped.
    await server.kill('SIGTERM');
    await pooler.stop();
    await server.stop();
  });

  it.each(CHANGES)('makes and shows $name', async ({ prepare }) => {
    const prepared = await prepare({ server, actors, boss: await actors.globalAdmin() });
    await prepared.make();
    await eventually(() => prepared.shows(actors));
  });

  it('keeps each of many posts at once, with seqnos of their own', async () => {
    await server.addRoom('crowded');
    const answers = await Promise.all(
      actors.crowd(POSTERS).map(async (poster, name) => {
        const own: { seqno: number; text: string }[] = [];
        for (let index = 0; index < POSTS_EACH; index += 1) {
          const text = `${name}.${index}`;
          own.push({ seqno: (await poster.postMessage('crowded', text)).expect(201).json.seqno, text });
        }
        return own;
      }),
    );
    const page = (await actors.alice.messagesSince('crowded', 0)).expect(200).json;
    const read = page.map(({ seqno, data }) => ({ seqno, text: readMessage(data ?? '').body }));
    expect(read).toEqual(answers.flat().sort((a, b) => a.seqno - b.seqno));
  });
});
