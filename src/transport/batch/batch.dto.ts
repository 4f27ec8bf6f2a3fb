import * as z from 'zod';
import { decodeBase64 } from '../../protocol/crypto/encoding.js';
import { boundedList } from '../../protocol/requests/bounded-list.js';
import {
  headersSchema,
  type InnerRequest,
  NO_BODY,
  NO_HEADERS,
  parseTarget,
  type RequestBody,
} from '../../protocol/requests/inner-request.js';
import { readBodyOnce } from '../../protocol/requests/inputs.js';

/** An element of a batch as an inner request, except for what it has from the batch. */
export type BatchElement = Omit<InnerRequest, 'depth' | 'allowance' | 'inOnion' | 'origin'>;

const BODY_KEYS = ['json', 'b64', 'bytes'] as const;

/** One element (protocol 5): exactly one body for POST and PUT, none for GET and DELETE. */
const elementSchema = z
  .object({
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
    path: z.string(),
    headers: headersSchema('string').optional(),
    json: z.unknown().optional(),
    b64: z.string().optional(),
    bytes: z.string().optional(),
  })
  .transform((element, context): BatchElement => {
    const refuse = (message: string): never => {
      context.addIssue(message);
      return z.NEVER;
    };
    const target = parseTarget(element.method, element.path);
    if (!target) return refuse('path must start with / and be percent-encoded UTF-8');
    const given = BODY_KEYS.filter((key) => element[key] !== undefined);
    const takesBody = element.method === 'POST' || element.method === 'PUT';
    if (given.length !== (takesBody ? 1 : 0)) {
      return refuse(
        takesBody
          ? `${element.method} takes exactly one of json, b64 and bytes`
          : `${element.method} takes no body`,
      );
    }
    const body = bodyOf(element);
    if (!body) return refuse('b64 must be base64');
    return { ...target, headers: element.headers ?? NO_HEADERS, body };
  });

function bodyOf(element: {
  json?: unknown;
  b64?: string | undefined;
  bytes?: string | undefined;
}): RequestBody | undefined {
  if (element.b64 !== undefined) {
    const bytes = decodeBase64(element.b64);
    return bytes && { kind: 'bytes', bytes };
  }
  if (element.bytes !== undefined) return { kind: 'bytes', bytes: Buffer.from(element.bytes) };
  return element.json !== undefined ? { kind: 'json', value: element.json } : NO_BODY;
}

/** Elements that no setting can exceed. */
const MOST_BATCH_ELEMENTS = 10_000;

/** A batch: any malformed element makes all of it malformed. */
export const batchBody = boundedList(elementSchema, MOST_BATCH_ELEMENTS);

export type BatchBody = z.output<typeof batchBody>;

/** Paths at which a batch holds another one. */
const BATCH_PATHS: readonly string[] = ['/batch', '/sequence'];
/** Levels of batches that are looked at, as many as a batch may have by default. */
const LEVELS_READ = 4;

/**
 * How a batch takes effect once: one that holds at least one request and nothing but GETs, those of nested batches
 * included, only reads (protocol 3, "Repeats"). The parsed requests of a nested batch are left in its place.
 */
export function repeatsOfBatch(batch: BatchBody): 'read' | 'batch' {
  return onlyReads(batch, LEVELS_READ) ? 'read' : 'batch';
}

function onlyReads(batch: BatchBody, levels: number): boolean {
  return batch.length > 0 && batch.every((element) => readsOnly(element, levels - 1));
}

/** @param levels of batches that may lie in the element */
function readsOnly(element: BatchElement, levels: number): boolean {
  if (element.method === 'GET') return true;
  if (levels === 0 || element.method !== 'POST' || !BATCH_PATHS.includes(element.path)) return false;
  element.body = readBodyOnce(batchBody, element.body);
  return element.body.kind === 'read' && onlyReads(element.body.value as BatchBody, levels);
}
