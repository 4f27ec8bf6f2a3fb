import vectors from '../../../test/fixtures/vectors/request-signatures.json' with { type: 'json' };
import { signedRequestBytes } from './request-signature.js';
import { loadSodium, type Sodium } from './sodium.js';

const serverPublicKey = Buffer.from(vectors.server_public_x25519, 'hex');

describe('the signature of a request', () => {
  let sodium: Sodium;

  beforeAll(async () => {
    sodium = await loadSodium();
  });

  test.each(vectors.requests)('covers $method $path', ({ method, path, headers, body_base64: body }) => {
    const nonce = Buffer.from(headers['X-SOGS-Nonce'], 'base64');
    const timestamp = headers['X-SOGS-Timestamp'];
    const bodyHash = body === null ? undefined : sodium.blake2b(Buffer.from(body, 'base64'), 64);
    const request = { serverPublicKey, nonce, timestamp, method, path, bodyHash };
    const signature = Buffer.from(headers['X-SOGS-Signature'], 'base64');
    const publicKey = Buffer.from(headers['X-SOGS-Pubkey'].slice(2), 'hex');
    const verifies = (changes: Partial<typeof request>): boolean =>
      sodium.ed25519Verify(signature, signedRequestBytes({ ...request, ...changes }), publicKey);

    expect(verifies({})).toBe(true);
    expect(verifies({ serverPublicKey: Buffer.alloc(32) })).toBe(false);
    expect(verifies({ nonce: Buffer.alloc(16) })).toBe(false);
    expect(verifies({ timestamp: `${timestamp}0` })).toBe(false);
    expect(verifies({ method: 'DELETE' })).toBe(false);
    expect(verifies({ path: `${path}?` })).toBe(false);
    expect(verifies({ bodyHash: bodyHash ? undefined : Buffer.alloc(64) })).toBe(false);
  });

  test('puts the parts in the order of the protocol, text as UTF-8', () => {
    const bytes = signedRequestBytes({
      serverPublicKey: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      timestamp: '1700000000',
      method: 'PUT',
      path: '/room/ü/🐟?a=%20',
      bodyHash: Buffer.alloc(64, 3),
    });
    const text = Buffer.from('1700000000PUT/room/ü/🐟?a=%20', 'utf8');
    expect(bytes).toEqual(
      Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(16, 2), text, Buffer.alloc(64, 3)]),
    );
  });
});
