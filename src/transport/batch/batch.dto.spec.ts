import { batchBody } from './batch.dto.js';

const get = { method: 'GET', path: '/rooms' };
const post = { method: 'POST', path: '/room/a/message' };

describe('the elements of a batch', () => {
  test('become requests with decoded path, raw query and lower-case headers', () => {
    const headers = { 'Content-Type': 'a/b', Room: 'x' };
    expect(batchBody.parse([{ method: 'GET', path: '/room/%C3%A4?a=%20b', headers }])).toEqual([
      {
        method: 'GET',
        path: '/room/ä',
        query: 'a=%20b',
        targetKey: '3 GET/room/%C3%A4?a=%20b',
        headers: { 'content-type': 'a/b', room: 'x' },
        body: { kind: 'bytes', bytes: Buffer.alloc(0) },
      },
    ]);
  });

  test('carry JSON as it is, null included', () => {
    for (const value of [null, 0, '', [], { a: 1 }]) {
      expect(batchBody.parse([{ ...post, json: value }])[0]?.body).toEqual({ kind: 'json', value });
    }
  });

  test('carry bytes in base64 or as text', () => {
    const bodies = [{ b64: 'YQ==' }, { b64: 'YQ' }, { bytes: 'a' }];
    for (const body of bodies) {
      expect(batchBody.parse([{ ...post, ...body }])[0]?.body).toEqual({
        kind: 'bytes',
        bytes: Buffer.from('a'),
      });
    }
    expect(batchBody.parse([{ ...post, b64: '' }])[0]?.body).toEqual({
      kind: 'bytes',
      bytes: Buffer.alloc(0),
    });
  });

  test('may have unknown keys', () => {
    expect(batchBody.parse([{ ...get, extra: 1 }])[0]).not.toHaveProperty('extra');
  });

  test.each<[string, unknown]>([
    ['an object for the list', get],
    ['no object', [1]],
    ['an unknown method', [{ ...get, method: 'PATCH' }]],
    ['a relative path', [{ ...get, path: 'rooms' }]],
    ['a broken escape', [{ ...get, path: '/%' }]],
    ['a header that is a number', [{ ...get, headers: { a: 1 } }]],
    ['null for headers', [{ ...get, headers: null }]],
    ['a GET with a body', [{ ...get, bytes: '' }]],
    ['a GET with null for a body', [{ ...get, json: null }]],
    ['a DELETE with a body', [{ ...get, method: 'DELETE', b64: '' }]],
    ['a POST without one', [post]],
    ['a PUT with two', [{ ...post, method: 'PUT', json: 1, b64: '' }]],
    ['base64 with a space', [{ ...post, b64: 'YQ ==' }]],
    ['one bad among good', [get, { ...post, b64: '?' }, get]],
  ])('are refused: %s', (_what, batch) => {
    expect(batchBody.safeParse(batch).success).toBe(false);
  });
});
