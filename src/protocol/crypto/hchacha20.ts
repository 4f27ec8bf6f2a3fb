const ROUNDS = 20;
/** "expand 32-byte k" as four words. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const KEY_WORDS = 8;
const NONCE_WORDS = 4;

/**
 * HChaCha20: the key with which ChaCha20-Poly1305 seals what XChaCha20-Poly1305 seals with `key` and a nonce that
 * begins with these 16 bytes. libsodium seals a message only as a whole; Node.js has no XChaCha20, but seals in pieces.
 * @param key   32 bytes
 * @param nonce its first 16 bytes count
 * @returns 32 bytes
 */
export function hchacha20(key: Uint8Array, nonce: Uint8Array): Buffer {
  const state = Uint32Array.from([...CONSTANTS, ...words(key, KEY_WORDS), ...words(nonce, NONCE_WORDS)]);
  for (let round = 0; round < ROUNDS; round += 2) {
    for (let column = 0; column < 4; column++) {
      quarterRound(state, column, column + 4, column + 8, column + 12);
    }
    for (let column = 0; column < 4; column++) {
      quarterRound(state, column, ((column + 1) % 4) + 4, ((column + 2) % 4) + 8, ((column + 3) % 4) + 12);
    }
  }
  const derived = Buffer.alloc(32);
  [0, 1, 2, 3, 12, 13, 14, 15].forEach((word, index) => {
    derived.writeUInt32LE(at(state, word), 4 * index);
  });
  return derived;
}

function words(bytes: Uint8Array, count: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4 * count);
  return Array.from({ length: count }, (_, index) => view.getUint32(4 * index, true));
}

function quarterRound(state: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(state, a, b, d, 16);
  mix(state, c, d, b, 12);
  mix(state, a, b, d, 8);
  mix(state, c, d, b, 7);
}

/** Adds a word to another, and rotates a third one, to which the sum is added without carry, by some bits. */
function mix(state: Uint32Array, sum: number, addend: number, rotated: number, bits: number): void {
  state[sum] = at(state, sum) + at(state, addend);
  const mixed = at(state, rotated) ^ at(state, sum);
  state[rotated] = (mixed << bits) | (mixed >>> (32 - bits));
}

function at(state: Uint32Array, index: number): number {
  return state[index] ?? 0;
}
