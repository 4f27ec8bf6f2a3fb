import * as z from 'zod';
import { type Origin } from '../../foundation/limits/rate-limits.service.js';

/** Methods that the protocol knows. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** An upload that was too large to hold in memory: already on disk, hashed while it was written. */
export interface SpooledUpload {
  /** Absolute path of the temporary file; the receiver renames it or it is removed after the request. */
  path: string;
  /** Bytes. */
  size: number;
  /** BLAKE2b-512 of the content, 64 raw bytes. */
  hash: Buffer;
  /** SHA-256 of it, 32 raw bytes: files are known again by that. */
  sha256: Buffer;
}

/**
 * A request's body: raw, a JSON value that a batch carried, what its endpoint's schema made of it or why it refused it,
 * or a file on disk.
 */
export type RequestBody =
  | { kind: 'bytes'; bytes: Buffer }
  | { kind: 'json'; value: unknown }
  | { kind: 'read'; value: unknown }
  | { kind: 'refused'; refusal: unknown }
  | { kind: 'spooled'; upload: SpooledUpload };

/** Characters of a path with its query: file names and reactions are the longest things in one. */
const LONGEST_TARGET = 8 * 1024;
/** Headers of one request, of which clients send about a dozen. */
const MOST_HEADERS = 100;

/** The headers of a request without any. */
export const NO_HEADERS: InnerRequest['headers'] = Object.freeze({});

/** The body of a request without one. */
export const NO_BODY: RequestBody = { kind: 'bytes', bytes: Buffer.alloc(0) };

/** The budget that is left to all batches of one request together, nested ones included. */
export interface BatchAllowance {
  /** Requests that they may still hold. */
  elements: number;
  /** Characters that their answers may still have. */
  characters: number;
  /** Characters of answers for which no memory has been taken yet. */
  unpaid: number;
  /** Whether an answer was refused because there was no memory for it. */
  isFull: boolean;
}

/** Method, path and query of a request. They are the same for every caller and body. */
export interface RequestTarget {
  method: string;
  /** Percent-decoded path, starting with a slash. */
  path: string;
  /** Raw query string without its question mark; empty when there is none. */
  query: string;
  /** Tells it from every other target. */
  targetKey: string;
}

/**
 * One request, whichever way it came: over HTTP, inside an onion request or as an element of a batch.
 */
export interface InnerRequest extends RequestTarget {
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: RequestBody;
  /** How many batches it is inside of. */
  depth: number;
  /** Shared by everything that came with one batch; undefined outside of batches. */
  allowance?: BatchAllowance;
  /** Whether it came inside an onion request, so that its answer is sealed for the one who asked. */
  inOnion?: true;
  origin: Origin;
}

/**
 * Splits a request target into decoded path and raw query (protocol 3: the signature covers these two).
 * @returns undefined when the target does not start with a slash, has more than 8 192 characters, or its
 *   percent-encoding is no UTF-8
 */
export function parseTarget(method: string, target: string): RequestTarget | undefined {
  if (!target.startsWith('/') || target.length > LONGEST_TARGET) return undefined;
  const mark = target.indexOf('?');
  const path = decodedPath(mark === -1 ? target : target.slice(0, mark));
  if (path === undefined) return undefined;
  const query = mark === -1 ? '' : target.slice(mark + 1);
  // The length keeps a method with a slash in it apart.
  return { method, path, query, targetKey: `${method.length} ${method}${target}` };
}

function decodedPath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * A schema of an object of headers, which gives them with their names in lower case. `z.record` would take one or two
 * percent of a poll more.
 * @param valueTypes what a value may be
 */
export function headersSchema(
  ...valueTypes: readonly ('string' | 'number')[]
): z.ZodType<Record<string, string>> {
  const allowed: readonly string[] = valueTypes;
  return z.unknown().transform((headers, context) => {
    const refuse = (message: string): never => {
      context.addIssue(message);
      return z.NEVER;
    };
    if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
      return refuse('must be an object');
    }
    const names = Object.keys(headers);
    if (names.length > MOST_HEADERS) return refuse(`there may be ${MOST_HEADERS} headers`);
    const lower: Record<string, string> = {};
    for (const name of names) {
      const value: unknown = (headers as Record<string, unknown>)[name];
      if (!allowed.includes(typeof value)) return refuse(`${name} must be a ${allowed.join(' or a ')}`);
      lower[name.toLowerCase()] = String(value);
    }
    return lower;
  });
}

/** Where onion requests are delivered: outside of everything else, so never inside one or a batch (protocol 10). */
export const ONION_PATHS = { v4: '/oxen/v4/lsrpc', v3: '/oxen/v3/lsrpc', oldV3: '/loki/v3/lsrpc' } as const;

/** Whether a decoded path is one of those. */
export function isOnionPath(path: string): boolean {
  return Object.values<string>(ONION_PATHS).includes(path);
}
