import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { HttpConnections } from '../client/http.js';
import { bencode, decodeV4, encodeV4, frame, sealOnion, type SealOptions } from '../client/onion.js';
import { type SessionResponse } from '../client/response.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const ONION_PATHS = ['/oxen/v4/lsrpc', '/oxen/v3/lsrpc', '/loki/v3/lsrpc'];
const MESSAGE_MAX_BYTES = 2048;
/** More than the largest message in the largest wrapping may have. */
const HUGE = 200_000;

const capabilities = { method: 'GET', endpoint: '/capabilities', headers: {} };

describe('onion requests', () => {
  let server: OpenServer;
  let actors: Actors;
  let http: HttpConnections;

  beforeAll(async () => {
    server = await openServer({
      env: { UPLOAD_MAX_BYTES: '1024', MESSAGE_MAX_BYTES: String(MESSAGE_MAX_BYTES) },
    });
    actors = new Actors(server);
    http = new HttpConnections(server.url);
  });

  afterAll(async () => {
    http.close();
    await server.stop();
  });

  function sealed(
    options: Partial<SealOptions> = {},
    plaintext: Uint8Array = encodeV4(capabilities),
  ): Buffer {
    return sealOnion(plaintext, server.publicKey, { cipher: 'xchacha20', ...options }).body;
  }

  function expectBareRefusal(answer: SessionResponse): void {
    expect(answer).toMatchObject({ status: 400, sealed: false });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.text).toMatch(/^The onion request could not be decrypted: /);
  }

  describe('of version 4', () => {
    it.each<[string, SealOptions]>([
      ['xchacha20', { cipher: 'xchacha20', encType: 'xchacha20' }],
      ['xchacha20-poly1305', { cipher: 'xchacha20', encType: 'xchacha20-poly1305' }],
      ['aes-gcm', { cipher: 'aes-gcm', encType: 'aes-gcm' }],
      ['gcm', { cipher: 'aes-gcm', encType: 'gcm' }],
      ['no enc_type at all, as Android', { cipher: 'aes-gcm', encType: null }],
    ])('are answered by the same cipher: %s', async (_name, seal) => {
      const answer = await actors.alice.get('/capabilities', { seal });
      expect(answer).toMatchObject({ status: 200, sealed: true });
      expect(answer.json).toEqual({ capabilities: ['blind', 'reactions', 'sogs'] });
    });

    it.each(['hex', 'base64', 'base32z'] as const)(
      'may spell the ephemeral key in %s',
      async (keyEncoding) => {
        for (const cipher of ['xchacha20', 'aes-gcm'] as const) {
          const answer = await actors.alice.get('/capabilities', {
            seal: { cipher, encType: cipher, keyEncoding },
          });
          expect(answer).toMatchObject({ status: 200, sealed: true });
        }
      },
    );

    it('may carry keys that are for the last hop', async () => {
      const metadata = {
        host: 'example.org',
        target: '/oxen/v4/lsrpc',
        method: 'POST',
        protocol: 'http',
        port: 80,
      };
      expect((await actors.alice.get('/capabilities', { seal: { metadata } })).status).toBe(200);
    });

    it('are answered with raw bytes, in a list of a code with lower-case headers and a body', async () => {
      const request = sealOnion(encodeV4(capabilities), server.publicKey, { cipher: 'aes-gcm' });
      const outer = await http.send('POST', '/oxen/v4/lsrpc', {}, request.body);
      expect(outer).toMatchObject({ status: 200, headers: { 'content-type': 'application/octet-stream' } });
      const reply = decodeV4(request.open(outer.body));
      expect(reply.status).toBe(200);
      expect(reply.headers).toEqual({ 'content-type': 'application/json' });
    });

    it('get a fresh nonce with every reply', async () => {
      const request = sealOnion(encodeV4(capabilities), server.publicKey, { cipher: 'xchacha20' });
      const [one, two] = await Promise.all(
        [1, 2].map(() => http.send('POST', '/oxen/v4/lsrpc', {}, request.body)),
      );
      expect(one?.body.subarray(0, 24)).not.toEqual(two?.body.subarray(0, 24));
      expect(decodeV4(request.open(one?.body ?? Buffer.alloc(0))).status).toBe(200);
    });

    it('authenticate by their inner headers, whatever the outer ones say', async () => {
      const request = sealOnion(encodeV4(capabilities), server.publicKey, { cipher: 'xchacha20' });
      const outer = await http.send('POST', '/oxen/v4/lsrpc', { 'X-SOGS-Pubkey': 'nonsense' }, request.body);
      expect(decodeV4(request.open(outer.body)).status).toBe(200);
      const post = await actors.alice.postMessage('lobby', 'from inside');
      expect(post.expect(201).json.session_id).toBe(actors.alice.id);
    });

    it('accept numbers as header values and no headers at all', async () => {
      for (const headers of [{ 'Content-Length': 2, 'X-Other': 'a' }, null, undefined]) {
        const plaintext = bencode([Buffer.from(JSON.stringify({ ...capabilities, headers }))]);
        expect((await actors.alice.sendPlaintext(plaintext)).status).toBe(200);
      }
    });

    it('carry emoji in the path raw, and queries as they are', async () => {
      expect((await actors.alice.get('/capabilities?required=🐟')).json).toMatchObject({ missing: ['🐟'] });
    });
  });

  describe('that can’t be decrypted', () => {
    const metadata = (json: unknown): Buffer => frame(randomBytes(80), Buffer.from(JSON.stringify(json)));
    const key = randomBytes(32).toString('hex');

    it.each<[string, () => Buffer]>([
      ['nothing', () => Buffer.alloc(0)],
      ['three bytes', () => Buffer.alloc(3)],
      ['a length beyond the body', () => frame(randomBytes(8), Buffer.from('{}'), 4_000_000_000)],
      ['no metadata', () => frame(randomBytes(80), Buffer.alloc(0))],
      ['metadata that is no JSON', () => frame(randomBytes(80), Buffer.from('{"ephemeral_key":'))],
      ['metadata that is no object', () => metadata([key])],
      ['metadata that is null', () => metadata(null)],
      ['metadata without a key', () => metadata({ enc_type: 'aes-gcm' })],
      ['a key that is a number', () => metadata({ ephemeral_key: 7 })],
      ['a key that is too short', () => metadata({ ephemeral_key: key.slice(2) })],
      ['a key of low order', () => metadata({ ephemeral_key: '00'.repeat(32) })],
      ['an unknown cipher', () => metadata({ ephemeral_key: key, enc_type: 'rot13' })],
      ['the cipher of service nodes', () => metadata({ ephemeral_key: key, enc_type: 'aes-cbc' })],
      ['random bytes', () => metadata({ ephemeral_key: key, enc_type: 'xchacha20' })],
      [
        'a ciphertext shorter than its tag',
        () => frame(randomBytes(10), Buffer.from(`{"ephemeral_key":"${key}"}`)),
      ],
      ['another cipher than it says', () => sealed({ cipher: 'aes-gcm', encType: 'xchacha20' })],
      ['another server’s key', () => sealOnion(encodeV4(capabilities), key, { cipher: 'aes-gcm' }).body],
      ['a flipped bit', () => flipped(sealed(), 40)],
    ])('are refused bare: %s', async (_what, body) => {
      expectBareRefusal(await actors.alice.sendSealed(body()));
      expectBareRefusal(await actors.alice.sendSealed(body(), '/oxen/v3/lsrpc'));
    });

    it('are refused whatever the content type of the outer request', async () => {
      for (const type of ['application/json', 'text/plain', 'multipart/form-data', 'no/thing; charset=ю']) {
        const header = { 'Content-Type': Buffer.from(type).toString('latin1') };
        const answer = await http.send('POST', '/oxen/v4/lsrpc', header, Buffer.from('{"a":1}'));
        expect(Math.floor(answer.status / 100)).toBe(4);
        expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      }
    });
  });

  describe('that hold nonsense', () => {
    const meta = (json: unknown): Buffer => bencode([Buffer.from(JSON.stringify(json))]);

    it.each<[string, Buffer]>([
      ['nothing', Buffer.alloc(0)],
      ['random bytes', Buffer.from('9f3a77c05d', 'hex')],
      ['an empty list', Buffer.from('le')],
      ['a list of three strings', bencode([Buffer.from('{}'), Buffer.from('a'), Buffer.from('b')])],
      ['a list that never ends', Buffer.from('l2:{}')],
      ['a string longer than the list', Buffer.from('l99999999999:{}e')],
      ['an integer', Buffer.from('li1ee')],
      ['bytes after the list', Buffer.concat([encodeV4(capabilities), Buffer.from('e')])],
      ['metadata that is no JSON', bencode([Buffer.from('{"method":')])],
      ['metadata that is null', meta(null)],
      ['metadata that is a list', meta([capabilities])],
      ['no method', meta({ endpoint: '/capabilities', headers: {} })],
      ['a method that is a number', meta({ ...capabilities, method: 1 })],
      ['no endpoint', meta({ method: 'GET', headers: {} })],
      ['an endpoint without a slash', meta({ ...capabilities, endpoint: 'capabilities' })],
      ['an endpoint that is a URL', meta({ ...capabilities, endpoint: 'http://a/capabilities' })],
      ['an endpoint with a broken escape', meta({ ...capabilities, endpoint: '/room/%zz' })],
      ['an endpoint that is no UTF-8', meta({ ...capabilities, endpoint: '/room/%ff' })],
      ['headers that are a list', meta({ ...capabilities, headers: ['a'] })],
      ['a header that is an object', meta({ ...capabilities, headers: { a: {} } })],
    ])('are answered inside: %s', async (_what, plaintext) => {
      const answer = await actors.alice.sendPlaintext(plaintext);
      expect(answer).toMatchObject({ status: 400, sealed: true });
      expect(answer.headers).toEqual({ 'content-type': 'text/plain; charset=utf-8' });
      expect(answer.text).toBe('Invalid onion request');
    });

    it.each(['PATCH', 'get', 'OPTIONS', '', 'constructor', '__proto__', 'ЖЖ'])(
      'are answered inside: method %p',
      async (method) => {
        const answer = await actors.anonymous.sendPlaintext(encodeV4({ ...capabilities, method }));
        expect(answer).toMatchObject({ status: 405, sealed: true });
      },
    );
  });

  describe('whose inner request is refused', () => {
    it('are answered inside, by its own code, as plain text', async () => {
      const { alice, anonymous } = actors;
      const answers = [
        [400, await alice.post('/room/lobby/message', 'no JSON')],
        [401, await anonymous.post('/room/lobby/message', {})],
        [401, await alice.get('/rooms', { auth: { signature: Buffer.alloc(64).toString('base64') } })],
        [404, await alice.get('/room/nowhere')],
        [404, await alice.get('/no/such/thing')],
        [405, await alice.delete('/capabilities')],
        [413, await alice.postMessage('lobby', 'x'.repeat(MESSAGE_MAX_BYTES))],
        [425, await alice.get('/rooms', { auth: { timestamp: 1 } })],
      ] as const;
      for (const [status, answer] of answers) {
        expect(answer).toMatchObject({ status, sealed: true });
        expect(answer.headers).toEqual({ 'content-type': 'text/plain; charset=utf-8' });
        expect(answer.text).not.toBe('');
      }
    });

    it.each(ONION_PATHS)('include an onion request within one: %s', async (path) => {
      const answer = await actors.alice.post(path, sealed());
      expect(answer).toMatchObject({ status: 400, sealed: true });
      expect(answer.text).toContain('onion');
      const old = server.client(undefined, 'onion-v3');
      expect(await old.post(path, 'x')).toMatchObject({ status: 400, sealed: true });
    });

    it.each(ONION_PATHS)('include an onion request from a batch: %s', async (path) => {
      const b64 = sealed().toString('base64');
      for (const client of [actors.alice, server.client(undefined, 'plain')]) {
        const [answer] = (await client.batch([{ method: 'POST', path, b64 }])).expect(200).json;
        expect(answer?.code).toBe(400);
      }
    });
  });

  describe('of version 3', () => {
    /** Sends a v3 plaintext and returns what the reply holds. */
    async function ask(json: unknown, path = '/oxen/v3/lsrpc'): Promise<unknown> {
      const plaintext = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
      const request = sealOnion(plaintext, server.publicKey, { cipher: 'aes-gcm', encType: null });
      const outer = await http.send('POST', path, {}, request.body);
      expect(outer.status).toBe(200);
      expect(outer.body.toString()).toMatch(/^[A-Za-z0-9+/]+=*$/);
      return JSON.parse(request.open(Buffer.from(outer.body.toString(), 'base64')).toString()) as unknown;
    }

    const answered = { capabilities: ['blind', 'reactions', 'sogs'] };

    it('are answered with the body alone, encrypted and then base64', async () => {
      expect(await ask(capabilities)).toEqual(answered);
      expect(await ask(capabilities, '/loki/v3/lsrpc')).toEqual(answered);
    });

    it('may have a body of "null" on a GET, as Android’s', async () => {
      for (const body of ['null', '', null]) expect(await ask({ ...capabilities, body })).toEqual(answered);
    });

    it('are answered with the status alone when it is no success', async () => {
      expect(await ask({ ...capabilities, endpoint: '/room/nowhere' })).toEqual({ status_code: 404 });
      expect(await ask({ ...capabilities, method: 'POST' })).toEqual({ status_code: 405 });
    });

    it.each<[string, unknown]>([
      ['no JSON', '{"method":'],
      ['a list', []],
      ['no endpoint', { method: 'GET' }],
      ['a body that is an object', { ...capabilities, method: 'POST', body: {} }],
      ['a body on a GET', { ...capabilities, body: 'hello' }],
      ['an endpoint without a slash', { ...capabilities, endpoint: 'rooms' }],
    ])('are answered with 400 when they hold nonsense: %s', async (_what, json) => {
      expect(await ask(json)).toEqual({ status_code: 400 });
    });

    it('post as those of version 4 do', async () => {
      const bob = server.client(actors.bob.identity, 'onion-v3');
      const { id } = (await bob.postMessage('lobby', 'from the old days')).expect(200).json;
      expect((await actors.alice.message('lobby', id)).expect(200).json.session_id).toBe(bob.id);
    });
  });

  describe('that are large', () => {
    it('may carry the largest message there is, in every wrapping', async () => {
      const data = randomBytes(MESSAGE_MAX_BYTES);
      for (const transport of ['onion-v3', 'onion-v4-aes-gcm', 'onion-v4-xchacha20'] as const) {
        const carol = server.client(actors.person('carol').identity, transport);
        const json = carol.messageBody('', { data });
        const path = '/room/lobby/message';
        expect(Math.floor((await carol.post(path, json)).status / 100)).toBe(2);
        const b64 = Buffer.from(JSON.stringify(json)).toString('base64');
        const [batched] = (await carol.batch([{ method: 'POST', path, b64 }])).expect(200).json;
        // The rate limit may speak before the sixth post is written, but never the size.
        expect([201, 429]).toContain(batched?.code);
      }
    });

    it('are refused bare with 413 before they are read', async () => {
      for (const path of [...ONION_PATHS, '/batch', '/room/lobby/message']) {
        const answer = await http.send('POST', path, {}, randomBytes(HUGE));
        expect(answer.status).toBe(413);
        expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      }
    });
  });

  describe('over plain HTTP, by mistake', () => {
    it.each([
      ['GET', '/oxen/v4/lsrpc', 404],
      ['POST', '/oxen/v5/lsrpc', 404],
      ['POST', '/', 404],
      ['GET', '/room/%zz', 400],
      ['GET', '/%zz', 400],
      ['GET', '/room/%ff', 400],
      ['PATCH', '/capabilities', 405],
      ['OPTIONS', '/room/lobby', 405],
      ['DELETE', '/capabilities', 405],
    ])('%s %s answers %i as plain text', async (method, path, status) => {
      const answer = await http.send(method, path, {}, undefined);
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(answer.body.length).toBeGreaterThan(0);
    });

    it('answers a HEAD as a GET without its body', async () => {
      const [head, get] = await Promise.all(
        ['HEAD', 'GET'].map((method) => http.send(method, '/capabilities', {}, undefined)),
      );
      expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
      expect(head?.headers['content-type']).toBe(get?.headers['content-type']);
      expect((await http.send('HEAD', '/room/nowhere', {}, undefined)).status).toBe(404);
      expect((await actors.alice.request('HEAD', '/capabilities')).status).toBe(200);
    });

    it.each([
      ['a path of raw bytes', 'GET /room/🐟 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
      ['no HTTP at all', '\x16\x03\x01 hello?\r\n\r\n', 400],
      ['endless headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    ])('%s is refused as plain text', async (_what, bytes, status) => {
      const answer = await sendBytes(server.url, bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toContain('Content-Type: text/plain; charset=utf-8');
      expect(answer).toMatch(/\r\n\r\n.+$/);
    });
  });
});

/** The answer of a server to bytes, until it hangs up. */
async function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  let answer = '';
  try {
    for await (const chunk of socket) answer += String(chunk);
  } catch {
    // It hung up before it had read everything that came.
  }
  return answer;
}

function flipped(bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
  return copy;
}
