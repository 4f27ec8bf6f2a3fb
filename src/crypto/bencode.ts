const LIST = 0x6c;
const END = 0x65;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** A length of more digits could not be an index into a Buffer. */
const MAX_LENGTH_DIGITS = 10;

/** The byte strings of an onion request's plaintext, as views of it. */
export interface BencodedStrings {
  first: Buffer;
  second: Buffer | undefined;
}

/**
 * Reads a bencoded list of one or two byte strings (protocol 4, v4): `l`, each string as `length:bytes`, `e`.
 * Undefined when the bytes are anything else, a number with leading zeros or bytes after the end included.
 */
export function decodeBencodedStrings(data: Buffer): BencodedStrings | undefined {
  if (data[0] !== LIST) return undefined;
  const first = readString(data, 1);
  if (!first) return undefined;
  let end = first.byteOffset - data.byteOffset + first.length;
  let second: Buffer | undefined;
  if (data[end] !== END) {
    second = readString(data, end);
    if (!second) return undefined;
    end = second.byteOffset - data.byteOffset + second.length;
  }
  return data[end] === END && end === data.length - 1 ? { first, second } : undefined;
}

function readString(data: Buffer, start: number): Buffer | undefined {
  let length = 0;
  let at = start;
  for (; ; at += 1) {
    const byte = data[at];
    if (byte === undefined || at - start > MAX_LENGTH_DIGITS) return undefined;
    if (byte === COLON) break;
    if (byte < DIGIT_0 || byte > DIGIT_9) return undefined;
    length = length * 10 + (byte - DIGIT_0);
  }
  const digits = at - start;
  if (digits === 0 || (digits > 1 && data[start] === DIGIT_0)) return undefined;
  const end = at + 1 + length;
  return end <= data.length ? data.subarray(at + 1, end) : undefined;
}

/**
 * Writes the bencoded list of two byte strings that answers an onion request (protocol 4, v4): the meta JSON and the
 * body, which is written as UTF-8 if it is text. The body is copied once, into the only allocation.
 */
export function encodeBencodedReply(meta: string, body: Uint8Array | string): Buffer {
  const size = Buffer.byteLength(body);
  const head = `l${Buffer.byteLength(meta)}:${meta}${size}:`;
  const headSize = Buffer.byteLength(head);
  const reply = Buffer.allocUnsafe(headSize + size + 1);
  reply.write(head, 0, 'utf8');
  if (typeof body === 'string') reply.write(body, headSize, 'utf8');
  else reply.set(body, headSize);
  reply[reply.length - 1] = END;
  return reply;
}
