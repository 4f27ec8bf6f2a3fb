import { createHash, randomBytes } from 'node:crypto';
import { ReadNonces } from './read-nonces.js';

describe('the nonces of requests that only read', () => {
  test('let a request come again, and refuse another under its nonce', () => {
    const nonces = new ReadNonces();
    const nonce = randomBytes(16);
    expect(nonces.has(nonce)).toBe(false);
    expect(nonces.note({ nonce, mark: 7 })).toBe(true);
    expect(nonces.has(nonce)).toBe(true);
    expect(nonces.note({ nonce, mark: 7 })).toBe(true);
    expect(nonces.note({ nonce, mark: 8 })).toBe(false);
    expect(nonces.note({ nonce, mark: 7 })).toBe(true);
  });

  test('know none at first, not even one of zeros', () => {
    const nonces = new ReadNonces();
    for (const nonce of [
      Buffer.alloc(16),
      Buffer.alloc(16, 0xff),
      Buffer.from('01'.padEnd(32, '0'), 'hex'),
    ]) {
      expect(nonces.has(nonce)).toBe(false);
      expect(nonces.note({ nonce, mark: 7 })).toBe(true);
      expect(nonces.has(nonce)).toBe(true);
    }
  });

  test('are forgotten when four later ones have the same two first bytes, the oldest first', () => {
    const nonces = new ReadNonces();
    const alike = Array.from({ length: 6 }, (_, index) => Buffer.alloc(16, 5).fill(index, 15));
    const known = (): boolean[] => alike.map((nonce) => nonces.has(nonce));
    for (const nonce of alike.slice(0, 4)) nonces.note({ nonce, mark: 7 });
    expect(known()).toEqual([true, true, true, true, false, false]);
    for (const nonce of alike.slice(4)) nonces.note({ nonce, mark: 7 });
    expect(known()).toEqual([false, false, true, true, true, true]);
  });

  test('are all known after a thousand requests', () => {
    const nonces = new ReadNonces();
    const made = Array.from({ length: 1000 }, (_, index) =>
      createHash('sha256').update(`${index}`).digest().subarray(0, 16),
    );
    for (const nonce of made) nonces.note({ nonce, mark: 7 });
    expect(made.every((nonce) => nonces.has(nonce))).toBe(true);
  });
});
