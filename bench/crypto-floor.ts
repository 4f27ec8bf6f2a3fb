import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { bencoded, Member } from './prepared-request.js';

const ROUNDS = 10_000;

/**
 * Milliseconds of one core that no server can save on a request: X25519, decryption, hashing and verification, and
 * encryption of the reply.
 * @param requestBytes size of the inner request's body
 * @param replyBytes   size of the inner reply's body
 */
export function cryptoFloor(sodium: Sodium, requestBytes: number, replyBytes: number): number {
  const server = sodium.ed25519KeyPairFromSeed(Buffer.alloc(32, 1));
  const secret = server.secretKey.subarray(0, 32);
  const publicKey = sodium.x25519PublicKey(secret);
  const member = new Member(sodium, publicKey);
  const body = Buffer.alloc(requestBytes, 'x');
  const nonce = Buffer.alloc(24, 2);
  const key = Buffer.alloc(32, 3);
  const plaintext = bencoded(JSON.stringify({ headers: 'x'.repeat(350) }), body);
  const sealed = sodium.xchacha20Encrypt(plaintext, nonce, key);
  const reply = bencoded(
    '{"code":200,"headers":{"content-type":"application/json"}}',
    Buffer.alloc(replyBytes),
  );
  const signed = Buffer.alloc(32 + 16 + 10 + 10 + 64, 5);
  const signature = sodium.ed25519Sign(signed, member.keys.secretKey);
  const once = (): void => {
    sodium.blake2b([sodium.x25519(secret, publicKey), publicKey, publicKey], 32);
    sodium.xchacha20Decrypt(sealed, nonce, key);
    sodium.blake2b(body, 64);
    sodium.ed25519Verify(signature, signed, member.keys.publicKey);
    sodium.xchacha20Encrypt(reply, nonce, key);
  };
  for (let round = 0; round < ROUNDS / 10; round++) once();
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) once();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / ROUNDS;
}
