import { Identity } from '../../../test/client/identity.js';
import blindingVectors from '../../../test/fixtures/vectors/blinding.json' with { type: 'json' };
import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { loadSodium } from './sodium.js';
import { ed25519FromX25519, verifyXEd25519 } from './xed25519.js';

const sodium = await loadSodium();
const message = Buffer.from('signed under an ordinary Session ID');

describe.each(blindingVectors.users)('the key of $session_id', (user) => {
  const key = Buffer.from(user.session_id.slice(2), 'hex');
  const alice = new Identity(user.seed);

  test('converts to its Ed25519 key but for the sign', () => {
    const expected = Buffer.from(user.ed25519_public, 'hex');
    expected.writeUInt8(expected.readUInt8(31) & 0x7f, 31);
    expect(ed25519FromX25519(key)).toEqual(expected);
  });

  test.each([false, true])('verifies its signatures, with the sign in the top bit: %s', (topBit) => {
    const signature = Buffer.from(alice.signAsSessionId(message, { topBit }));
    expect(verifyXEd25519(signature, message, key, sodium)).toBe(true);
    expect(verifyXEd25519(signature, Buffer.from('another message'), key, sodium)).toBe(false);
    const otherSign = Buffer.from(signature);
    otherSign.writeUInt8(otherSign.readUInt8(63) ^ 0x80, 63);
    expect(verifyXEd25519(otherSign, message, key, sodium)).toBe(false);
  });
});

test('no signature of another length, by another key or by no key verifies', () => {
  const alice = new Identity('01'.repeat(32));
  const bob = new Identity('02'.repeat(32));
  const key = Buffer.from(alice.sessionId.slice(2), 'hex');
  const signature = Buffer.from(alice.signAsSessionId(message));
  expect(verifyXEd25519(signature.subarray(0, 63), message, key, sodium)).toBe(false);
  expect(verifyXEd25519(Buffer.concat([signature, Buffer.alloc(1)]), message, key, sodium)).toBe(false);
  expect(verifyXEd25519(signature, message, key.subarray(1), sodium)).toBe(false);
  expect(verifyXEd25519(signature, message, Buffer.alloc(32, 0xff), sodium)).toBe(false);
  expect(verifyXEd25519(Buffer.from(bob.signAsSessionId(message)), message, key, sodium)).toBe(false);
});

test('random bytes never verify and never throw', () => {
  const random = new SeededBytes('xed25519');
  for (let round = 0; round < 200; round += 1) {
    expect(verifyXEd25519(random.bytes(64), message, random.bytes(32), sodium)).toBe(false);
  }
});
