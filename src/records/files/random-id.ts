import { randomBytes } from 'node:crypto';

const BITS = 53n;

/** A random whole number from 1 to 2^53 - 1, of a cryptographic source: JSON carries it exactly in every client. */
export function randomId(): number {
  for (;;) {
    const id = Number(randomBytes(8).readBigUInt64BE() >> (64n - BITS));
    // 0 stands for no file in a client's messages.
    if (id > 0) return id;
  }
}
