import { type ChangeHearers } from '../foundation/database/change-teller.js';
import { JSON_TYPE, type Reply, TEXT_TYPE } from '../protocol/requests/reply.js';

/** Bytes of the largest body that is kept (protocol 3, "Repeats"). */
const LARGEST_BODY = 64 * 1024;

const LINE_END = 0x0a;

/** Whether an answer settles its request: after another one a repeat is tried afresh (protocol 3, "Repeats"). */
export function settles({ status }: Reply): boolean {
  return status !== 425 && status !== 429 && status < 500;
}

/** An answer as it is kept. */
export interface KeptAnswer {
  reply: Reply;
  /** A process waits for these before it gives the answer: the first process may have died, or wait still. */
  hearers: ChangeHearers;
}

/**
 * An answer as bytes: a line of JSON for its status, its headers and its hearers, and the body.
 * @param hearers of the transaction that made it
 * @returns undefined when the body is too large to be kept, or lies in storage
 */
export function encodeAnswer(
  { status, headers, body }: Reply,
  hearers: ChangeHearers = 'this machine',
): Buffer | undefined {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return undefined;
  if (body.length > LARGEST_BODY) return undefined;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.length > LARGEST_BODY) return undefined;
  const head = { status, headers, ...(hearers === 'all machines' && { hearers }) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]);
}

/** The answer that {@link encodeAnswer} made these bytes of. */
export function decodeAnswer(bytes: Buffer): KeptAnswer {
  const end = bytes.indexOf(LINE_END);
  const head = JSON.parse(bytes.toString('utf8', 0, end)) as Omit<Reply, 'body'> & Partial<KeptAnswer>;
  const { status, headers, hearers = 'this machine' } = head;
  const body = bytes.subarray(end + 1);
  const isText = [JSON_TYPE, TEXT_TYPE, undefined].includes(headers['content-type']);
  return { reply: { status, headers, body: isText ? body.toString() : body }, hearers };
}
