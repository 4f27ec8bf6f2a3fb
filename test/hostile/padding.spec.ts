import { randomBytes } from 'node:crypto';
import { encodeMessage } from '../client/message.js';
import { type SessionClient } from '../client/client.js';
import { type MessageRow } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const LARGEST = 65_536;
const MOST_PADDING = 4096;
/** Characters of a page, and of its one message more than fits. */
const MOST_CHARACTERS = 2_000_000;

function padded(content: Buffer, padding: number): Buffer {
  const data = Buffer.alloc(content.length + padding);
  data.set(content);
  data[content.length] = 0x80;
  return data;
}

/** A message of padding takes no disk, and a page of the largest messages would be 22 MB for anybody who asks. */
describe('large messages', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;

  beforeAll(async () => {
    server = await openServer({
      env: { POST_RATE_LIMIT: '10000', RATE_LIMIT_PER_KEY: '0', RATE_LIMIT_PER_ADDRESS: '0' },
    });
    actors = new Actors(server);
    ({ alice } = actors);
  });

  afterAll(() => server.stop());

  /** Posts the largest message there may be `count` times, and gives its texts back, oldest first. */
  async function postLargest(room: string, count: number): Promise<MessageRow[]> {
    const rows: MessageRow[] = [];
    for (let n = 0; n < count; n++) {
      rows.push((await alice.postMessage(room, '', { data: randomBytes(LARGEST) })).expect(201).json);
    }
    return rows;
  }

  it('that are nearly all padding are refused, posted or edited, and change nothing', async () => {
    const { id } = (await alice.postMessage('lobby', 'hello')).expect(201).json;
    const { message_sequence: before } = (await alice.room('lobby')).json;
    for (const padding of [MOST_PADDING + 1, 30_000, LARGEST - 2]) {
      const data = padded(Buffer.from('hi'), padding);
      for (const refused of [
        await alice.postMessage('lobby', '', { data }),
        await alice.editMessage('lobby', id, '', { data }),
      ]) {
        expect([refused.status, refused.text]).toEqual([413, expect.stringMatching(/4096 bytes of padding/)]);
      }
    }
    expect((await alice.room('lobby')).json.message_sequence).toBe(before);
  });

  it('are accepted with the padding that clients add, and returned as the same bytes', async () => {
    const contents = [
      padded(Buffer.from('hi'), MOST_PADDING),
      padded(Buffer.alloc(0), 160),
      encodeMessage({ body: 'ü'.repeat(10_000) }),
      Buffer.alloc(0),
      Buffer.alloc(3000),
    ];
    for (const data of contents) {
      const { id } = (await alice.postMessage('lobby', '', { data })).expect(201).json;
      expect((await alice.message('lobby', id)).json.data).toBe(data.toString('base64'));
    }
  });

  it('are delivered in pages of two megabytes at most, without one missing', async () => {
    await server.addRoom('large');
    const posted = await postLargest('large', 60);
    const ids = posted.map(({ id }) => id);
    for (const reader of [alice, actors.anonymous]) {
      const found: number[] = [];
      for (let since = 0; ;) {
        const answer = (await reader.messagesSince('large', since, { t: 'r', limit: 256 })).expect(200);
        expect(answer.text.length).toBeLessThan(MOST_CHARACTERS);
        if (answer.json.length === 0) break;
        found.push(...answer.json.map(({ id }) => id));
        since = answer.json.at(-1)?.seqno ?? since;
      }
      expect(found).toEqual(ids);
      const older: number[] = [];
      let page = (await reader.recentMessages('large', { limit: 256 })).expect(200);
      while (page.json.length > 0) {
        expect(page.text.length).toBeLessThan(MOST_CHARACTERS);
        older.push(...page.json.map(({ id }) => id));
        page = (await reader.messagesBefore('large', older.at(-1) ?? 0, { limit: 256 })).expect(200);
      }
      expect(older).toEqual(ids.toReversed());
    }
  });

  it('do not keep the pages of a browser from leading to the oldest', async () => {
    const browser = server.client(undefined, 'plain');
    let path = '/r/large';
    let posts = 0;
    for (let pages = 0; pages < 10; pages++) {
      const { text } = (await browser.get(path)).expect(200);
      posts += text.match(/<li class="post[ "]/g)?.length ?? 0;
      const older = /rel="prev" href="([^"]+)"/.exec(text);
      if (!older?.[1]) break;
      path = older[1];
    }
    expect(posts).toBe(60);
  });

  it('with many reactions end a page, too', async () => {
    await server.addRoom('popular');
    const ids = (await Promise.all(Array.from({ length: 40 }, () => alice.postMessage('popular', 'hi'))))
      .map((answer) => answer.expect(201).json.id)
      .sort((a, b) => a - b);
    await server.sql(
      `INSERT INTO users (session_id, created_at, last_active_at)
       SELECT '15' || lpad(to_hex(n), 64, '0'), 0, 0 FROM generate_series(1, 20) AS n`,
    );
    await server.sql(
      `WITH kinds AS (
         INSERT INTO reactions (message_id, reaction)
         SELECT m, 'kind' || n FROM unnest($1::bigint[]) AS m, generate_series(1, 100) AS n RETURNING id
       )
       INSERT INTO user_reactions (reaction_id, user_id, reacted_at)
       SELECT kinds.id, users.id, 0 FROM kinds, users WHERE session_id LIKE '150000%'`,
      [ids],
    );
    const found: number[] = [];
    for (let since = 0; ;) {
      const query = { t: 'r', limit: 256, reactors: 20 };
      const answer = (await alice.messagesSince('popular', since, query)).expect(200);
      expect(answer.text.length).toBeLessThan(MOST_CHARACTERS);
      if (answer.json.length === 0) break;
      found.push(...answer.json.map(({ id }) => id));
      since = answer.json.at(-1)?.seqno ?? since;
    }
    expect(found).toEqual(ids);
  });

  it('from one person to another are delivered in pages, too', async () => {
    (await actors.bob.pollInfo('lobby')).expect(200);
    const body = randomBytes(LARGEST);
    const sent: number[] = [];
    for (let n = 0; n < 40; n++) {
      sent.push((await alice.sendDirectMessage(actors.bob.id, body)).expect(201).json.id);
    }
    const found: number[] = [];
    for (let answer = await actors.bob.inbox(); answer.status === 200;) {
      expect(answer.text.length).toBeLessThan(MOST_CHARACTERS + 100_000);
      found.push(...answer.json.map(({ id }) => id));
      answer = await actors.bob.inbox(found.at(-1), { limit: 256 });
    }
    expect(found).toEqual(sent);
  });
});
