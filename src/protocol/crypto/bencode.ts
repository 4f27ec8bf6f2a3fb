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
 * How the bencoded list of two byte strings that answers an onion request (protocol 4, v4) lies in memory: the meta JSON,
 * then the body, which is written where it is needed instead of being copied there.
 */
export class BencodedReply {
  /** Bytes of the whole list. */
  readonly size: number;
  private readonly head: string;

  /**
   * @param meta      JSON text
   * @param bodyBytes how long the body is
   */
  constructor(meta: string, bodyBytes: number) {
    this.head = `l${Buffer.byteLength(meta)}:${meta}${bodyBytes}:`;
    this.size = Buffer.byteLength(this.head) + bodyBytes + 1;
  }

  /** The bytes before the body. */
  get before(): Buffer {
    return Buffer.from(this.head);
  }

  /** The bytes after it. */
  get after(): Buffer {
    return Buffer.of(END);
  }

  /** Writes the list, but for its body, into `target`, which has its size. Returns the place of the body. */
  writeAround(target: Buffer): Buffer {
    const end = this.size - 1;
    const start = target.write(this.head);
    target[end] = END;
    return target.subarray(start, end);
  }
}
