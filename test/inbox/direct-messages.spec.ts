import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const FIFTEEN_DAYS = 15 * 24 * 60 * 60;
const STRANGER = `15${'81'.repeat(32)}`;

describe('direct messages', () => {
  let server: OpenServer;
  let alice: SessionClient;
  let bob: SessionClient;
  let actors: Actors;

  const send = (from: SessionClient, to: SessionClient, text: string): Promise<number> =>
    from.sendDirectMessage(to.id, Buffer.from(text)).then((answer) => answer.expect(201).json.id);
  const texts = async (box: ReturnType<SessionClient['inbox']>): Promise<string[]> =>
    (await box).expect(200).json.map(({ message }) => Buffer.from(message, 'base64').toString());

  beforeAll(async () => {
    server = await openServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    await server.sql('DELETE FROM inbox');
    actors = new Actors(server);
    ({ alice, bob } = actors);
    for (const person of [alice, bob]) (await person.inbox()).expect(200);
  });

  it('tells the sender everything but the content', async () => {
    const now = Date.now() / 1000;
    const sent = (await alice.sendDirectMessage(bob.id, Buffer.from('hello'))).expect(201).json;
    expect(sent).toEqual({
      id: expect.any(Number) as number,
      posted_at: expect.any(Number) as number,
      expires_at: sent.posted_at + FIFTEEN_DAYS,
      sender: alice.id,
      recipient: bob.id,
    });
    expect(Math.abs(sent.posted_at - now)).toBeLessThan(5);
  });

  it('shows a message to its recipient and its sender, and to nobody else', async () => {
    const sent = (await alice.sendDirectMessage(bob.id, Buffer.from('hello'))).expect(201).json;
    const row = { ...sent, message: Buffer.from('hello').toString('base64') };
    expect((await bob.inbox()).json).toEqual([row]);
    expect((await alice.outbox()).json).toEqual([row]);
    expect((await alice.inbox()).json).toEqual([]);
    expect((await bob.outbox()).json).toEqual([]);
    expect((await actors.person('carol').inbox()).json).toEqual([]);
  });

  it('lies in both boxes of someone who writes to themselves', async () => {
    await send(alice, alice, 'note');
    expect(await texts(alice.inbox())).toEqual(['note']);
    expect(await texts(alice.outbox())).toEqual(['note']);
  });

  it('keeps any bytes, also none', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    (await alice.sendDirectMessage(bob.id, bytes)).expect(201);
    (await alice.post(`/inbox/${bob.id}`, { message: '' })).expect(201);
    (await alice.post(`/inbox/${bob.id}`, { message: 'aGk' })).expect(201);
    expect((await bob.inbox()).json.map(({ message }) => message)).toEqual([
      bytes.toString('base64'),
      '',
      'aGk=',
    ]);
  });

  it('reads IDs in upper-case hex as the same IDs', async () => {
    (await alice.sendDirectMessage(bob.id.toUpperCase(), Buffer.from('hello'))).expect(201);
    expect(await texts(bob.inbox())).toEqual(['hello']);
  });

  it('answers a poll with the messages after the known one, and 304 without a body when there are none', async () => {
    const empty = await bob.inbox(0);
    expect([empty.status, empty.text]).toEqual([304, '']);
    const first = await send(alice, bob, 'first');
    const second = await send(alice, bob, 'second');
    expect(await texts(bob.inbox(0))).toEqual(['first', 'second']);
    expect(await texts(bob.inbox(first))).toEqual(['second']);
    expect(await texts(alice.outbox(first))).toEqual(['second']);
    const nothingNew = [await bob.inbox(second), await alice.outbox(second), await bob.outbox(0)];
    expect(nothingNew.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([304, '']));
    expect((await bob.get(`/inbox/since/${'9'.repeat(30)}`)).status).toBe(304);
  });

  it('answers both polls in the batch of a client', async () => {
    const id = await send(alice, bob, 'hello');
    const polls = ['/inbox/since/0', `/inbox/since/${id}`, '/outbox/since/0'];
    const replies = (await bob.batch(polls.map((path) => ({ method: 'GET', path })))).expect(200).json;
    expect(replies).toMatchObject([{ code: 200, body: [{ id }] }, { code: 304, body: '' }, { code: 304 }]);
  });

  it('gives the oldest messages first, as many as asked for within 1 and 256', async () => {
    for (const text of ['one', 'two', 'three']) await send(alice, bob, text);
    expect(await texts(bob.inbox(undefined, { limit: 2 }))).toEqual(['one', 'two']);
    expect(await texts(bob.inbox(0, { limit: 2 }))).toEqual(['one', 'two']);
    expect(await texts(alice.outbox(undefined, { limit: 0 }))).toEqual(['one']);
    expect(await texts(alice.outbox(0, { limit: -5 }))).toEqual(['one']);
    await server.sql(
      `INSERT INTO inbox (recipient_id, sender_id, body, posted_at, expires_at)
       SELECT recipient_id, sender_id, body, posted_at, expires_at
       FROM inbox CROSS JOIN generate_series(1, 100)`,
    );
    expect((await bob.inbox()).json).toHaveLength(100);
    expect((await bob.inbox(undefined, { limit: 1000 })).json).toHaveLength(256);
    expect((await bob.inbox(undefined, { limit: 'many' })).status).toBe(400);
  });

  it('deletes what its owner received and nothing else', async () => {
    await send(alice, bob, 'one');
    await send(alice, bob, 'two');
    await send(bob, alice, 'mine');
    expect((await bob.clearInbox()).expect(200).json).toEqual({ deleted: 2 });
    expect(await texts(bob.inbox())).toEqual([]);
    expect((await bob.inbox(0)).status).toBe(304);
    expect((await alice.outbox(0)).status).toBe(304);
    expect(await texts(bob.outbox())).toEqual(['mine']);
    expect((await bob.clearInbox()).expect(200).json).toEqual({ deleted: 0 });
  });

  it('never uses an id twice', async () => {
    const before = await send(alice, bob, 'one');
    await bob.clearInbox();
    await server.restart();
    expect(await send(alice, bob, 'two')).toBeGreaterThan(before);
  });

  it('does not show what has expired, although it is not removed yet', async () => {
    const old = await send(alice, bob, 'old');
    const fresh = await send(alice, bob, 'fresh');
    await server.sql('UPDATE inbox SET expires_at = 1 WHERE id = $1', [old]);
    expect(await texts(bob.inbox())).toEqual(['fresh']);
    expect(await texts(alice.outbox(0))).toEqual(['fresh']);
    await server.sql('UPDATE inbox SET expires_at = 1');
    expect((await bob.inbox(old)).status).toBe(304);
    expect((await bob.inbox(fresh)).status).toBe(304);
    expect((await bob.clearInbox()).json).toEqual({ deleted: 0 });
  });

  it('keeps messages for as many days as the operator says', async () => {
    await server.restart({ INBOX_EXPIRY_DAYS: '2' });
    const { posted_at, expires_at } = (await alice.sendDirectMessage(bob.id, Buffer.of(1))).expect(201).json;
    expect(expires_at - posted_at).toBeCloseTo(2 * 24 * 60 * 60, 3);
  });

  it('can be sent by someone whose very first request it is', async () => {
    const newcomer = server.client(new Identity());
    expect(await send(newcomer, bob, 'hi')).toBeGreaterThan(0);
    expect((await bob.inbox()).json).toMatchObject([{ sender: newcomer.id }]);
  });

  describe('are refused', () => {
    const body = { message: 'aGk=' };

    it('to someone whom the server does not know', async () => {
      const refused = await alice.post(`/inbox/${STRANGER}`, body);
      expect([refused.status, refused.text]).toEqual([404, 'No such user']);
    });

    it('to someone banned from the server', async () => {
      await server.sql('UPDATE users SET banned = true WHERE session_id = $1', [bob.id]);
      try {
        expect((await alice.post(`/inbox/${bob.id}`, body)).status).toBe(404);
      } finally {
        await server.sql('UPDATE users SET banned = false WHERE session_id = $1', [bob.id]);
      }
    });

    it.each([
      ['an ordinary Session ID', () => bob.sessionId],
      ['half an ID', () => bob.id.slice(0, 40)],
      ['no ID', () => 'since'],
    ])('to %s', async (_case, recipient) => {
      expect((await alice.post(`/inbox/${recipient()}`, body)).status).toBe(404);
    });

    it.each([
      ['no body', undefined],
      ['no JSON', '{"message":'],
      ['a body that is no object', ['aGk=']],
      ['no message', {}],
      ['null', { message: null }],
      ['a number', { message: 7 }],
      ['what is not base64', { message: 'a*b' }],
    ])('with %s', async (_case, malformed) => {
      const refused = await alice.post(`/inbox/${bob.id}`, malformed);
      expect(refused.status).toBe(400);
      expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect((await bob.inbox()).json).toEqual([]);
    });

    it('when they are larger than a message may be', async () => {
      (await alice.sendDirectMessage(bob.id, Buffer.alloc(65_536))).expect(201);
      expect((await alice.sendDirectMessage(bob.id, Buffer.alloc(65_537))).status).toBe(413);
      expect((await bob.inbox()).json).toHaveLength(1);
    });

    it('without a signature, as is every other request about them', async () => {
      const { anonymous } = actors;
      const answers = await Promise.all([
        anonymous.post(`/inbox/${bob.id}`, body),
        anonymous.inbox(),
        anonymous.inbox(0),
        anonymous.outbox(),
        anonymous.outbox(0),
        anonymous.clearInbox(),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(401));
    });
  });

  it.each(['-1', 'x', '1.5'])('has no message %s after which it could look', async (id) => {
    expect((await bob.get(`/inbox/since/${id}`)).status).toBe(404);
    expect((await bob.get(`/outbox/since/${id}`)).status).toBe(404);
  });
});

describe('direct messages without blinding', () => {
  it('can be sent by an ordinary ID, which has no inbox of its own', async () => {
    const server = await openServer({ env: { REQUIRE_BLINDED_IDS: 'false' } });
    try {
      const { bob } = new Actors(server);
      await bob.inbox();
      const alice = server.client(new Identity(), 'onion-v4-xchacha20', { blinded: false });
      (await alice.sendDirectMessage(bob.id, Buffer.from('hello'))).expect(201);
      expect((await bob.inbox()).json).toMatchObject([{ sender: alice.sessionId, recipient: bob.id }]);
      const answers = [
        await alice.inbox(),
        await alice.inbox(0),
        await alice.outbox(),
        await alice.clearInbox(),
      ];
      expect(answers.map(({ status }) => status)).toEqual(Array(4).fill(401));
    } finally {
      await server.stop();
    }
  });
});
