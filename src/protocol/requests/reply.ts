import { Readable } from 'node:stream';
import { explain } from '../../foundation/errors/explain.js';
import { type Eventual } from '../../foundation/eventual.js';

/** Bytes one after the other, of memory or of what is read meanwhile. */
export type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

/** A body that is sent in pieces. It can be read once. */
export interface StreamedBytes {
  /** Bytes. */
  readonly size: number;
  /** The bytes in small pieces. Reading that has begun and is given up closes what is read. */
  pieces(): Pieces;
  /** Lets go of what is not read, or not to its end. It does no harm after the end. */
  close(): void;
}

/** A body that is not one piece of memory, such as a file in storage. It can be read once, in one of two ways. */
export interface StoredBytes extends StreamedBytes {
  /** Fills a Buffer of its size. */
  readInto(target: Buffer): Promise<void>;
}

/** A body as a stream, which takes the next piece when the one before has left it. */
export function streamOf(pieces: Pieces): Readable {
  return Readable.from(pieces, { objectMode: false, highWaterMark: 1 });
}

/** A handler's answer. A string body is JSON or plain text, told apart by its content type. */
export interface Reply {
  status: number;
  /** Names in lower case, `content-type` included, `content-length` never. */
  headers: Record<string, string>;
  body: string | Buffer | StoredBytes;
}

/** Desktop compares whole content types, so these are literal (protocol 4). */
export const JSON_TYPE = 'application/json';
export const TEXT_TYPE = 'text/plain; charset=utf-8';
export const BYTES_TYPE = 'application/octet-stream';

const JSON_HEADERS = Object.freeze({ 'content-type': JSON_TYPE });
const JSON_HEADERS_TEXT = JSON.stringify(JSON_HEADERS);
const TEXT_HEADERS = Object.freeze({ 'content-type': TEXT_TYPE });

/** A JSON answer. */
export function json(value: unknown, status = 200): Reply {
  return jsonText(JSON.stringify(value), status);
}

/** A JSON answer whose text is ready. */
export function jsonText(text: string | StoredBytes, status = 200): Reply {
  return { status, headers: JSON_HEADERS, body: text };
}

/** A line of plain text. */
export function text(body: string, status: number): Reply {
  return { status, headers: TEXT_HEADERS, body };
}

/** How a failure is told. */
export function refusal(error: unknown): Reply {
  const { message, status, retryAfter } = explain(error);
  const reply = text(message, status);
  if (retryAfter === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } };
}

/** The headers as JSON text; nearly all answers have the same. */
export function headersText({ headers }: Reply): string {
  return headers === JSON_HEADERS ? JSON_HEADERS_TEXT : JSON.stringify(headers);
}

/** Nothing new since the client last asked. */
export function notModified(): Reply {
  return { status: 304, headers: {}, body: '' };
}

/** Whether the body is JSON text that a batch can embed as it is. */
export function isJson(reply: Reply): reply is Reply & { body: string } {
  return typeof reply.body === 'string' && reply.headers['content-type'] === JSON_TYPE;
}

/** How many bytes the body has. */
export function bodySize({ body }: Reply): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return Buffer.isBuffer(body) ? body.length : body.size;
}

/** Whether the body is no Buffer and no text. */
export function isStored<Stored extends StreamedBytes>(body: string | Buffer | Stored): body is Stored {
  return typeof body !== 'string' && !Buffer.isBuffer(body);
}

/** Writes the body to a place of its size: at once, or if it lies in storage until the promise resolves. */
export function writeBody({ body }: Reply, target: Buffer): Promise<void> | undefined {
  if (typeof body === 'string') target.write(body);
  else if (Buffer.isBuffer(body)) target.set(body);
  else return body.readInto(target);
  return undefined;
}

/** The body as bytes, read from storage if it lies there. */
export function bodyBytes({ body }: Reply): Eventual<Buffer> {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.isBuffer(body) ? body : readWhole(body);
}

/** Reads what lies in storage. */
export async function readWhole(stored: StoredBytes): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(stored.size);
  await stored.readInto(bytes);
  return bytes;
}
