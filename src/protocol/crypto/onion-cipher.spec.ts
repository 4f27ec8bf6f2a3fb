import { frame, sealOnion, type SealOptions } from '../../../test/client/onion.js';
import vectors from '../../../test/fixtures/vectors/onion-v4.json' with { type: 'json' };
import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import {
  ONION_ERROR_REASONS,
  OnionError,
  openOnionRequest,
  type OnionErrorReason,
  type OpenedOnionRequest,
} from './onion-cipher.js';
import { loadSodium, type Sodium } from './sodium.js';

describe.each(['native', 'wasm'] as const)('onion requests, libsodium %s', (name) => {
  const secret = Buffer.from(vectors.server_secret_x25519, 'hex');
  let sodium: Sodium;
  let publicKey: Buffer;

  beforeAll(async () => {
    sodium = await loadSodium(name);
    publicKey = sodium.x25519PublicKey(secret);
  });

  const open = (body: Buffer): OpenedOnionRequest =>
    openOnionRequest(body, { secret, public: publicKey }, sodium);
  const seal = (
    options: SealOptions,
    plaintext: Uint8Array = Buffer.from('hello'),
  ): ReturnType<typeof sealOnion> => sealOnion(plaintext, publicKey.toString('hex'), options);

  const sealReply = (request: OpenedOnionRequest, reply: Buffer): Buffer => {
    const envelope = request.envelope(reply.length);
    envelope.plaintext.set(reply);
    return envelope.seal();
  };

  /** Why a body is refused; undefined when it is not. Anything thrown but an OnionError fails the test. */
  const refusal = (body: Buffer): OnionErrorReason | undefined => {
    try {
      open(body);
      return undefined;
    } catch (error) {
      if (error instanceof OnionError) return error.reason;
      throw error;
    }
  };

  test.each(vectors.requests)('opens the $enc_type request of the vectors', (vector) => {
    const { plaintext } = open(Buffer.from(vector.request_body_base64, 'base64'));
    expect(plaintext.toString('base64')).toBe(vector.plaintext_base64);
  });

  test.each(vectors.requests)('seals a $enc_type reply as the vectors do, but for the nonce', (vector) => {
    const request = open(Buffer.from(vector.request_body_base64, 'base64'));
    const reply = Buffer.from(vector.reply_plaintext_base64, 'base64');
    const client = sealOnion(Buffer.alloc(0), publicKey.toString('hex'), {
      cipher: vector.enc_type === 'xchacha20' ? 'xchacha20' : 'aes-gcm',
      ephemeralSecret: Buffer.from(vector.ephemeral_secret, 'hex'),
    });
    expect(client.open(Buffer.from(vector.reply_body_base64, 'base64'))).toEqual(reply);
    const sealed = sealReply(request, reply);
    expect(client.open(sealed)).toEqual(reply);
    expect(sealed).toHaveLength(Buffer.from(vector.reply_body_base64, 'base64').length);
    expect(sealReply(request, reply)).not.toEqual(sealed);
  });

  test.each([
    ['aes-gcm', 'aes-gcm'],
    ['aes-gcm', 'gcm'],
    ['aes-gcm', null],
    ['xchacha20', 'xchacha20'],
    ['xchacha20', 'xchacha20-poly1305'],
  ] as const)('takes %s under the name %s', (cipher, encType) => {
    expect(open(seal({ cipher, encType }).body).plaintext.toString()).toBe('hello');
  });

  test.each(['hex', 'base64', 'base32z'] as const)('takes the ephemeral key as %s', (keyEncoding) => {
    expect(open(seal({ cipher: 'xchacha20', keyEncoding }).body).plaintext.toString()).toBe('hello');
  });

  test.each(['aes-gcm', 'xchacha20'] as const)('carries empty and large messages both ways, %s', (cipher) => {
    const random = new SeededBytes('large');
    for (const size of [0, 1, 3_000_000]) {
      const [message, answer] = [random.bytes(size), random.bytes(size)];
      const client = seal({ cipher }, message);
      const request = open(client.body);
      expect(request.plaintext.equals(message)).toBe(true);
      expect(client.open(sealReply(request, answer)).equals(answer)).toBe(true);
    }
  });

  test.each<[string, OnionErrorReason, Record<string, unknown>]>([
    ['an unknown cipher', 'unknown_cipher', { enc_type: 'aes-cbc' }],
    ['an empty cipher', 'unknown_cipher', { enc_type: '' }],
    ['a cipher named like a property of every object', 'unknown_cipher', { enc_type: '__proto__' }],
    ['a cipher that is a number', 'malformed_metadata', { enc_type: 1 }],
    ['a cipher that is null', 'malformed_metadata', { enc_type: null }],
    ['no ephemeral key', 'malformed_metadata', { ephemeral_key: undefined }],
    ['an ephemeral key that is a list', 'malformed_metadata', { ephemeral_key: [1] }],
    ['an empty ephemeral key', 'bad_ephemeral_key', { ephemeral_key: '' }],
    ['an ephemeral key that is too short', 'bad_ephemeral_key', { ephemeral_key: '00'.repeat(31) }],
    ['an ephemeral key that is no hex', 'bad_ephemeral_key', { ephemeral_key: 'zz'.repeat(32) }],
    ['an ephemeral key that is no base32z', 'bad_ephemeral_key', { ephemeral_key: '0'.repeat(52) }],
    ['an ephemeral key of low order', 'bad_ephemeral_key', { ephemeral_key: '00'.repeat(32) }],
    ['the ephemeral key of another request', 'not_authentic', { ephemeral_key: '09'.repeat(32) }],
    ['the other cipher', 'not_authentic', { enc_type: 'aes-gcm' }],
    ['metadata of a megabyte', 'malformed_metadata', { padding: 'x'.repeat(1_000_000) }],
  ])('refuses %s: %s', (_, reason, metadata) => {
    expect(refusal(seal({ cipher: 'xchacha20', metadata }).body)).toBe(reason);
  });

  test.each<[string, OnionErrorReason, Buffer]>([
    ['nothing', 'truncated', Buffer.alloc(0)],
    ['a part of the length', 'truncated', Buffer.alloc(3)],
    ['a length beyond the body', 'truncated', frame(Buffer.alloc(9), Buffer.from('{}'), 12)],
    ['the largest length', 'truncated', frame(Buffer.alloc(9), Buffer.from('{}'), 0xffffffff)],
    ['no metadata', 'malformed_metadata', frame(Buffer.alloc(9), Buffer.alloc(0))],
    [
      'metadata that is no JSON',
      'malformed_metadata',
      frame(Buffer.alloc(9), Buffer.from('{"ephemeral_key"')),
    ],
    ['metadata that is null', 'malformed_metadata', frame(Buffer.alloc(9), Buffer.from('null'))],
    ['metadata that is a list', 'malformed_metadata', frame(Buffer.alloc(9), Buffer.from('[]'))],
    ['deeply nested metadata', 'malformed_metadata', frame(Buffer.alloc(9), Buffer.from('['.repeat(16_000)))],
    ['metadata that is no UTF-8', 'malformed_metadata', frame(Buffer.alloc(9), Buffer.alloc(20, 0xff))],
  ])('refuses %s: %s', (_, reason, body) => {
    expect(refusal(body)).toBe(reason);
  });

  test.each(['aes-gcm', 'xchacha20'] as const)(
    'refuses %s ciphertexts of any length that is too short',
    (cipher) => {
      const { body } = seal({ cipher });
      const length = body.readUInt32LE(0);
      const json = body.subarray(4 + length);
      for (let size = 0; size < length; size += 1) {
        expect(refusal(frame(body.subarray(4, 4 + size), json))).toBe('not_authentic');
      }
      expect(refusal(frame(body.subarray(4, 4 + length), json))).toBeUndefined();
    },
  );

  test('refuses a request that was altered anywhere but in metadata that nobody reads', () => {
    const random = new SeededBytes('mutations');
    for (const cipher of ['aes-gcm', 'xchacha20'] as const) {
      const { body } = seal({ cipher });
      const ciphertextEnd = 4 + body.readUInt32LE(0);
      for (let round = 0; round < 500; round += 1) {
        const touched = Buffer.from(body);
        const at = random.below(body.length);
        touched.writeUInt8(touched.readUInt8(at) ^ (1 << random.below(8)), at);
        const reason = refusal(touched);
        if (at < ciphertextEnd) expect(ONION_ERROR_REASONS).toContain(reason);
      }
    }
  });

  test('throws nothing but onion errors for random bytes', () => {
    const random = new SeededBytes('noise');
    for (let round = 0; round < 3000; round += 1) {
      const noise = random.bytes(random.below(200));
      const json = {
        ephemeral_key: random.bytes(32).toString('hex'),
        enc_type: round % 2 ? 'gcm' : 'xchacha20',
      };
      expect(refusal(noise)).toMatch(/^(truncated|malformed_metadata)$/);
      expect(refusal(frame(noise, random.bytes(random.below(50))))).toBe('malformed_metadata');
      if (round % 10 === 0)
        expect(refusal(frame(noise, Buffer.from(JSON.stringify(json))))).toBe('not_authentic');
    }
  });
});

test('every onion error has a message for the sender of the request', () => {
  for (const reason of ONION_ERROR_REASONS) {
    expect(new OnionError(reason)).toMatchObject({ reason, name: 'OnionError' });
    expect(new OnionError(reason).message).toMatch(/\w{3}/);
  }
});
