import blindingVectors from '../../../test/fixtures/vectors/blinding.json' with { type: 'json' };
import messageVectors from '../../../test/fixtures/vectors/messages.json' with { type: 'json' };
import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { loadSodium, type Sodium } from './sodium.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** A copy with one bit turned over. */
function flipBit(bytes: Buffer, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return flipped;
}

describe.each(['native', 'wasm'] as const)('libsodium, %s', (name) => {
  let sodium: Sodium;

  beforeAll(async () => {
    sodium = await loadSodium(name);
  });

  test('is the implementation that was asked for', () => {
    expect(sodium.name).toBe(name);
  });

  test('gives the public keys of the vectors', () => {
    const { server_secret_x25519: secret, server_public_x25519: publicKey } = blindingVectors;
    expect(sodium.x25519PublicKey(hex(secret)).toString('hex')).toBe(publicKey);
    for (const user of blindingVectors.users) {
      const { publicKey: ed25519, secretKey } = sodium.ed25519KeyPairFromSeed(hex(user.seed));
      expect(ed25519.toString('hex')).toBe(user.ed25519_public);
      expect(secretKey.toString('hex')).toBe(user.seed + user.ed25519_public);
    }
  });

  test('agrees with RFC 7748 on a shared secret', () => {
    const secret = hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const publicKey = hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    const shared = 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552';
    expect(sodium.x25519(secret, publicKey).toString('hex')).toBe(shared);
  });

  test('gives other random bytes each time, as many as it is asked for', () => {
    const draws = Array.from({ length: 100 }, () => sodium.randomBytes(24));
    expect(new Set(draws.map((bytes) => bytes.toString('hex'))).size).toBe(100);
    expect(new Set(draws.map((bytes) => bytes.length))).toEqual(new Set([24]));
  });

  test.each([
    ['zero', '00'.repeat(32)],
    ['one', `01${'00'.repeat(31)}`],
    ['order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['minus one', `ec${'ff'.repeat(30)}7f`],
    ['the prime, a second zero', `ed${'ff'.repeat(30)}7f`],
  ])('throws for the public key of low order: %s', (_, publicKey) => {
    expect(() => sodium.x25519(Buffer.alloc(32, 7), hex(publicKey))).toThrow();
  });

  test('agrees with RFC 8032 on a signature', () => {
    const seed = hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    const { secretKey, publicKey } = sodium.ed25519KeyPairFromSeed(seed);
    const signature = sodium.ed25519Sign(Buffer.alloc(0), secretKey);
    expect(signature.toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
    expect(sodium.ed25519Verify(signature, Buffer.alloc(0), publicKey)).toBe(true);
  });

  test.each(messageVectors.messages)(
    'verifies the blinded signature of "$text" and of nothing else',
    (message) => {
      const publicKey = hex(message.blinded_id.slice(2));
      const data = Buffer.from(message.data_base64, 'base64');
      const signature = Buffer.from(message.signature_base64, 'base64');
      expect(sodium.ed25519Verify(signature, data, publicKey)).toBe(true);
      for (const bit of [0, 1, 200, 511]) {
        expect(sodium.ed25519Verify(flipBit(signature, bit), data, publicKey)).toBe(false);
        expect(sodium.ed25519Verify(signature, flipBit(data, bit), publicKey)).toBe(false);
        expect(sodium.ed25519Verify(signature, data, flipBit(publicKey, bit & 255))).toBe(false);
      }
    },
  );

  test('verifies no signature or key of another length', () => {
    const { publicKey, secretKey } = sodium.ed25519KeyPairFromSeed(Buffer.alloc(32, 1));
    const message = Buffer.from('hello');
    const signature = sodium.ed25519Sign(message, secretKey);
    const zero = Buffer.alloc(1);
    expect(sodium.ed25519Verify(Buffer.concat([signature, zero]), message, publicKey)).toBe(false);
    expect(sodium.ed25519Verify(signature.subarray(0, 63), message, publicKey)).toBe(false);
    expect(sodium.ed25519Verify(signature, message, publicKey.subarray(0, 31))).toBe(false);
    expect(sodium.ed25519Verify(signature, message, Buffer.concat([publicKey, zero]))).toBe(false);
  });

  test('verifies no signature by a key of small order, which would fit any message', () => {
    const identity = hex(`01${'00'.repeat(31)}`);
    const signature = Buffer.concat([identity, Buffer.alloc(32)]);
    expect(sodium.ed25519Verify(signature, Buffer.from('anything'), identity)).toBe(false);
  });

  test('opens what it sealed, and nothing that was altered', () => {
    const random = new SeededBytes('aead');
    for (const size of [0, 1, 63, 64, 65, 5000]) {
      const [nonce, key, message] = [random.bytes(24), random.bytes(32), random.bytes(size)];
      const ciphertext = sodium.xchacha20Encrypt(message, nonce, key);
      expect(ciphertext).toHaveLength(size + 16);
      expect(sodium.xchacha20Decrypt(ciphertext, nonce, key)).toEqual(message);
      expect(sodium.xchacha20Decrypt(flipBit(ciphertext, 3), nonce, key)).toBeUndefined();
      expect(sodium.xchacha20Decrypt(ciphertext, flipBit(nonce, 3), key)).toBeUndefined();
      expect(sodium.xchacha20Decrypt(ciphertext, nonce, flipBit(key, 3))).toBeUndefined();
      expect(sodium.xchacha20Decrypt(ciphertext.subarray(1), nonce, key)).toBeUndefined();
    }
    expect(sodium.xchacha20Decrypt(Buffer.alloc(15), Buffer.alloc(24), Buffer.alloc(32))).toBeUndefined();
  });

  test('seals for the owner of a key, who alone opens it', () => {
    const [secret, other] = [sodium.randomBytes(32), sodium.randomBytes(32)];
    for (const size of [0, 1, 5000]) {
      const message = sodium.randomBytes(size);
      const sealed = sodium.seal(message, sodium.x25519PublicKey(secret));
      expect(sealed).toHaveLength(size + 48);
      expect(sodium.unseal(sealed, secret)).toEqual(message);
      expect(sodium.unseal(sealed, other)).toBeUndefined();
      expect(sodium.unseal(flipBit(sealed, 3), secret)).toBeUndefined();
    }
    expect(sodium.unseal(Buffer.alloc(47), secret)).toBeUndefined();
  });

  test('hashes data in one piece and in parts alike', () => {
    const abc =
      'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923';
    expect(sodium.blake2b(Buffer.from('abc'), 64).toString('hex')).toBe(abc);
    const parts = [Buffer.from('a'), Buffer.alloc(0), Uint8Array.of(98, 99)];
    expect(sodium.blake2b(parts, 64).toString('hex')).toBe(abc);
    const key = Buffer.alloc(32, 9);
    const keyed = sodium.blake2b(parts, 32, key);
    expect(keyed).toEqual(sodium.blake2b(Buffer.from('abc'), 32, key));
    expect(keyed).not.toEqual(sodium.blake2b(parts, 32));
  });

  test('refuses keys and nonces of the wrong length', () => {
    const [bytes15, bytes31, bytes65] = [Buffer.alloc(15), Buffer.alloc(31), Buffer.alloc(65)];
    const [message, nonce, key] = [Buffer.alloc(40), Buffer.alloc(24), Buffer.alloc(32)];
    expect(() => sodium.x25519(bytes31, Buffer.alloc(32, 9))).toThrow();
    expect(() => sodium.x25519(Buffer.alloc(32, 9), bytes31)).toThrow();
    expect(() => sodium.x25519PublicKey(bytes31)).toThrow();
    expect(() => sodium.ed25519KeyPairFromSeed(bytes31)).toThrow();
    expect(() => sodium.ed25519Sign(message, bytes31)).toThrow();
    expect(() => sodium.xchacha20Encrypt(message, bytes15, key)).toThrow();
    expect(() => sodium.xchacha20Encrypt(message, nonce, bytes31)).toThrow();
    expect(() => sodium.xchacha20Decrypt(message, bytes15, key)).toThrow();
    expect(() => sodium.xchacha20Decrypt(message, nonce, bytes31)).toThrow();
    for (const badKey of [bytes15, bytes65]) {
      expect(() => sodium.blake2b(message, 32, badKey)).toThrow();
      expect(() => sodium.blake2b([message, message], 32, badKey)).toThrow();
    }
  });
});

describe('libsodium, native and WebAssembly', () => {
  let native: Sodium;
  let wasm: Sodium;

  beforeAll(async () => {
    [native, wasm] = await Promise.all([loadSodium('native'), loadSodium('wasm')]);
  });

  test('agree on random keys and messages', () => {
    const random = new SeededBytes('agreement');
    for (let round = 0; round < 100; round += 1) {
      const [secret, seed, message] = [random.bytes(32), random.bytes(32), random.bytes(random.below(500))];
      expect(wasm.x25519PublicKey(secret)).toEqual(native.x25519PublicKey(secret));
      // Any 32 bytes are a public key to X25519, on the curve or on its twist.
      const publicKey = random.bytes(32);
      expect(wasm.x25519(secret, publicKey)).toEqual(native.x25519(secret, publicKey));

      const keyPair = native.ed25519KeyPairFromSeed(seed);
      expect(wasm.ed25519KeyPairFromSeed(seed)).toEqual(keyPair);
      const signature = native.ed25519Sign(message, keyPair.secretKey);
      expect(wasm.ed25519Sign(message, keyPair.secretKey)).toEqual(signature);
      for (const candidate of [signature, flipBit(signature, random.below(512)), random.bytes(64)]) {
        const verdict = native.ed25519Verify(candidate, message, keyPair.publicKey);
        expect(verdict).toBe(candidate === signature);
        expect(wasm.ed25519Verify(candidate, message, keyPair.publicKey)).toBe(verdict);
      }

      const [nonce, key] = [random.bytes(24), random.bytes(32)];
      const ciphertext = native.xchacha20Encrypt(message, nonce, key);
      expect(wasm.xchacha20Encrypt(message, nonce, key)).toEqual(ciphertext);
      for (const sodium of [native, wasm]) {
        const into = Buffer.alloc(ciphertext.length);
        sodium.xchacha20Encrypt(message, nonce, key, into);
        expect(into).toEqual(ciphertext);
        into.set(message);
        sodium.xchacha20Encrypt(into.subarray(0, message.length), nonce, key, into);
        expect(into).toEqual(ciphertext);
      }
      expect(wasm.xchacha20Decrypt(ciphertext, nonce, key)).toEqual(message);
      const tampered = flipBit(ciphertext, random.below(ciphertext.length * 8));
      expect(native.xchacha20Decrypt(tampered, nonce, key)).toBeUndefined();
      expect(wasm.xchacha20Decrypt(tampered, nonce, key)).toBeUndefined();

      const size = round % 2 ? 32 : 64;
      expect(wasm.blake2b([secret, message], size, key)).toEqual(
        native.blake2b([secret, message], size, key),
      );
    }
  });
});
