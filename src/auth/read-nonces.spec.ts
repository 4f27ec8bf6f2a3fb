import { randomBytes } from 'node:crypto';
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

  test('are forgotten when a nonce with the same two first bytes comes', () => {
    const nonces = new ReadNonces();
    const [one, other] = [Buffer.alloc(16, 5), Buffer.alloc(16, 5)];
    other[15] = 6;
    nonces.note({ nonce: one, mark: 7 });
    nonces.note({ nonce: other, mark: 8 });
    expect([nonces.has(one), nonces.has(other)]).toEqual([false, true]);
  });
});
