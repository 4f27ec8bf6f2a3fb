import * as z from 'zod';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type RequestBody } from './inner-request.js';
import { parseInput, readBody, readQuery } from './inputs.js';

const schema = z.object({ name: z.string(), deep: z.object({ flag: z.boolean() }).optional() });

function bytes(text: string | Buffer): RequestBody {
  return { kind: 'bytes', bytes: Buffer.from(text) };
}

function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.status} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a query', () => {
  test('is read as names and values', () => {
    expect(readQuery('')).toEqual({});
    expect(readQuery('a=1&b=%C3%A4&c=&d')).toEqual({ a: '1', b: 'ä', c: '', d: '' });
  });

  test('takes the first value of a repeated name', () => {
    expect(readQuery('a=1&a=2')).toEqual({ a: '1' });
  });

  test('never fails to be parsed', () => {
    expect(readQuery('%zz=%&&==&\u0000')).toBeInstanceOf(Object);
    expect(Object.getPrototypeOf(readQuery('__proto__=1'))).toBe(Object.prototype);
  });
});

describe('a body', () => {
  test('is JSON from bytes or from a batch', () => {
    expect(readBody(schema, bytes('{"name":"a"}'))).toEqual({ name: 'a' });
    expect(readBody(schema, { kind: 'json', value: { name: 'a' } })).toEqual({ name: 'a' });
  });

  test('is left as it came where bytes are wanted', () => {
    const body = bytes('anything');
    expect(readBody('bytes', body)).toBe(body);
  });

  test.each<[string, RequestBody, RegExp]>([
    ['missing', bytes(''), /a JSON body is required/],
    ['no JSON', bytes('{"name":'), /not JSON/],
    ['no UTF-8', bytes(Buffer.from('ff', 'hex')), /not JSON/],
    ['null', bytes('null'), /./],
    ['a list', bytes('[]'), /./],
    ['of the wrong shape', bytes('{"name":1}'), /name: /],
    ['wrong deep inside', { kind: 'json', value: { name: 'a', deep: { flag: 1 } } }, /deep\.flag: /],
  ])('is refused with 400 and the field’s name: %s', (_what, body, reason) => {
    const refusal = refusalOf(() => readBody(schema, body));
    expect(refusal).toMatch(/^400 The request is malformed: /);
    expect(refusal).toMatch(reason);
  });
});

describe('an input that does not fit', () => {
  test('is refused by the error code of its place', () => {
    const parse = (): unknown => parseInput(z.object({ room: z.string() }), {}, 'endpoint_not_found');
    expect(refusalOf(parse)).toMatch(/^404 No such endpoint: room: /);
  });
});
