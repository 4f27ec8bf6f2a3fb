import { JSON_TYPE, type Reply, TEXT_TYPE } from '../protocol/requests/reply.js';

/** Bytes of the largest body that is kept (protocol 3, "Repeats"). */
const LARGEST_BODY = 64 * 1024;

const LINE_END = 0x0a;

/** Whether an answer settles its request: after another one a repeat is tried afresh (protocol 3, "Repeats"). */
export function settles({ status }: Reply): boolean {
  return status !== 425 && status !== 429 && status < 500;
}

/**
 * An answer as bytes: a line of JSON for its status and headers, and the body.
 * @returns undefined when the body is too large to be kept, or lies in storage
 */
export function encodeAnswer({ status, headers, body }: Reply): Buffer | undefined {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return undefined;
  if (body.length > LARGEST_BODY) return undefined;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.length > LARGEST_BODY) return undefined;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ status, headers })}\n`), bytes]);
}

/** The answer that {@link encodeAnswer} made these bytes of. */
export function decodeAnswer(bytes: Buffer): Reply {
  const end = bytes.indexOf(LINE_END);
  const { status, headers } = JSON.parse(bytes.toString('utf8', 0, end)) as Omit<Reply, 'body'>;
  const body = bytes.subarray(end + 1);
  const isText = [JSON_TYPE, TEXT_TYPE, undefined].includes(headers['content-type']);
  return { status, headers, body: isText ? body.toString() : body };
}
