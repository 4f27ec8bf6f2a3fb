import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { encodeMessage } from '../client/message.js';
import { type BatchReply } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const MAX_REQUESTS = 60;
const capabilities = { method: 'GET', path: '/capabilities' };

describe('batches', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;

  beforeAll(async () => {
    server = await openServer({
      env: { BATCH_MAX_REQUESTS: String(MAX_REQUESTS), POST_RATE_LIMIT: '1000' },
    });
    actors = new Actors(server);
    alice = actors.alice;
  });

  afterAll(async () => {
    await server.stop();
  });

  function post(text: string, extra: object = {}): { method: string; path: string; json: object } {
    return { method: 'POST', path: '/room/lobby/message', json: { ...alice.messageBody(text), ...extra } };
  }

  function batchOf(json: object[]): { method: string; path: string; json: object[] } {
    return { method: 'POST', path: '/batch', json };
  }

  async function messageCount(): Promise<number> {
    const [row] = await server.sql('SELECT count(*)::int AS count FROM messages');
    return Number(row?.count);
  }

  it('answer every element in order, failures among them', async () => {
    const elements = [
      capabilities,
      { method: 'GET', path: '/room/nowhere' },
      { method: 'GET', path: '/room/lobby/pollInfo/0' },
    ];
    const answer = (await alice.batch(elements)).expect(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json.map(({ code }) => code)).toEqual([200, 404, 200]);
    expect(answer.json[2]?.body).toMatchObject({ token: 'lobby' });
  });

  it('answer an empty list with an empty list', async () => {
    expect((await alice.batch([])).expect(200).json).toEqual([]);
    expect((await alice.sequence([])).expect(200).json).toEqual([]);
  });

  it('embed JSON as it is and return everything else as base64, text too', async () => {
    const [json, text] = (await alice.batch([capabilities, { method: 'GET', path: '/room/nowhere' }])).json;
    expect(json).toEqual({
      code: 200,
      headers: { 'content-type': 'application/json' },
      body: { capabilities: ['blind', 'reactions', 'sogs'] },
    });
    expect(text?.headers).toEqual({ 'content-type': 'text/plain; charset=utf-8' });
    expect(Buffer.from(String(text?.body), 'base64').toString()).toBe('No such room');
  });

  it('answer with headers, all of them text, and a body for every element', async () => {
    const answers = (
      await alice.batch([
        capabilities,
        { method: 'DELETE', path: '/capabilities' },
        { method: 'GET', path: '/nothing/here' },
        { method: 'POST', path: '/room/lobby/message', json: null },
      ])
    ).json;
    for (const answer of answers) {
      expect(Object.keys(answer)).toEqual(['code', 'headers', 'body']);
      expect(answer.body).not.toBeNull();
      for (const value of Object.values(answer.headers)) expect(typeof value).toBe('string');
    }
  });

  it('read a body as JSON, as base64 with and without padding, and as text', async () => {
    const path = '/room/lobby/message';
    const bytes = JSON.stringify(alice.messageBody('hello'));
    // One of two lengths that follow each other is one that base64 pads.
    const b64 = [bytes, `${bytes} `]
      .map((text) => Buffer.from(text).toString('base64'))
      .find((text) => text.endsWith('='));
    const bodies = [
      { json: alice.messageBody('hello') },
      { b64 },
      { b64: b64?.replace(/=+$/, '') },
      { bytes },
    ];
    const answers = (
      await alice.post(
        '/batch',
        bodies.map((body) => ({ method: 'POST', path, ...body })),
      )
    ).json;
    expect((answers as BatchReply[]).map(({ code }) => code)).toEqual([201, 201, 201, 201]);
  });

  it('run the polls of Desktop and Android', async () => {
    const headers = {
      Room: 'lobby',
      'X-SOGS-Pubkey': actors.bob.id,
      'X-SOGS-Nonce': 'signed over another path',
      'X-SOGS-Timestamp': '1',
      'X-SOGS-Signature': 'nothing that verifies',
      'Content-Length': '0',
    };
    const answers = (
      await alice.batch([
        capabilities,
        { method: 'GET', path: '/room/lobby/pollInfo/0', headers },
        { method: 'GET', path: '/room/lobby/messages/recent?t=r&reactors=5', headers },
        { method: 'GET', path: '/room/lobby/messages/since/0?t=r&reactors=5' },
        {
          ...post('from an element with headers'),
          headers: { ...headers, 'Content-Type': 'application/json' },
        },
      ])
    ).json;
    expect(answers.map(({ code }) => code)).toEqual([200, 200, 200, 200, 201]);
    expect(answers[4]?.body).toMatchObject({ session_id: alice.id });
  });

  it('are anonymous in every element when they are anonymous', async () => {
    const headers = { 'X-SOGS-Pubkey': alice.id };
    const answers = (await actors.anonymous.batch([capabilities, { ...post('hello'), headers }])).json;
    expect(answers.map(({ code }) => code)).toEqual([200, 401]);
  });

  it('see the effects of their earlier elements', async () => {
    const [posted, read] = (
      await alice.batch([post('first'), { method: 'GET', path: '/room/lobby/messages/recent?limit=1' }])
    ).json;
    expect(read?.body).toEqual([posted?.body]);
  });

  describe('with a malformed element', () => {
    it.each<[string, unknown]>([
      ['no object', 'GET /capabilities'],
      ['null', null],
      ['a list', [capabilities]],
      ['no method', { path: '/capabilities' }],
      ['an unknown method', { method: 'PATCH', path: '/capabilities' }],
      ['a lower-case method', { method: 'get', path: '/capabilities' }],
      ['no path', { method: 'GET' }],
      ['a path that is a number', { method: 'GET', path: 1 }],
      ['a path without a slash', { method: 'GET', path: 'capabilities' }],
      ['a path with a broken escape', { method: 'GET', path: '/room/%e2%28' }],
      ['headers that are a list', { ...capabilities, headers: [] }],
      ['a header that is no text', { ...capabilities, headers: { a: {} } }],
      ['a body on a GET', { ...capabilities, json: {} }],
      ['a body on a DELETE', { method: 'DELETE', path: '/room/lobby/message/1', b64: '' }],
      ['no body on a POST', { method: 'POST', path: '/room/lobby/message' }],
      ['two bodies', { method: 'POST', path: '/room/lobby/message', json: {}, bytes: '' }],
      ['bad base64', { method: 'POST', path: '/room/lobby/message', b64: '***' }],
      ['URL-safe base64', { method: 'POST', path: '/room/lobby/message', b64: '-_8=' }],
      ['base64 that is no text', { method: 'POST', path: '/room/lobby/message', b64: 7 }],
      ['bytes that are no text', { method: 'POST', path: '/room/lobby/message', bytes: {} }],
    ])('run nothing at all and answer 400, saying which: %s', async (_what, element) => {
      const before = await messageCount();
      for (const endpoint of ['/batch', '/sequence']) {
        const refused = await alice.post(endpoint, [post('before'), element, post('after')]);
        expect(refused.status).toBe(400);
        expect(refused.text).toMatch(/: 1\b/);
      }
      expect(await messageCount()).toBe(before);
    });

    it.each<[string, unknown]>([
      ['nothing', undefined],
      ['an empty body', ''],
      ['no JSON', '[{"method":'],
      ['null', null],
      ['an object', capabilities],
      ['text', '"GET /capabilities"'],
      ['bytes that are no UTF-8', Buffer.from('ff00ff', 'hex')],
    ])('answer 400 when they are no list: %s', async (_what, body) => {
      expect((await alice.post('/batch', body)).status).toBe(400);
      expect((await alice.post('/sequence', body)).status).toBe(400);
    });
  });

  describe('that are too much', () => {
    it('may hold so many elements and not one more', async () => {
      const most = Array.from({ length: MAX_REQUESTS }, () => capabilities);
      expect((await alice.batch(most)).expect(200).json).toHaveLength(MAX_REQUESTS);
      const before = await messageCount();
      const refused = await alice.batch([post('first'), ...most]);
      expect(refused.status).toBe(400);
      expect(refused.text).toContain(String(MAX_REQUESTS));
      expect(await messageCount()).toBe(before);
    });

    it('may hold so many elements together with the batches within them', async () => {
      const within = batchOf(Array.from({ length: MAX_REQUESTS - 3 }, () => capabilities));
      const answers = (await alice.batch([within, batchOf([capabilities]), capabilities])).expect(200).json;
      expect(answers.map(({ code }) => code)).toEqual([200, 400, 200]);
    });

    it('may be nested four deep', async () => {
      const nested = (await alice.batch([batchOf([batchOf([batchOf([batchOf([capabilities])])])])])).json;
      let [answer] = nested;
      const codes: (number | undefined)[] = [];
      for (; answer; [answer] = Array.isArray(answer.body) ? (answer.body as BatchReply[]) : []) {
        codes.push(answer.code);
      }
      expect(codes).toEqual([200, 200, 200, 400]);
    });

    it('are refused element by element once their answers fill 32 MiB', async () => {
      const big = randomBytes(60_000);
      for (let count = 0; count < 10; count += 1) {
        (await alice.postMessage('lobby', '', { data: big })).expect(201);
      }
      const read = { method: 'GET', path: '/room/lobby/messages/recent?limit=256' };
      const answers = (await alice.batch(Array.from({ length: MAX_REQUESTS }, () => read))).expect(200).json;
      const codes = answers.map(({ code }) => code);
      const full = codes.indexOf(413);
      expect(full).toBeGreaterThan(30);
      expect(codes).toEqual(codes.map((_code, index) => (index < full ? 200 : 413)));
    });
  });

  describe('as a sequence', () => {
    it('stop after the first answer that is no success, and include it', async () => {
      const before = await messageCount();
      const elements = [post('one'), { method: 'GET', path: '/room/nowhere' }, post('two')];
      expect((await alice.sequence(elements)).json.map(({ code }) => code)).toEqual([201, 404]);
      expect(await messageCount()).toBe(before + 1);
      expect((await alice.batch(elements)).json.map(({ code }) => code)).toEqual([201, 404, 201]);
    });

    it('run to the end when everything succeeds', async () => {
      const elements = [capabilities, post('one'), { method: 'GET', path: '/room/lobby' }];
      expect((await alice.sequence(elements)).json.map(({ code }) => code)).toEqual([200, 201, 200]);
    });
  });

  it('hold a message to the same rules as a request of its own', async () => {
    const data = encodeMessage({ body: 'hello' }).toString('base64');
    const bad = [
      post('x', { signature: Buffer.alloc(64).toString('base64') }),
      post('x', { data }),
      { ...post('x'), json: [] },
      { ...post('x'), json: 'text' },
    ];
    expect((await alice.batch(bad)).json.map(({ code }) => code)).toEqual([400, 400, 400, 400]);
  });
});
