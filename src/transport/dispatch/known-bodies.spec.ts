import * as z from 'zod';
import { type InnerRequest } from '../../protocol/requests/inner-request.js';
import { KnownBodies } from './known-bodies.js';

const HASH = Buffer.alloc(64, 7);

/** Bodies that list methods; those that list nothing but GET only read. */
function knownBodies(): { bodies: KnownBodies; parsed: () => number } {
  let parsed = 0;
  const schema = z.array(z.string()).transform((methods) => {
    parsed++;
    return methods;
  });
  const onlyGets = (methods: unknown): boolean => (methods as string[]).every((method) => method === 'GET');
  const bodies = new KnownBodies(schema, (methods) => (onlyGets(methods) ? 'read' : 'batch'));
  return { bodies, parsed: () => parsed };
}

function request(text: string): InnerRequest {
  return { body: { kind: 'bytes', bytes: Buffer.from(text) } } as InnerRequest;
}

describe('known bodies', () => {
  test('are parsed once for all requests with the same hash', () => {
    const { bodies, parsed } = knownBodies();
    for (let times = 0; times < 3; times++) {
      const poll = request('["GET"]');
      expect(bodies.understand(poll, HASH)).toBe('read');
      expect(poll.body).toEqual({ kind: 'read', value: ['GET'] });
    }
    expect(parsed()).toBe(1);
    bodies.understand(request('["GET"]'), Buffer.alloc(64, 8));
    expect(parsed()).toBe(2);
  });

  test('are parsed each time when they write, are malformed, long or without a hash', () => {
    const { bodies, parsed } = knownBodies();
    const long = JSON.stringify(Array.from({ length: 4000 }, () => 'GET'));
    const others: [string, Buffer | undefined, string][] = [
      ['["POST"]', HASH, 'batch'],
      [long, HASH, 'read'],
      ['["GET"]', undefined, 'read'],
    ];
    for (const [text, hash, rule] of [...others, ...others]) {
      expect(bodies.understand(request(text), hash)).toBe(rule);
    }
    expect(parsed()).toBe(6);
    const malformed = request('{');
    expect(bodies.understand(malformed, HASH)).toBe('transaction');
    expect(malformed.body.kind).toBe('refused');
  });
});
