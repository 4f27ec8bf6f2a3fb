/** Pixels of each side of the square that a picture is scaled to before it is hashed. */
export const SIDE = 64;
/** Frequencies of each direction that make a hash. */
const FREQUENCIES = 16;
/** Bytes of a hash. */
const HASH_BYTES = (FREQUENCIES * FREQUENCIES) / 8;

/**
 * Bits by which the hashes of two pictures may differ that show the same. Among the pictures that test/files/pictures.ts makes,
 * the same ones differ by 48 at most (encoded again, scaled, 12 of 800 pixels cropped on all sides), different ones by 92 or more.
 */
export const MOST_BITS_APART = 56;

/**
 * The deviation of brightness, of 255, below which a picture is too plain to be told from others: a blank page is like any
 * other one.
 */
const LEAST_DEVIATION = 4;

/** Row `k` has the values of the cosine with frequency `k + 1` at each pixel. */
const COSINES = Array.from({ length: FREQUENCIES }, (_, frequency) =>
  Float64Array.from({ length: SIDE }, (_, at) =>
    Math.cos((Math.PI * (frequency + 1) * (2 * at + 1)) / (2 * SIDE)),
  ),
);

/**
 * A hash of what a picture shows: it stays nearly the same when the picture is encoded again, scaled or cropped a little. Its bits
 * say which of the low frequencies of the brightness (DCT) are above their median.
 * @param brightness of SIDE × SIDE pixels, row by row
 * @returns 32 bytes; undefined for a picture that is too plain
 */
export function perceptualHash(brightness: Uint8Array): Buffer | undefined {
  if (brightness.length !== SIDE * SIDE) throw new Error(`A hash takes ${SIDE} × ${SIDE} pixels`);
  if (deviationOf(brightness) < LEAST_DEVIATION) return undefined;
  const strengths = lowFrequencies(brightness);
  const median = Float64Array.from(strengths).sort()[strengths.length / 2] ?? 0;
  const hash = Buffer.alloc(HASH_BYTES);
  for (const [index, strength] of strengths.entries()) {
    if (strength < median) continue;
    hash.writeUInt8(hash.readUInt8(index >> 3) | (0x80 >> (index & 7)), index >> 3);
  }
  return hash;
}

/** How many bits of two hashes differ. */
export function distanceOf(one: Uint8Array, other: Uint8Array): number {
  let bits = 0;
  for (const [index, byte] of one.entries()) {
    for (let rest = byte ^ (other[index] ?? 0); rest !== 0; rest &= rest - 1) bits++;
  }
  return bits;
}

function deviationOf(brightness: Uint8Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of brightness) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / brightness.length;
  return Math.sqrt(squares / brightness.length - mean * mean);
}

/** The strengths of the frequencies 1 to 16 in both directions. */
function lowFrequencies(brightness: Uint8Array): Float64Array {
  const rows = new Float64Array(FREQUENCIES * SIDE);
  for (const [horizontal, cosines] of COSINES.entries()) {
    for (let y = 0; y < SIDE; y++) {
      let sum = 0;
      for (const [x, cosine] of cosines.entries()) sum += cosine * (brightness[y * SIDE + x] ?? 0);
      rows[horizontal * SIDE + y] = sum;
    }
  }
  const strengths = new Float64Array(FREQUENCIES * FREQUENCIES);
  for (const [vertical, cosines] of COSINES.entries()) {
    for (let horizontal = 0; horizontal < FREQUENCIES; horizontal++) {
      let sum = 0;
      for (const [y, cosine] of cosines.entries()) sum += cosine * (rows[horizontal * SIDE + y] ?? 0);
      strengths[vertical * FREQUENCIES + horizontal] = sum;
    }
  }
  return strengths;
}
