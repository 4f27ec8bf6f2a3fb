import { createDecipheriv, randomBytes } from 'node:crypto';
import { OnionSealer } from './onion-sealer.js';
import { loadSodium, type Sodium } from './sodium.js';

const SIZES = [0, 1, 63, 64, 65, 1000, 100_000];

let sodium: Sodium;

beforeAll(async () => {
  sodium = await loadSodium();
});

/** Seals a message in pieces of some length; all sealed bytes. */
function seal(sealer: OnionSealer, message: Buffer, pieceLength = 37): Buffer {
  const sealed = [sealer.nonce];
  for (let at = 0; at < message.length; at += pieceLength) {
    sealed.push(sealer.add(message.subarray(at, at + pieceLength)));
  }
  return Buffer.concat([...sealed, sealer.tag()]);
}

it.each(SIZES)('libsodium opens %d bytes that were sealed with XChaCha20 in pieces', (size) => {
  const [key, message] = [randomBytes(32), randomBytes(size)];
  const sealer = OnionSealer.xchacha20(key, sodium);
  const sealed = seal(sealer, message);
  expect(sealed).toHaveLength(sealer.sealedSize(size));
  expect(sodium.xchacha20Decrypt(sealed.subarray(24), sealed.subarray(0, 24), key)).toEqual(message);
});

it.each(SIZES)('AES-GCM opens %d bytes that were sealed in pieces', (size) => {
  const [key, message] = [randomBytes(32), randomBytes(size)];
  const sealer = OnionSealer.aesGcm(key, sodium);
  const sealed = seal(sealer, message);
  expect(sealed).toHaveLength(sealer.sealedSize(size));
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAuthTag(
    sealed.subarray(-16),
  );
  expect(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])).toEqual(message);
});

it('every reply has a nonce of its own', () => {
  const key = randomBytes(32);
  const nonces = Array.from({ length: 20 }, () => OnionSealer.xchacha20(key, sodium).nonce.toString('hex'));
  expect(new Set(nonces).size).toBe(20);
});
