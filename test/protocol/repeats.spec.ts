import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { authHeaders } from '../client/request-auth.js';
import { type SessionResponse } from '../client/response.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { answerOf, identityOf, signedOnce, type SignedRequest } from '../support/signed-once.js';
import { workerMemory } from '../support/worker-memory.js';

/** Parallel connections of one client, which come to both workers. */
const CONNECTIONS = 6;

/** Makes each message another one, although many are written in the same millisecond. */
let texts = 0;

let server: TestServer;
let actors: Actors;
let alice: SessionClient;
let bob: SessionClient;
let mod: SessionClient;
let boss: SessionClient;

beforeAll(async () => {
  server = await startServer({
    workers: 2,
    movableClock: true,
    env: { RATE_LIMIT_PER_KEY: '0', POST_RATE_LIMIT: '1000' },
  });
  actors = new Actors(server);
  ({ alice, bob } = actors);
  mod = await actors.moderator();
  boss = await actors.globalAdmin();
  for (const person of [alice, bob, mod, boss]) (await person.pollInfo('lobby')).expect(200);
});

afterAll(async () => {
  await server.stop();
});

/** Sends it over several connections at once. */
function inParallel(send: () => Promise<SessionResponse>): Promise<SessionResponse[]> {
  return Promise.all(Array.from({ length: CONNECTIONS }, () => send()));
}

async function count(from: string, parameters: unknown[] = []): Promise<number> {
  const [row] = await server.sql(`SELECT count(*)::int AS count FROM ${from}`, parameters);
  return Number(row?.count);
}

async function posted(by = alice, text = 'hello'): Promise<number> {
  return (await by.postMessage('lobby', text)).expect(201).json.id;
}

async function roomSeqno(): Promise<number> {
  const [row] = await server.sql(`SELECT message_sequence FROM rooms WHERE token = 'lobby'`);
  return Number(row?.message_sequence);
}

async function infoUpdates(): Promise<number> {
  const [row] = await server.sql(`SELECT info_updates FROM rooms WHERE token = 'lobby'`);
  return Number(row?.info_updates);
}

/** A write, and a number that rises by one each time it takes effect. */
interface Write {
  by: SessionClient;
  request: SignedRequest;
  effects: () => Promise<number>;
}

const WRITES: Record<string, () => Write | Promise<Write>> = {
  'a post': () => ({
    by: alice,
    request: { method: 'POST', path: '/room/lobby/message', body: alice.messageBody(`once ${++texts}`) },
    effects: () => count('messages'),
  }),
  'the first post of somebody': () => {
    const by = actors.person(`newcomer ${++texts}`);
    return {
      by,
      request: { method: 'POST', path: '/room/lobby/message', body: by.messageBody('my first') },
      effects: () => count('messages'),
    };
  },
  'an edit': async () => ({
    by: alice,
    request: {
      method: 'PUT',
      path: `/room/lobby/message/${await posted()}`,
      body: alice.messageBody('edited'),
    },
    effects: roomSeqno,
  }),
  'a deletion': async () => ({
    by: alice,
    request: { method: 'DELETE', path: `/room/lobby/message/${await posted()}` },
    effects: roomSeqno,
  }),
  'an upload': () => ({
    by: alice,
    request: { method: 'POST', path: '/room/lobby/file', body: Buffer.from('a file') },
    effects: () => count('files'),
  }),
  'a reaction': async () => ({
    by: bob,
    request: { method: 'PUT', path: `/room/lobby/reaction/${await posted()}/%F0%9F%90%9F` },
    effects: roomSeqno,
  }),
  'a pin': async () => ({
    by: boss,
    request: { method: 'POST', path: `/room/lobby/pin/${await posted()}` },
    effects: infoUpdates,
  }),
  'a ban': () => ({
    by: mod,
    request: { method: 'POST', path: `/user/15${'ab'.repeat(32)}/ban`, body: { rooms: ['lobby'] } },
    effects: () => count(`events WHERE kind = 'ban'`),
  }),
  'a direct message': () => ({
    by: alice,
    request: { method: 'POST', path: `/inbox/${bob.id}`, body: { message: 'AAAA' } },
    effects: () => count('inbox'),
  }),
  'a batch': () => ({
    by: alice,
    request: {
      method: 'POST',
      path: '/batch',
      body: [
        { method: 'POST', path: '/room/lobby/message', json: alice.messageBody(`in a batch ${++texts}`) },
        { method: 'GET', path: '/room/lobby' },
      ],
    },
    effects: () => count('messages'),
  }),
};

async function write(name: string): Promise<Write> {
  const made = WRITES[name];
  if (!made) throw new Error(`there is no write ${name}`);
  return made();
}

describe('a request that comes again with the same signature, as Desktop sends it', () => {
  describe.each(Object.keys(WRITES))('and is %s', (name) => {
    it('takes effect once and gets one answer, however many workers get it at once and afterwards', async () => {
      const { by, request, effects } = await write(name);
      const before = await effects();
      const send = signedOnce(server, by, request);
      const answers = await inParallel(send);
      answers.push(await send());
      const [first, ...others] = answers.map(answerOf);
      expect([200, 201]).toContain(first?.status);
      for (const other of others) expect(other).toEqual(first);
      expect(await effects()).toBe(before + 1);
    });

    it('is refused when its answer is no longer kept', async () => {
      const { by, request, effects } = await write(name);
      const send = signedOnce(server, by, request);
      expect([200, 201]).toContain((await send()).status);
      const before = await effects();
      await server.sql('UPDATE kept_answers SET answered_at = answered_at - 121 WHERE nonce = $1', [
        send.nonce,
      ]);
      await server.sql('UPDATE nonces SET claimed_at = claimed_at - 121 WHERE nonce = $1', [send.nonce]);
      await server.sql(
        `UPDATE messages SET posted_at = posted_at - 121
         WHERE nonce = $1 OR id = (SELECT message_id FROM nonces WHERE nonce = $1)`,
        [send.nonce],
      );
      expect((await send()).status).toBe(425);
      expect(await effects()).toBe(before);
    });
  });

  it('gets the same refusal, also when it would be accepted now', async () => {
    const unknown = server.client(actors.person('not yet known').identity);
    const send = signedOnce(server, alice, {
      method: 'POST',
      path: `/inbox/${unknown.id}`,
      body: { message: 'AAAA' },
    });
    expect((await send()).status).toBe(404);
    (await unknown.pollInfo('lobby')).expect(200);
    expect((await send()).status).toBe(404);
    expect((await alice.sendDirectMessage(unknown.id, Buffer.of(1))).status).toBe(201);
  });

  it('gets the answer to its post when the message was edited or deleted meanwhile, and its author banned', async () => {
    const carol = actors.person('carol');
    const send = signedOnce(server, carol, {
      method: 'POST',
      path: '/room/lobby/message',
      body: carol.messageBody('soon gone'),
    });
    const first = (await send()).expect(201);
    const { id } = first.json as { id: number };
    (await carol.editMessage('lobby', id, 'other')).expect(200);
    expect(answerOf(await send())).toEqual(answerOf(first));
    (await mod.deleteMessage('lobby', id)).expect(200);
    (await mod.ban(carol.id, { rooms: ['lobby'] })).expect(200);
    expect(answerOf(await send())).toEqual(answerOf(first));
  });

  it.each([
    ['a post', () => alice],
    ['the first post of somebody', () => actors.person(`first ${++texts}`)],
  ])('gets a refusal when anything else comes under its nonce, if it was %s', async (_name, by) => {
    const poster = by();
    const send = signedOnce(server, poster, {
      method: 'POST',
      path: '/room/lobby/message',
      body: poster.messageBody('mine'),
    });
    const first = await send();
    expect(first.status).toBe(201);
    const auth = { nonce: send.nonce };
    const newcomer = actors.person(`refused ${++texts}`);
    const body = newcomer.messageBody('other');
    expect((await newcomer.post('/room/lobby/message', body, { auth })).status).toBe(425);
    expect((await alice.post('/room/lobby/message', alice.messageBody('other'), { auth })).status).toBe(425);
    expect((await bob.post('/room/lobby/message', bob.messageBody('other'), { auth })).status).toBe(425);
    expect((await alice.delete('/room/lobby/message/1', undefined, { auth })).status).toBe(425);
    expect((await alice.batch([{ method: 'DELETE', path: '/inbox' }], { auth })).status).toBe(425);
    const plain = server.client(alice.identity, 'plain');
    expect((await plain.get('/rooms', { auth })).status).toBe(425);
    expect((await alice.post(`/inbox/${bob.id}`, { message: 'AAAA' }, { auth })).status).toBe(425);
    expect(answerOf(await send())).toEqual(answerOf(first));
    const [{ uses } = {}] = await server.sql(
      `SELECT (SELECT count(*) FROM nonces WHERE nonce = $1) + (SELECT count(*) FROM messages WHERE nonce = $1) AS uses`,
      [send.nonce],
    );
    expect(Number(uses)).toBe(1);
  });

  it('is refused when it is the first post of somebody under the nonce of anything else', async () => {
    const id = await posted();
    const send = signedOnce(server, alice, { method: 'DELETE', path: `/room/lobby/message/${id}` });
    expect((await send()).status).toBe(200);
    const newcomer = actors.person(`late ${++texts}`);
    const before = await count('messages');
    const body = newcomer.messageBody('under a used nonce');
    expect((await newcomer.post('/room/lobby/message', body, { auth: { nonce: send.nonce } })).status).toBe(
      425,
    );
    expect(await count('messages')).toBe(before);
  });

  it('of a batch does nothing again, whatever part was refused', async () => {
    const id = await posted();
    const elements = [
      { method: 'DELETE', path: `/room/lobby/message/${id}` },
      { method: 'DELETE', path: `/room/lobby/message/${id}` },
    ];
    const send = signedOnce(server, alice, { method: 'POST', path: '/batch', body: elements });
    const answers = await inParallel(send);
    for (const answer of answers) {
      expect((answer.expect(200).json as { code: number }[]).map(({ code }) => code)).toEqual([200, 404]);
    }
  });

  it('is refused when the answer is larger than 64 KiB', async () => {
    for (let index = 0; index < 3; index++) await posted(alice, 'x'.repeat(20_000));
    const elements = [
      { method: 'POST', path: '/room/lobby/message', json: alice.messageBody('with a large answer') },
      { method: 'GET', path: '/room/lobby/messages/recent?limit=4' },
    ];
    const send = signedOnce(server, alice, { method: 'POST', path: '/batch', body: elements });
    const before = await count('messages');
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(425);
    expect(await count('messages')).toBe(before + 1);
  });

  it('over plain HTTP gets the first answer, a read as well', async () => {
    const plain = server.client(alice.identity, 'plain');
    const nonce = randomBytes(16);
    const path = '/room/lobby/messages/recent?limit=1';
    const signed = { method: 'GET', path };
    const identity = identityOf(alice);
    const headers = authHeaders(identity.blindedFor(server.publicKey), server.publicKey, signed, { nonce });
    const first = await plain.get(path, { auth: 'none', headers });
    await posted(bob, 'meanwhile');
    expect(answerOf(await plain.get(path, { auth: 'none', headers }))).toEqual(answerOf(first.expect(200)));
  });
});

describe('when a worker dies between a write and its answer', () => {
  /** A supervisor pauses twice as long before each start of a worker while they keep dying; a new one does not. */
  const DEATHS_OF_A_SUPERVISOR = 3;
  let deaths = 0;

  beforeEach(async () => {
    if (deaths === DEATHS_OF_A_SUPERVISOR) {
      await server.restart();
      deaths = 0;
    }
    deaths++;
    await eventually(async () => (await workerMemory(server)).length === 2);
    // The connections of those who prepare the test may have ended with a worker.
    for (const person of [alice, bob, mod, boss]) await eventually(() => person.capabilities());
  });

  /** Milliseconds: a connection that was handed to the dying worker may stay silent until the client gives up. */
  const CLIENT_PATIENCE = 5_000;
  const PATIENCE = 60_000;

  /** Sends it until it is answered, as a client does whose connection broke. */
  async function untilAnswered(send: () => Promise<SessionResponse>): Promise<SessionResponse> {
    let answer: SessionResponse | undefined;
    await eventually(async () => {
      answer = await send();
      return answer.status < 500;
    }, PATIENCE);
    if (!answer) throw new Error('never answered');
    return answer;
  }

  it.each(Object.keys(WRITES).filter((name) => name !== 'a batch'))(
    'the repeat of %s ends well',
    async (name) => {
      const writes = await Promise.all(Array.from({ length: 8 }, () => write(name)));
      const { effects } = await write(name);
      const before = await effects();
      const answers = Promise.all(
        writes.map(({ by, request }) => untilAnswered(signedOnce(server, by, request, CLIENT_PATIENCE))),
      );
      const seen = eventually(async () => (await effects()) > before);
      await seen;
      const [victim] = await workerMemory(server);
      process.kill(victim?.pid ?? 0, 'SIGKILL');
      for (const { status } of await answers) expect([200, 201]).toContain(status);
      expect(await effects()).toBe(before + 8);
    },
    2 * PATIENCE,
  );

  it(
    'a batch takes effect at most once, and its repeat is answered in the end',
    async () => {
      const before = await count('messages');
      const writes = await Promise.all(Array.from({ length: 8 }, () => write('a batch')));
      const sends = writes.map(({ by, request }) => signedOnce(server, by, request, CLIENT_PATIENCE));
      const answers = Promise.all(sends.map((send) => untilAnswered(send)));
      await eventually(async () => (await count('messages')) > before);
      const [victim] = await workerMemory(server);
      process.kill(victim?.pid ?? 0, 'SIGKILL');
      // Nobody waits for the answer to a batch that began so long ago.
      await server.clock.advance('61 seconds');
      const done = (await answers).filter(({ status }) => status === 200).length;
      for (const { status } of await answers) expect([200, 425]).toContain(status);
      expect(await count('messages')).toBeGreaterThanOrEqual(before + done);
      expect(await count('messages')).toBeLessThanOrEqual(before + 8);
    },
    2 * PATIENCE,
  );
});
