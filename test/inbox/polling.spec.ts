import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

describe('polling for direct messages', () => {
  let server: TestServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;

  const send = (from: SessionClient, to: SessionClient): Promise<number> =>
    from.sendDirectMessage(to.id, Buffer.from('hello')).then((answer) => answer.expect(201).json.id);

  beforeAll(async () => {
    server = await startServer({
      workers: 2,
      env: {
        DIRECT_MESSAGES_PER_HOUR: '10000',
        DIRECT_MESSAGE_RECIPIENTS_PER_HOUR: '10000',
        MAX_UNANSWERED_DIRECT_MESSAGES: '10000',
      },
    });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    for (const person of [alice, bob]) (await person.inbox()).expect(200);
    // Commits take differently long, so that messages sent at once would become visible out of order.
    await server.sql(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(random() * 0.05); RETURN NULL; END'`);
    await server.sql(`CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON inbox
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()`);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('does not ask the database while nothing is new', async () => {
    const newest = await send(alice, bob);
    const polls = (): Promise<number[]> =>
      Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          index % 2 === 0 ? (await bob.inbox(newest)).status : (await alice.outbox(newest)).status,
        ),
      );
    // Both processes get to know where the boxes end.
    await polls();
    await server.sql('ALTER TABLE inbox RENAME TO inbox_out_of_reach');
    try {
      expect(await polls()).toEqual(Array(20).fill(304));
      expect((await bob.inbox(newest - 1)).status).toBe(500);
    } finally {
      await server.sql('ALTER TABLE inbox_out_of_reach RENAME TO inbox');
    }
  });

  it('shows a sender their own message at once, and the recipient as soon as every process has been told', async () => {
    for (let round = 0; round < 10; round++) {
      const before = newestOf(await bob.inbox());
      const replies = await alice.batch([
        { method: 'GET', path: `/outbox/since/${before}` },
        { method: 'POST', path: `/inbox/${bob.id}`, json: { message: 'aGk=' } },
        { method: 'GET', path: `/outbox/since/${before}` },
      ]);
      expect(replies.json.map(({ code }) => code)).toEqual([304, 201, 200]);
      await eventually(async () => (await bob.inbox(before)).status === 200);
    }
  });

  it('misses no message when many people send to one at once', async () => {
    const crowd = actors.crowd(8);
    const { seen, sent } = await pollDuring(
      (since) => bob.inbox(since, { limit: 7 }),
      newestOf(await bob.inbox()),
      crowd.map((writer) => () => send(writer, bob)),
    );
    expect(seen).toEqual(sent.toSorted((a, b) => a - b));
  });

  it('misses no message when one person sends to many at once', async () => {
    const crowd = actors.crowd(8);
    const { seen, sent } = await pollDuring(
      (since) => alice.outbox(since, { limit: 7 }),
      newestOf(await alice.outbox()),
      crowd.map((recipient) => () => send(alice, recipient)),
    );
    expect(seen).toEqual(sent.toSorted((a, b) => a - b));
  });

  it('lets people write to each other at once without waiting in a circle', async () => {
    const crowd = actors.crowd(6);
    for (const person of crowd) await person.inbox();
    const pairs = crowd.flatMap((from) => crowd.map((to) => ({ from, to })));
    const ids = await Promise.all(pairs.map(({ from, to }) => send(from, to)));
    expect(new Set(ids).size).toBe(36);
  });
});

type BoxAnswer = Awaited<ReturnType<SessionClient['inbox']>>;

function newestOf(box: BoxAnswer): number {
  return box.json.at(-1)?.id ?? 0;
}

/** Polls a box, always from the newest message seen, while each of the writers sends a dozen messages. */
async function pollDuring(
  poll: (since: number) => Promise<BoxAnswer>,
  start: number,
  writers: (() => Promise<number>)[],
): Promise<{ seen: number[]; sent: number[] }> {
  const seen: number[] = [];
  const sent: number[] = [];
  const expected = 12 * writers.length;
  const readOn = async (): Promise<boolean> => {
    const answer = await poll(seen.at(-1) ?? start);
    if (answer.status === 200) seen.push(...answer.json.map(({ id }) => id));
    return seen.length >= expected;
  };
  await Promise.all([
    // A missed message never comes, and the comparison tells.
    eventually(readOn).catch(() => undefined),
    ...writers.map(async (write) => {
      for (let round = 0; round < 12; round++) sent.push(await write());
    }),
  ]);
  return { seen, sent };
}
