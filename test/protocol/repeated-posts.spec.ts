import { type SessionClient } from '../client/client.js';
import { type SessionResponse } from '../client/response.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { answerOf, signedOnce } from '../support/signed-once.js';

/** Parallel connections, which lead to both servers in turn. */
const CONNECTIONS = 18;
const MINUTES = 60;

/** Two servers of one community, as two machines have them. */
let server: OpenServer;
let beside: OpenServer;
let requests = 0;
let alice: SessionClient;
let bob: SessionClient;
let mod: SessionClient;

beforeAll(async () => {
  const env = { RATE_LIMIT_PER_KEY: '0', POST_RATE_LIMIT: '1000' };
  server = await openServer({ env });
  beside = await openServer({ env, beside: server });
  const actors = new Actors(server);
  ({ alice, bob } = actors);
  mod = await actors.moderator();
  for (const person of [alice, bob, mod]) (await person.pollInfo('lobby')).expect(200);
});

afterAll(async () => {
  await beside.stop();
  await server.stop();
});

async function messages(): Promise<number> {
  const [row] = await server.sql('SELECT count(*)::int AS count FROM messages');
  return Number(row?.count);
}

describe('a message that is signed once and sent by several requests, as Android and iOS do', () => {
  const sendTo = (by: SessionClient, body: unknown): Promise<SessionResponse> =>
    (requests++ % 2 === 0 ? server : beside).client(by.identity).post('/room/lobby/message', body);

  it('is one message, however many servers get it at once and afterwards', async () => {
    const body = alice.messageBody('one message');
    const before = await messages();
    const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => sendTo(alice, body)));
    answers.push(await sendTo(alice, body));
    const [first, ...others] = answers.map(answerOf);
    expect(first?.status).toBe(201);
    for (const other of others) expect(other).toEqual(first);
    expect(await messages()).toBe(before + 1);
  });

  it('is the same message, also when that was edited or deleted meanwhile', async () => {
    const body = alice.messageBody('to be deleted', { envelope: true });
    const first = (await sendTo(alice, body)).expect(201);
    const { id } = first.json as { id: number };
    (await alice.editMessage('lobby', id, 'edited')).expect(200);
    expect(answerOf(await sendTo(alice, body))).toEqual(answerOf(first));
    (await alice.deleteMessage('lobby', id)).expect(200);
    expect(answerOf(await sendTo(alice, body))).toEqual(answerOf(first));
  });

  it('is another one when its files or its recipient differ, in another room, and an hour later', async () => {
    await server.addRoom('second');
    const body = mod.messageBody('said twice');
    const { id } = (await sendTo(mod, body)).expect(201).json as { id: number };
    const others = [
      await sendTo(mod, { ...body, files: [1] }),
      await sendTo(mod, { ...body, whisper_to: bob.id }),
      await sendTo(mod, { ...body, whisper_mods: true }),
      await server.client(mod.identity).post('/room/second/message', body),
    ];
    await server.sql('UPDATE messages SET posted_at = posted_at - $2 WHERE id = $1', [id, 61 * MINUTES]);
    others.push(await sendTo(mod, body));
    const ids = others.map((answer) => (answer.expect(201).json as { id: number }).id);
    expect(new Set([id, ...ids]).size).toBe(6);
  });

  it('is another one when it does not contain its time, as simple bots send it', async () => {
    const body = alice.messageBody('', { data: Buffer.from('the weather has not changed') });
    const ids = [];
    for (let index = 0; index < 2; index++) {
      ids.push(((await sendTo(alice, body)).expect(201).json as { id: number }).id);
    }
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('can not be sent by anybody else', async () => {
    const body = alice.messageBody('hers');
    (await sendTo(alice, body)).expect(201);
    expect((await sendTo(bob, body)).status).toBe(400);
  });
});

describe('repeats on a server that lets people post twice a minute', () => {
  let strict: OpenServer;

  beforeAll(async () => {
    strict = await openServer({ env: { POST_RATE_LIMIT: '2', POST_RATE_INTERVAL: '60' } });
  });

  afterAll(async () => {
    await strict.stop();
  });

  it('do not count as posts', async () => {
    const dave = new Actors(strict).person('dave');
    const body = dave.messageBody('first');
    for (let index = 0; index < 5; index++)
      expect((await dave.post('/room/lobby/message', body)).status).toBe(201);
    const second = dave.messageBody('second', { data: Buffer.from('without a time') });
    const send = signedOnce(strict, dave, { method: 'POST', path: '/room/lobby/message', body: second });
    for (let index = 0; index < 5; index++) expect((await send()).status).toBe(201);
    expect((await dave.postMessage('lobby', 'third')).status).toBe(429);
    expect((await dave.post('/room/lobby/message', body)).status).toBe(201);
    expect(await strict.sql('SELECT count(*)::int AS count FROM messages')).toEqual([{ count: 2 }]);
  });
});
