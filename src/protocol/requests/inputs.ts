import { parse as parseQuery } from 'node:querystring';
import { type z } from 'zod';
import { type ErrorCode } from '../../foundation/errors/catalogue.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { parseBoundedJson } from './bounded-json.js';
import { type RequestBody } from './inner-request.js';

/**
 * Checks input against its schema.
 * @throws ProtocolError `code`, naming the field and what is wrong with it
 */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown, code: ErrorCode): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.');
  throw new ProtocolError(code, field ? `${field}: ${issue?.message}` : issue?.message);
}

/** A query string as an object; of a repeated name the first value counts. */
export function readQuery(query: string): Record<string, string> {
  return query === '' ? {} : firstValues(parseQuery(query));
}

/** The first value of each name that has any. */
export function firstValues(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const firsts: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const first = typeof value === 'object' ? value[0] : value;
    if (first !== undefined) firsts[name] = first;
  }
  return firsts;
}

/**
 * The body as an endpoint wants it: its JSON checked by a schema, or as it came.
 * @throws ProtocolError `malformed_request` when it is missing, not JSON or of the wrong shape
 */
export function readBody(schema: z.ZodType | 'bytes', body: RequestBody): unknown {
  if (body.kind === 'read') return body.value;
  if (body.kind === 'refused') throw body.refusal;
  return schema === 'bytes' ? body : parseInput(schema, parseJson(body), 'malformed_request');
}

/** The body as {@link readBody} reads it, or what that throws, for a request that will be read again. */
export function readBodyOnce(schema: z.ZodType | 'bytes', body: RequestBody): RequestBody {
  try {
    return { kind: 'read', value: readBody(schema, body) };
  } catch (refusal) {
    return { kind: 'refused', refusal };
  }
}

function parseJson(body: RequestBody): unknown {
  if (body.kind === 'json') return body.value;
  if (body.kind !== 'bytes' || body.bytes.length === 0) {
    throw new ProtocolError('malformed_request', 'a JSON body is required');
  }
  return parseBoundedJson(body.bytes);
}
