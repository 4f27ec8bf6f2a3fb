import * as z from 'zod';
import {
  headersSchema,
  type InnerRequest,
  NO_BODY,
  NO_HEADERS,
  parseTarget,
  type RequestBody,
} from '../../protocol/requests/inner-request.js';
import { type JsonBounds, parseBoundedJson } from '../../protocol/requests/bounded-json.js';
import { type Origin } from '../../foundation/limits/rate-limits.service.js';

/** Bytes; what clients send has under a thousand. */
const MOST_META_BYTES = 32 * 1024;
/** Structure of what says method, endpoint and headers; the body of a v3 request is one text in it. */
const REQUEST_BOUNDS: JsonBounds = { values: 256, depth: 4 };

const v4MetaSchema = z.object({
  method: z.string(),
  endpoint: z.string(),
  // Clients may send numbers.
  headers: headersSchema('string', 'number').nullish(),
});

const v3RequestSchema = v4MetaSchema.extend({ body: z.string().nullish() });

/**
 * The request in a v4 plaintext (protocol 4).
 * @param meta JSON text
 * @param body raw bytes, undefined when there is no second string
 * @returns undefined when it is malformed
 */
export function v4Request(meta: Buffer, body: Buffer | undefined, origin: Origin): InnerRequest | undefined {
  if (meta.length > MOST_META_BYTES) return undefined;
  const parsed = v4MetaSchema.safeParse(parseJson(meta));
  if (!parsed.success) return undefined;
  const { method, endpoint, headers } = parsed.data;
  return innerRequest(method, endpoint, headers, body, origin);
}

/** The request in a v3 plaintext (protocol 4), undefined when it is malformed. */
export function v3Request(plaintext: Buffer, origin: Origin): InnerRequest | undefined {
  const parsed = v3RequestSchema.safeParse(parseJson(plaintext));
  if (!parsed.success) return undefined;
  const { method, endpoint, headers, body } = parsed.data;
  const takesBody = method === 'POST' || method === 'PUT';
  // Android sends the text "null" where it means no body.
  const content = takesBody ? body : undefined;
  if (!takesBody && body && body !== 'null') return undefined;
  return innerRequest(method, endpoint, headers, content ? Buffer.from(content) : undefined, origin);
}

function innerRequest(
  method: string,
  endpoint: string,
  headers: InnerRequest['headers'] | null | undefined,
  bytes: Buffer | undefined,
  origin: Origin,
): InnerRequest | undefined {
  const target = parseTarget(method, endpoint);
  if (!target) return undefined;
  const { path, query, targetKey } = target;
  const body: RequestBody = bytes ? { kind: 'bytes', bytes } : NO_BODY;
  // Copied by `...` each would cost the garbage collector far more.
  return {
    method,
    path,
    query,
    targetKey,
    headers: headers ?? NO_HEADERS,
    body,
    depth: 0,
    inOnion: true,
    origin,
  };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return parseBoundedJson(bytes, REQUEST_BOUNDS);
  } catch {
    return undefined;
  }
}
