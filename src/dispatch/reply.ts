import { type Readable } from 'node:stream';
import { explain } from '../errors/explain.js';

/** A body that lies in storage: streamed to a direct request, read whole for an onion request. */
export interface StoredBytes {
  /** Bytes. */
  size: number;
  read(): Promise<Buffer>;
  stream(): Readable;
}

/** What a handler answers. A string body is JSON or plain text, told apart by its content type. */
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
export function jsonText(text: string, status = 200): Reply {
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

/** The body as text or bytes, read from storage if it lies there. */
export async function wholeBody({ body }: Reply): Promise<string | Buffer> {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : body.read();
}

/** The body as bytes, read from storage if it lies there. */
export async function bodyBytes(reply: Reply): Promise<Buffer> {
  const body = await wholeBody(reply);
  return typeof body === 'string' ? Buffer.from(body) : body;
}
