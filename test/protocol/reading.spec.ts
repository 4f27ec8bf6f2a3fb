import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { type MessageRow, type MessageUpdate } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** More than the largest page. */
const POSTS = 300;

describe('reading', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;
  let posts: MessageRow[];

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000', BATCH_MAX_REQUESTS: String(POSTS) } });
    await server.addRoom('whispers');
    await server.addRoom('other');
    actors = new Actors(server, 'whispers');
    ({ alice, bob } = actors);
    const elements = Array.from({ length: POSTS }, (_, index) => ({
      method: 'POST',
      path: '/room/lobby/message',
      json: alice.messageBody(`post ${index}`),
    }));
    posts = (await alice.batch(elements)).expect(200).json.map(({ body }) => body as MessageRow);
  });

  afterAll(async () => {
    await server.stop();
  });

  function texts(rows: readonly MessageUpdate[]): (string | undefined)[] {
    return rows.map(({ data }) => readMessage(data ?? '').body);
  }

  /** Texts of posts from one to another, both counted from zero; backwards when the second is lower. */
  function postsFrom(first: number, last: number): string[] {
    const step = first <= last ? 1 : -1;
    return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => `post ${first + step * index}`);
  }

  describe('messages/since/S', () => {
    it('returns the messages after S, in order', async () => {
      const rows = (await alice.messagesSince('lobby', posts[289]?.seqno ?? 0)).expect(200).json;
      expect(rows).toEqual(posts.slice(290));
    });

    it('returns nothing when there is nothing new, and beyond the end', async () => {
      const last = posts.at(-1)?.seqno ?? 0;
      for (const seqno of [String(last), String(last + 1), '9'.repeat(20), '9'.repeat(40)]) {
        expect((await alice.get(`/room/lobby/messages/since/${seqno}`)).expect(200).json).toEqual([]);
      }
    });

    it('returns 100 rows unless another number from 1 to 256 is asked for', async () => {
      const counts: number[] = [];
      for (const limit of [undefined, 1, 7, 256, 257, 99_999, 0, -5, '%2B3', '0007']) {
        counts.push((await alice.messagesSince('lobby', 0, { limit })).expect(200).json.length);
      }
      expect(counts).toEqual([100, 1, 7, 256, 256, 256, 1, 1, 3, 7]);
    });

    it('lets a client page through everything once', async () => {
      const seen: MessageUpdate[] = [];
      for (;;) {
        const page = (await alice.messagesSince('lobby', seen.at(-1)?.seqno ?? 0, { limit: 64, t: 'r' }))
          .json;
        if (page.length === 0) break;
        seen.push(...page);
      }
      expect(texts(seen)).toEqual(postsFrom(0, POSTS - 1));
    });

    it('accepts the parameters of every client, and unknown ones', async () => {
      for (const query of [
        't=r&reactors=5',
        't=r',
        't=',
        't=xyz',
        'reactors=0',
        'a=b&limit=1&limit=9',
        '&&=',
      ]) {
        expect((await alice.get(`/room/lobby/messages/since/290?${query}`)).status).toBe(200);
      }
      expect((await alice.get('/room/lobby/messages/since/0?limit=1&limit=9')).json).toHaveLength(1);
    });
  });

  describe('messages/recent and messages/before/M', () => {
    it('return the newest first', async () => {
      expect(texts((await alice.recentMessages('lobby')).json)).toEqual(postsFrom(299, 200));
      expect(texts((await alice.recentMessages('lobby', { limit: 3 })).json)).toEqual(postsFrom(299, 297));
      const id = posts[10]?.id ?? 0;
      expect(texts((await alice.messagesBefore('lobby', id)).json)).toEqual(postsFrom(9, 0));
      expect(texts((await alice.messagesBefore('lobby', id, { limit: 2 })).json)).toEqual(postsFrom(9, 8));
    });

    it('return nothing before the first, and everything before an id that is yet to come', async () => {
      expect((await alice.messagesBefore('lobby', posts[0]?.id ?? 0)).json).toEqual([]);
      expect((await alice.messagesBefore('lobby', 0)).json).toEqual([]);
      const all = (await alice.get(`/room/lobby/messages/before/${'9'.repeat(40)}?limit=256`)).expect(200);
      expect(all.json).toHaveLength(256);
    });

    it('keep their limit in range', async () => {
      expect((await alice.recentMessages('lobby', { limit: 1000 })).json).toHaveLength(256);
      expect((await alice.recentMessages('lobby', { limit: 0 })).json).toHaveLength(1);
    });
  });

  describe('message/M', () => {
    it('returns one message as every other way does', async () => {
      const [, post] = posts;
      expect((await actors.anonymous.message('lobby', post?.id ?? 0)).expect(200).json).toEqual(post);
    });

    it('answers 404 for ids that do not exist, or are in another room', async () => {
      const id = posts[0]?.id ?? 0;
      expect((await alice.message('other', id)).status).toBe(404);
      for (const missing of ['0', '999999', '9'.repeat(19), '9'.repeat(40)]) {
        const answer = await alice.get(`/room/lobby/message/${missing}`);
        expect(answer).toMatchObject({ status: 404, text: 'No such message' });
      }
    });
  });

  describe('with numbers that are none', () => {
    it.each([
      '/room/lobby/messages/since/-1',
      '/room/lobby/messages/since/x',
      '/room/lobby/messages/since/1.5',
      '/room/lobby/messages/since/',
      '/room/lobby/messages/since/1/2',
      '/room/lobby/messages/before/x',
      '/room/lobby/message/x',
      '/room/lobby/message/1e3',
      '/room/lobby/message/%00',
      '/room/lobby/messages',
      '/room/lobby/messages/later',
    ])('%s answers 404', async (path) => {
      expect((await alice.get(path)).status).toBe(404);
    });

    it.each([
      'limit=x',
      'limit=',
      'limit=1.5',
      'limit=1e3',
      'limit=0x10',
      'limit=NaN',
      `limit=${'9'.repeat(50)}`,
      'reactors=x',
      'reactors=',
      'limit=%00',
    ])('?%s answers 400 and says which', async (query) => {
      for (const path of ['messages/since/0', 'messages/recent', 'messages/before/9']) {
        const answer = await alice.get(`/room/lobby/${path}?${query}`);
        expect(answer.status).toBe(400);
        expect(answer.text).toContain(query.split('=')[0]);
      }
    });

    it('takes a number of reactors out of range for the nearest', async () => {
      for (const reactors of [-1, 21, 99_999_999_999]) {
        expect((await alice.recentMessages('lobby', { reactors, limit: 1 })).status).toBe(200);
      }
    });
  });

  describe('whispers', () => {
    it('are shown to the people they are for, and to nobody else', async () => {
      const mod = await actors.moderator();
      const admin = await actors.admin();
      const { bob } = actors;
      (await bob.pollInfo('whispers')).expect(200);
      (await mod.postMessage('whispers', 'for all')).expect(201);
      (await mod.postMessage('whispers', 'for bob', { whisperTo: bob.id })).expect(201);
      (await mod.postMessage('whispers', 'for mods', { whisperMods: true })).expect(201);
      (await mod.postMessage('whispers', 'for both', { whisperTo: bob.id, whisperMods: true })).expect(201);

      const seen: [SessionClient, string[]][] = [
        [mod, ['for all', 'for bob', 'for mods', 'for both']],
        [admin, ['for all', 'for mods', 'for both']],
        [bob, ['for all', 'for bob', 'for both']],
        [alice, ['for all']],
        [actors.anonymous, ['for all']],
      ];
      for (const [reader, expected] of seen) {
        const since = (await reader.messagesSince('whispers', 0)).json;
        expect(texts(since)).toEqual(expected);
        expect(texts((await reader.recentMessages('whispers')).json).reverse()).toEqual(expected);
        expect(texts((await reader.messagesBefore('whispers', 1_000_000)).json).reverse()).toEqual(expected);
      }
      const [, forBob] = (await mod.messagesSince('whispers', 0)).json;
      expect((await bob.message('whispers', forBob?.id ?? 0)).status).toBe(200);
      expect((await alice.message('whispers', forBob?.id ?? 0)).status).toBe(404);
    });
  });

  describe('a deleted message', () => {
    it('is announced only to people who can have known it', async () => {
      await server.addRoom('deletions');
      const before = (await alice.room('deletions')).json.message_sequence;
      const kept = (await alice.postMessage('deletions', 'kept')).expect(201).json;
      const gone = (await alice.postMessage('deletions', 'gone')).expect(201).json;
      (await alice.deleteMessage('deletions', gone.id)).expect(200);

      const knew = (await alice.messagesSince('deletions', gone.seqno)).json;
      expect(knew).toEqual([
        {
          id: gone.id,
          session_id: alice.id,
          posted: gone.posted,
          edited: expect.any(Number) as number,
          seqno: gone.seqno + 1,
          data: null,
          deleted: true,
        },
      ]);
      expect((await bob.messagesSince('deletions', before)).json).toEqual([kept]);
      expect((await alice.recentMessages('deletions')).json).toEqual([kept]);
      expect((await alice.message('deletions', gone.id)).status).toBe(404);
    });

    it('is announced to its author wherever they are in the room, because clients show what they posted', async () => {
      await server.addRoom('regrets');
      const first = (await alice.postMessage('regrets', 'hello')).expect(201).json;
      const since = first.seqno;
      const sent = (await bob.postMessage('regrets', 'spam')).expect(201).json;
      (await bob.deleteMessage('regrets', sent.id)).expect(200);
      const rows = (reader: SessionClient): Promise<unknown[]> =>
        reader.messagesSince('regrets', since).then(({ json }) => json);
      expect(await rows(alice)).toEqual([]);
      expect(await rows(bob)).toEqual([expect.objectContaining({ id: sent.id, deleted: true, data: null })]);
      expect(await rows(alice)).toEqual([]);
      // In a page that is cut before it, the deletion comes with the next one.
      (await alice.postMessage('regrets', 'later')).expect(201);
      const [page] = (await bob.messagesSince('regrets', 0, { limit: 1 })).json;
      expect(page?.id).toBe(first.id);
      const next = (await bob.messagesSince('regrets', page?.seqno ?? 0, { limit: 1 })).json;
      expect(next.map(({ id }) => id)).toEqual([sent.id]);
    });
  });

  it('marks the reader as active, within seconds and without a new info update', async () => {
    const { info_updates } = (await alice.room('other')).json;
    (await alice.recentMessages('other')).expect(200);
    (await actors.anonymous.recentMessages('other')).expect(200);
    await server.restart();
    const active = await server.sql(
      `SELECT u.session_id FROM room_users ru JOIN users u ON u.id = ru.user_id
       JOIN rooms r ON r.id = ru.room_id WHERE r.token = 'other'`,
    );
    expect(active).toEqual([{ session_id: alice.id }]);
    expect((await alice.room('other')).json.info_updates).toBe(info_updates);
  });
});
