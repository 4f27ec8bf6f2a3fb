import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const KINDS = 100;
const KINDS_OF_ONE = 20;

/** Everyone downloads the reactions of a message, so their number has an end, whoever adds them. */
describe('reactions', () => {
  /** Two servers of one community, as two machines have them. */
  let server: OpenServer;
  let beside: OpenServer;
  let actors: Actors;
  let alice: SessionClient;

  beforeAll(async () => {
    const env = { POST_RATE_LIMIT: '10000', RATE_LIMIT_PER_KEY: '0' };
    server = await openServer({ env });
    beside = await openServer({ env, beside: server });
    actors = new Actors(server);
    ({ alice } = actors);
  });

  afterAll(async () => {
    await beside.stop();
    await server.stop();
  });

  const post = async (): Promise<number> => (await alice.postMessage('lobby', 'hello')).expect(201).json.id;

  /** Adds `count` kinds that nobody else adds. */
  async function reactManyTimes(person: SessionClient, id: number, count: number): Promise<number[]> {
    const mark = person.id.slice(2, 8);
    const requests = Array.from({ length: count }, (_, kind) => ({
      method: 'PUT',
      path: `/room/lobby/reaction/${id}/${mark}-${kind}`,
      json: {},
    }));
    return (await person.batch(requests)).expect(200).json.map(({ code }) => code);
  }

  /** A message with `kinds` reactions of each of `people`, as an import may bring it. */
  async function fill(id: number, kinds: number, people: number): Promise<void> {
    await server.sql(
      `INSERT INTO users (session_id, created_at, last_active_at)
       SELECT '15' || lpad(to_hex(n), 64, '0'), 0, 0 FROM generate_series(1, $1) AS n ON CONFLICT DO NOTHING`,
      [people],
    );
    await server.sql(
      `WITH kinds AS (
         INSERT INTO reactions (message_id, reaction) SELECT $1, 'old' || n FROM generate_series(1, $2) AS n RETURNING id
       )
       INSERT INTO user_reactions (reaction_id, user_id, reacted_at)
       SELECT kinds.id, users.id, 0 FROM kinds, users
       WHERE session_id BETWEEN '15' || lpad('1', 64, '0') AND '15' || lpad(to_hex($3::int), 64, '0')`,
      [id, kinds, people],
    );
  }

  it('of one person to a message are twenty, and the next one is refused', async () => {
    const id = await post();
    expect(await reactManyTimes(actors.bob, id, KINDS_OF_ONE)).toEqual(Array(KINDS_OF_ONE).fill(200));
    const refused = await actors.bob.react('lobby', id, 'one more');
    expect([refused.status, refused.text]).toEqual([409, expect.stringMatching(/may give it 20$/)]);
    expect(Object.keys((await alice.message('lobby', id)).json.reactions)).toHaveLength(KINDS_OF_ONE);
    (await actors.bob.unreact('lobby', id, `${actors.bob.id.slice(2, 8)}-0`)).expect(200);
    (await actors.bob.react('lobby', id, 'one more')).expect(200);
  });

  it('of a message are a hundred kinds, even when many people add them at once over two servers', async () => {
    const id = await post();
    const crowd = [...actors.crowd(8).slice(0, 4), ...new Actors(beside).crowd(8).slice(4)];
    const answers = await Promise.all(crowd.map((person) => reactManyTimes(person, id, KINDS_OF_ONE)));
    const codes = answers.flat();
    expect(codes.filter((code) => code === 200)).toHaveLength(KINDS);
    expect(codes.filter((code) => code === 409)).toHaveLength(8 * KINDS_OF_ONE - KINDS);
    expect(Object.keys((await alice.message('lobby', id)).json.reactions)).toHaveLength(KINDS);
  });

  it('of a kind that a full message has can still be added, and added again without effect', async () => {
    const id = await post();
    await fill(id, KINDS, 3);
    expect((await alice.react('lobby', id, 'new')).status).toBe(409);
    expect((await alice.react('lobby', id, 'old7')).expect(200).json).toMatchObject({ added: true });
    expect((await alice.react('lobby', id, 'old7')).expect(200).json).toMatchObject({ added: false });
    expect((await alice.message('lobby', id)).json.reactions.old7).toMatchObject({ count: 4, you: true });
    (await (await actors.moderator()).removeReactions('lobby', id, 'old1')).expect(200);
    (await alice.react('lobby', id, 'new')).expect(200);
  });

  it('cost by how many of them are shown, not by how many people reacted', async () => {
    const id = await post();
    await fill(id, KINDS, 2000);
    await server.sql('ANALYZE');
    const before = await rowsRead();
    const { reactions } = (await alice.message('lobby', id, { reactors: 20 })).expect(200).json;
    expect(Object.keys(reactions)).toHaveLength(KINDS);
    expect(reactions.old1).toMatchObject({ index: 0, count: 2000 });
    expect(reactions.old1?.reactors).toHaveLength(20);
    // A database process tells of what it has read some seconds later.
    await eventually(async () => (await rowsRead()) > before);
    expect((await rowsRead()) - before).toBeLessThan(KINDS * 25);
  });

  it('beyond the cap, which an import can bring, are not shown, so no message is too large to read', async () => {
    const id = await post();
    await fill(id, 5000, 1);
    expect(Object.keys((await alice.message('lobby', id)).json.reactions)).toHaveLength(KINDS);
    (await (await actors.moderator()).removeReactions('lobby', id)).expect(200);
  });

  it('are shown right to the people who added them, also when those are too many to remember', async () => {
    const id = await post();
    await fill(id, KINDS, 200);
    (await alice.react('lobby', id, 'old5')).expect(200);
    for (const reader of [actors.bob, alice, actors.anonymous]) {
      const page = (await reader.recentMessages('lobby', { limit: 1 })).expect(200).json;
      expect(page[0]?.reactions.old5?.you).toBe(reader === alice ? true : undefined);
    }
  });

  it('are counted right, in whichever way they are removed', async () => {
    const id = await post();
    await fill(id, 3, 5);
    await server.sql(`DELETE FROM users WHERE session_id = '15' || lpad('1', 64, '0')`);
    expect((await alice.message('lobby', id)).json.reactions.old2?.count).toBe(4);
    const wrong = await server.sql(
      `SELECT id FROM reactions r WHERE reactors <> (SELECT count(*) FROM user_reactions WHERE reaction_id = r.id)`,
    );
    expect(wrong).toEqual([]);
  });

  async function rowsRead(): Promise<number> {
    const [row] = await server.sql(
      `SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'user_reactions')
         + (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'user_reactions') AS rows`,
    );
    return Number(row?.rows);
  }
});
