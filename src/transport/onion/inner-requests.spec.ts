import { v3Request, v4Request } from './inner-requests.js';

const origin = { ip: '192.0.2.1', raw: { socket: { destroyed: false } } };
const meta = { method: 'GET', endpoint: '/rooms', headers: {} };

function v4(json: unknown, body?: Buffer): ReturnType<typeof v4Request> {
  return v4Request(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), body, origin);
}

function v3(json: unknown): ReturnType<typeof v3Request> {
  return v3Request(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), origin);
}

describe('a request of version 4', () => {
  test('has a decoded path, a raw query, lower-case headers and raw bytes', () => {
    const endpoint = '/room/%F0%9F%90%9F?q=%20';
    const headers = { 'X-SOGS-Nonce': 'n', 'Content-Length': 3 };
    expect(v4({ method: 'POST', endpoint, headers }, Buffer.from([0xff, 0, 1]))).toEqual({
      method: 'POST',
      path: '/room/🐟',
      query: 'q=%20',
      targetKey: `4 POST${endpoint}`,
      headers: { 'x-sogs-nonce': 'n', 'content-length': '3' },
      body: { kind: 'bytes', bytes: Buffer.from([0xff, 0, 1]) },
      depth: 0,
      inOnion: true,
      origin,
    });
  });

  test('may go without headers and without a body', () => {
    expect(v4({ method: 'GET', endpoint: '/' })).toMatchObject({
      headers: {},
      body: { bytes: Buffer.alloc(0) },
    });
    expect(v4({ ...meta, headers: null })).toMatchObject({ headers: {} });
  });

  test('may have an emoji in its path as it is', () => {
    expect(v4({ ...meta, endpoint: '/a/🐟' })).toMatchObject({ path: '/a/🐟' });
  });

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['null', null],
    ['a list', [meta]],
    ['no method', { endpoint: '/' }],
    ['no endpoint', { method: 'GET' }],
    ['a relative endpoint', { ...meta, endpoint: 'rooms' }],
    ['an endpoint that is no UTF-8', { ...meta, endpoint: '/%ff' }],
    ['a header that is null', { ...meta, headers: { a: null } }],
    ['headers that are text', { ...meta, headers: 'a: b' }],
  ])('is malformed: %s', (_what, json) => {
    expect(v4(json)).toBeUndefined();
  });
});

describe('a request of version 3', () => {
  test('has its body as text', () => {
    const request = v3({ ...meta, method: 'POST', body: '{"a":"ä"}' });
    expect(request).toMatchObject({
      method: 'POST',
      body: { kind: 'bytes', bytes: Buffer.from('{"a":"ä"}') },
    });
  });

  test('means no body by "null" on a GET, as Android does, and the text null on a POST', () => {
    for (const body of ['null', '', null, undefined]) {
      expect(v3({ ...meta, body })).toMatchObject({ body: { bytes: Buffer.alloc(0) } });
    }
    expect(v3({ ...meta, method: 'POST', body: 'null' })).toMatchObject({
      body: { bytes: Buffer.from('null') },
    });
  });

  test.each<[string, unknown]>([
    ['no JSON', 'GET /'],
    ['a body on a GET', { ...meta, body: 'x' }],
    ['a body that is no text', { ...meta, method: 'POST', body: {} }],
    ['an endpoint of the servers before this protocol', { ...meta, endpoint: 'rooms/main/messages' }],
  ])('is malformed: %s', (_what, json) => {
    expect(v3(json)).toBeUndefined();
  });
});
