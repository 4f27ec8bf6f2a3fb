const BASE32Z_ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** Node's decoders take only the low byte of a wide character, so that `Ł` would pass for `A`. */
const WIDE_CHARACTER = /[\u0100-\uffff]/;

/**
 * Decodes standard base64 with or without padding (protocol, introduction). Undefined when a character is outside the
 * alphabet (URL-safe letters and white space included) or the length or padding is impossible. Bits beyond the last
 * whole byte are ignored, so compare bytes, never texts.
 */
export function decodeBase64(text: string): Buffer | undefined {
  let length = text.length;
  while (length > 0 && length > text.length - 2 && text[length - 1] === '=') length -= 1;
  if (length < text.length && text.length % 4 !== 0) return undefined;
  if (length % 4 === 1) return undefined;

  // Node skips what it does not know, which shows in the length, but knows the URL-safe letters too. This is many
  // times faster than a regular expression over the text.
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== Math.floor((length * 3) / 4)) return undefined;
  if (text.includes('-') || text.includes('_') || WIDE_CHARACTER.test(text)) return undefined;
  return bytes;
}

/** Decodes hex of either case. Undefined when a character is no hex digit or their number is odd. */
export function decodeHex(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'hex');
  return bytes.length * 2 === text.length && !WIDE_CHARACTER.test(text) ? bytes : undefined;
}

/**
 * Decodes a value that clients may send in two ways (protocol 3): hex when it has two characters a byte, otherwise
 * base64 with or without padding. Undefined unless exactly `size` bytes come out.
 */
export function decodeHexOrBase64(text: string, size: number): Buffer | undefined {
  if (text.length === size * 2) return decodeHex(text);
  if (text.length > size * 2) return undefined;
  const bytes = decodeBase64(text);
  return bytes?.length === size ? bytes : undefined;
}

/**
 * Decodes z-base-32, the alphabet of Lokinet addresses. Undefined when a character is outside the alphabet or the
 * length is impossible; bits beyond the last whole byte are ignored.
 */
export function decodeBase32z(text: string): Buffer | undefined {
  if ((text.length * 5) % 8 >= 5) return undefined;
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let pending = 0;
  let pendingBits = 0;
  let written = 0;
  for (const letter of text) {
    const value = BASE32Z_ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    pending = ((pending << 5) | value) & 0xfff;
    pendingBits += 5;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes[written] = pending >> pendingBits;
      written += 1;
    }
  }
  return bytes;
}
