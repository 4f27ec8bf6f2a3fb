import { ProtocolError } from '../../foundation/errors/protocol-error.js';

/** How much structure a JSON text may have before it is parsed. */
export interface JsonBounds {
  /** Objects, lists and their members, counted together. */
  readonly values: number;
  /** Objects and lists around the innermost value. */
  readonly depth: number;
}

/**
 * Bounds of a request's body. A batch of a thousand requests, each with a dozen headers as Android sends them, has
 * 14 000 values. Thirty thousand values of any kind are parsed in less than 50 ms.
 */
export const BODY_BOUNDS: JsonBounds = { values: 30_000, depth: 32 };

/** Bytes below which a text is parsed without being counted: it can't hold enough to matter. */
const HARMLESS_BYTES = 4 * 1024;
/** Bytes of a text that are looked at together; the first of them one by one, because most texts are short. */
const WINDOW_BYTES = 512;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Parses JSON from outside. Its structure is counted first, in one pass that stops at the first excess, because parsing
 * and checking a few megabytes of tiny values would block the process for seconds.
 * @param bytes  UTF-8, perhaps with a byte order mark before it
 * @param bounds how much structure it may have
 * @throws ProtocolError `malformed_request` when it is not JSON or exceeds a bound
 */
export function parseBoundedJson(bytes: Buffer, bounds: JsonBounds = BODY_BOUNDS): unknown {
  if (bytes.length > HARMLESS_BYTES) checkStructure(bytes, bounds);
  try {
    return JSON.parse(bytes.toString('utf8', hasByteOrderMark(bytes) ? 3 : 0)) as unknown;
  } catch {
    throw new ProtocolError('malformed_request', 'the body is not JSON');
  }
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function checkStructure(bytes: Buffer, { values, depth }: JsonBounds): void {
  let counted = 0;
  let open = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfText(bytes, at + 1);
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        counted++;
        if (++open > depth) throw new ProtocolError('malformed_request', `JSON may be nested ${depth} deep`);
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        open--;
        break;
      case COMMA:
        counted++;
        break;
    }
    if (counted > values) throw new ProtocolError('malformed_request', `JSON may hold ${values} values`);
  }
}

/** Where the quote that ends a text stands, or the end of the bytes. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const windowEnd = Math.min(at + WINDOW_BYTES, bytes.length);
    // Files come as base64 of megabytes: native code passes over them many times faster.
    if (at > start && isPlain(bytes.subarray(at, windowEnd))) {
      at = windowEnd;
      continue;
    }
    for (; at < windowEnd; at++) {
      if (bytes[at] === QUOTE) return at;
      if (bytes[at] === BACKSLASH) at++;
    }
  }
  return bytes.length;
}

function isPlain(bytes: Buffer): boolean {
  return !bytes.includes(QUOTE) && !bytes.includes(BACKSLASH);
}
