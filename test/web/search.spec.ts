import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { open, pageAt } from './browsing.js';

let server: OpenServer;
let alice: SessionClient;
let bob: SessionClient;
let admin: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '10000', RATE_LIMIT_PER_ADDRESS: '1000' } });
  await server.addRoom('den');
  const actors = new Actors(server);
  ({ alice, bob } = actors);
  admin = await actors.staff('steward', { in: 'global', admin: true });
});

afterAll(() => server.stop());

type Options = Parameters<SessionClient['postMessage']>[2];

async function say(text: string, options: Options = {}, room = 'lobby'): Promise<number> {
  const { id } = (await alice.postMessage(room, text, { displayName: 'Alice', ...options })).expect(201).json;
  return id;
}

/** Ids of the messages that a page of results shows. */
async function found(query: string, room = 'lobby', more = ''): Promise<number[]> {
  const html = await pageAt(server.url, `/r/${room}/search?q=${encodeURIComponent(query)}${more}`);
  return [...html.matchAll(/<li class="post[^"]*" id="m(\d+)"/g)].map(([, id]) => Number(id));
}

const read = (): Promise<void> => server.runJob('words of messages');

async function words(): Promise<string> {
  const rows = await server.sql('SELECT words::text AS words FROM message_words ORDER BY message_id');
  return rows.map((row) => String(row.words)).join('\n');
}

describe('a search', () => {
  it('finds messages that have all words, newest first, with links to their place', async () => {
    const first = await say('The snails ate my Tomatoes');
    const second = await say('tomatoes, again tomatoes');
    await say('nothing of that kind');
    await read();
    expect(await found('tomatoes')).toEqual([second, first]);
    expect(await found('SNAIL tomato')).toEqual([first]);
    expect(await found('snails potatoes')).toEqual([]);
    const html = await pageAt(server.url, '/r/lobby/search?q=snail');
    expect(html).toContain(`href="/r/lobby/m/${first}#m${first}"`);
    expect(html).toContain('The <mark>snails</mark> ate');
  });

  it('finds words of any language, however accents and letters are written', async () => {
    const german = await say('Frühling im Gärtchen');
    const russian = await say('Ещё одна грядка');
    const persian = await say('كتاب تازه دربارهٔ باغ');
    const chinese = await say('今天天气很好');
    await read();
    expect(await found('fruhling')).toEqual([german]);
    expect(await found('ЕЩЕ')).toEqual([russian]);
    expect(await found('کتاب')).toEqual([persian]);
    expect(await found('天气')).toEqual([chinese]);
  });

  it('finds names, files, titles and invitations, too', async () => {
    const file = await say('', { attachments: [{ id: 3, fileName: 'seedplan.pdf' }] });
    const preview = await say('look', { preview: { url: 'https://example.org/x', title: 'Composting' } });
    const card = await say('', { invitation: { url: 'https://example.org/a', name: 'Beekeepers' } });
    await read();
    expect([await found('seedplan.pdf'), await found('composting'), await found('beekeepers')]).toEqual([
      [file],
      [preview],
      [card],
    ]);
    expect(await found('alice composting')).toEqual([preview]);
  });

  it('leads through all results, also beyond those that are looked through one by one', async () => {
    await server.addRoom('history');
    const many = await say('needle one', {}, 'history');
    await server.sql(
      `INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature)
       SELECT room_id, user_id, posted_at, n, n, n, data, padded_size, signature
       FROM messages CROSS JOIN generate_series(2, 2400) AS n WHERE id = $1`,
      [many],
    );
    const other = (await bob.postMessage('history', 'hay')).expect(201).json;
    await server.sql(
      `UPDATE messages m SET data = o.data FROM messages o
       WHERE o.id = $1 AND m.room_id = o.room_id AND m.seqno BETWEEN 30 AND 2390`,
      [other.id],
    );
    await server.sql(`UPDATE rooms SET message_sequence = 3000 WHERE token = 'history'`);
    await read();
    const seen: number[] = [];
    let more = '';
    for (let page = 0; page < 5; page++) {
      const ids = await found('needle', 'history', more);
      seen.push(...ids);
      if (ids.length < 20) break;
      more = `&before=${ids.at(-1)}`;
    }
    expect(seen).toHaveLength(39);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
  });

  it('without words finds nothing', async () => {
    for (const query of ['', ' ', '!!!', '🌱']) expect(await found(query)).toEqual([]);
  });

  it.each([`q=${'x'.repeat(101)}`, 'q=a&q=b', 'q=a&before=x'])(
    'with a bad query is refused with a reason: %s',
    async (query) => {
      expect((await open(server.url, `/r/lobby/search?${query}`)).status).toBe(400);
    },
  );

  it.each([`'`, `''`, `\\`, `a' | 'b`, `a & !b`, `:*`, `<->`, `\0`, '%', `'snails':*`])(
    'reads %j as it is written',
    async (query) => {
      expect((await open(server.url, `/r/lobby/search?q=${encodeURIComponent(query)}`)).status).toBe(200);
    },
  );

  it('is counted by address, more than a page', async () => {
    const other = await openServer({
      heldClock: true,
      env: { RATE_LIMIT_PER_ADDRESS: '1', RATE_LIMIT_BURST: '12' },
    });
    const statuses: number[] = [];
    for (let number = 0; number < 4; number++) {
      statuses.push((await open(other.url, '/r/lobby/search?q=a')).status);
    }
    expect(statuses).toEqual([200, 200, 429, 429]);
    await other.stop();
  });
});

describe('search does not find', () => {
  it('the former text of an edited message, nor a deleted one, from that moment on', async () => {
    const edited = await say('zucchini before');
    const deleted = await say('zucchini gone');
    await read();
    expect(await found('zucchini')).toEqual([deleted, edited]);
    (await alice.editMessage('lobby', edited, 'pumpkin after')).expect(200);
    (await alice.deleteMessage('lobby', deleted)).expect(200);
    expect(await found('zucchini')).toEqual([]);
    expect(await words()).not.toContain('zucchini');
    await read();
    expect(await found('pumpkin')).toEqual([edited]);
  });

  it('whispers, messages that are held, and those of rooms that not everyone may read', async () => {
    (await admin.postMessage('lobby', 'rhubarb whispered', { whisperTo: bob.id })).expect(201);
    (await admin.postMessage('lobby', 'rhubarb among us', { whisperMods: true })).expect(201);
    const held = await say('rhubarb held');
    await server.sql(`UPDATE messages SET state = 'held' WHERE id = $1`, [held]);
    await say('rhubarb in the den', {}, 'den');
    await read();
    expect(await found('rhubarb', 'den')).toHaveLength(1);
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
    await read();
    expect(await words()).not.toContain('rhubarb');
    expect(await found('rhubarb')).toEqual([]);
    await server.sql(`UPDATE rooms SET default_read = true WHERE token = 'den'`);
    await read();
    expect(await words()).toContain('rhubarb');
  });

  it('a message that is withdrawn meanwhile', async () => {
    const id = await say('gooseberry');
    await read();
    expect(await found('gooseberry')).toEqual([id]);
    await server.sql(
      `UPDATE messages SET state = 'withdrawn', data = NULL, padded_size = NULL, signature = NULL WHERE id = $1`,
      [id],
    );
    expect(await words()).not.toContain('gooseberry');
  });
});

describe('the words of messages', () => {
  it('are read once, whoever reads them at the same time', async () => {
    const ids: number[] = [];
    for (let number = 0; number < 250; number++) ids.push(await say(`parsnip ${number}`));
    await Promise.all([read(), read(), read()]);
    await read();
    const [row] = await server.sql(
      `SELECT count(*)::int AS count FROM message_words WHERE words @@ '''parsnip'''`,
    );
    expect(row?.count).toBe(250);
    expect(await found('parsnip 249')).toEqual([ids.at(-1)]);
  });

  it('are deleted with WEB_SEARCH=off, and nothing is searched then', async () => {
    const quiet = await openServer({ beside: server, env: { WEB_SEARCH: 'off' } });
    expect((await open(quiet.url, '/r/lobby/search?q=a')).status).toBe(404);
    expect(await pageAt(quiet.url, '/r/lobby')).not.toContain('search');
    await quiet.runJob('words of messages');
    const [row] = await server.sql('SELECT count(*)::int AS count FROM message_words');
    expect(row?.count).toBe(0);
    await quiet.stop();
  });
});
