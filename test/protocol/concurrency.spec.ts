import { Identity } from '../client/identity.js';
import { readMessage } from '../client/message.js';
import { type MessageRow, type MessageUpdate } from '../client/types.js';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

const CLIENTS = 20;
const POSTS_EACH = 10;
const POLLERS = 5;

describe('many clients at once, on two workers', () => {
  let server: TestServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await startServer({
      workers: 2,
      env: { POST_RATE_LIMIT: '1000', EDIT_RATE_LIMIT: '10000', REACTION_RATE_LIMIT: '10000' },
    });
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  async function postAll(author: SessionClient): Promise<MessageRow[]> {
    const posts: MessageRow[] = [];
    for (let count = 0; count < POSTS_EACH; count += 1) {
      posts.push((await author.postMessage('lobby', `${author.id} ${count}`)).expect(201).json);
    }
    return posts;
  }

  /** Follows `since/S` as clients do until it has seen so many rows. */
  async function follow(poller: SessionClient, rows: number): Promise<MessageUpdate[]> {
    const seen: MessageUpdate[] = [];
    while (seen.length < rows) {
      const since = seen.at(-1)?.seqno ?? 0;
      seen.push(...(await poller.messagesSince('lobby', since, { t: 'r', limit: 17 })).expect(200).json);
    }
    return seen;
  }

  it('lets every poller see every post once, in order', async () => {
    const total = CLIENTS * POSTS_EACH;
    const pollers = Array.from({ length: POLLERS }, (_, index) => actors.person(`poller-${index}`));
    const [seen, posted] = await Promise.all([
      Promise.all(pollers.map((poller) => follow(poller, total))),
      Promise.all(actors.crowd(CLIENTS).map(postAll)),
    ]);
    const expected = posted.flat().sort((a, b) => a.seqno - b.seqno);
    expect(expected.map(({ seqno }) => seqno)).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    for (const rows of seen) expect(rows).toEqual(expected);
    expect((await actors.alice.room('lobby')).json.message_sequence).toBe(total);
  });

  it('makes one user of parallel first requests, all of which succeed', async () => {
    const newcomers = Array.from({ length: 5 }, () => new Identity());
    const answers = await Promise.all(
      newcomers.flatMap((identity) =>
        Array.from({ length: 10 }, () => server.client(identity).pollInfo('lobby')),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const ids = newcomers.map((identity) => server.client(identity).id);
    const rows = await server.sql('SELECT session_id FROM users WHERE session_id = ANY ($1)', [ids]);
    expect(rows.map(({ session_id }) => session_id).sort()).toEqual(ids.sort());
  });

  it('gives a role to the newcomer who comes while it is given', async () => {
    const people = Array.from({ length: 2 }, () => new Identity());
    await Promise.all(
      people.flatMap((identity) => [
        server.addModerator(identity, { in: 'lobby' }),
        ...Array.from({ length: 3 }, () => server.client(identity).pollInfo('lobby')),
      ]),
    );
    for (const identity of people) {
      expect((await server.client(identity).room('lobby')).json.moderator).toBe(true);
    }
    const stranded = await server.sql(
      `SELECT u.session_id FROM permission_overrides o JOIN users u ON u.id = o.user_id
       WHERE u.session_id LIKE '05%'`,
    );
    expect(stranded).toEqual([]);
  });
});

describe('a server that is killed while 200 posts are under way', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({
      workers: 2,
      env: { DATABASE_URL: undefined, POST_RATE_LIMIT: '1000' },
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  it('has every post that it answered with 201 after its restart, and none twice', async () => {
    const authors = new Actors(server).crowd(CLIENTS);
    await Promise.all(authors.map(async (author) => (await author.pollInfo('lobby')).expect(200)));
    const answered = new Map<string, MessageRow>();
    let killed: Promise<void> | undefined;
    const posts = authors.flatMap((author) =>
      Array.from({ length: 10 }, async (_, index) => {
        const text = `${author.id} ${index}`;
        const { status, json } = await author.postMessage('lobby', text);
        if (status === 201) answered.set(text, json);
        // In the middle: many have their answer, many wait for theirs.
        if (answered.size === 60) killed = server.kill('SIGKILL');
      }),
    );
    const outcomes = await Promise.allSettled(posts);
    await killed;
    expect(answered.size).toBeGreaterThanOrEqual(60);
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);

    await server.restart();
    const reader = server.client(new Identity());
    const rows: MessageUpdate[] = [];
    for (;;) {
      const page = (await reader.messagesSince('lobby', rows.at(-1)?.seqno ?? 0)).expect(200).json;
      if (page.length === 0) break;
      rows.push(...page);
    }
    const texts = rows.map(({ data }) => readMessage(data ?? '').body ?? '');
    expect(new Set(texts).size).toBe(texts.length);
    for (const [text, row] of answered) expect(rows[texts.indexOf(text)]).toEqual(row);
    expect(rows.map(({ seqno }) => seqno)).toEqual(rows.map((_, index) => index + 1));

    const next = (await authors[0]?.postMessage('lobby', 'after the crash'))?.expect(201).json;
    expect(next?.seqno).toBe(rows.length + 1);
  });
});
