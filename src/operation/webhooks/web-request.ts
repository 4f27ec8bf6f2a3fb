import { type LookupAddress } from 'node:dns';
import { lookup as resolveName } from 'node:dns/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../../foundation/limits/public-address.js';

/** Milliseconds that a request may take, from the resolution of its name to the status of its answer. */
const PATIENCE_MS = 10_000;
/** Bytes of an answer that are read, and thrown away, before its connection is closed. */
const MOST_READ = 4_096;

/** A POST to an address of somebody's choice. */
export interface WebRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Finds all addresses of a name. */
export type Resolve = (name: string) => Promise<LookupAddress[]>;

/** The bounds of where requests may go, and of how long they may take. */
export interface RequestBounds {
  /** Whether addresses within the server's own network are allowed. */
  readonly allowsPrivate: boolean;
  /** The system's by default. */
  readonly resolve?: Resolve;
  /** Ends the request early. */
  readonly stopping?: AbortSignal;
}

/** An address that nothing is sent to; the message says why in a line. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

/**
 * Checks what an address says by itself: its scheme, and its host where that is no name.
 * @throws RefusedAddress
 */
export function checkAddress(address: string, { allowsPrivate }: RequestBounds): URL {
  if (!URL.canParse(address)) throw new RefusedAddress('it is no URL');
  const url = new URL(address);
  const schemes = allowsPrivate ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(url.protocol)) throw new RefusedAddress('its address must begin with https://');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const refusal = isIP(host) === 0 ? undefined : addressRefusal(url, host, allowsPrivate);
  if (refusal !== undefined) throw new RefusedAddress(refusal);
  return url;
}

/**
 * Sends a POST and resolves with the status of its answer. Redirects are not followed. The addresses that the name has for
 * this very connection are judged, so a name that changes its addresses reaches nothing more than another one.
 * @throws RefusedAddress, or what Node.js says when there is no answer
 */
export async function postToWeb(
  { url: address, headers, body }: WebRequest,
  reach: RequestBounds,
): Promise<number> {
  const url = checkAddress(address, reach);
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    // A connection of its own: one that is kept would have been judged before.
    agent: false,
    lookup: lookupWithin(url, reach),
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal: reach.stopping ? AbortSignal.any([deadline, reach.stopping]) : deadline,
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      request.on('error', reject);
      request.once('response', (answer) => {
        readLittle(answer);
        resolve(answer.statusCode ?? 0);
      });
      request.end(body);
    });
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new Error(`no answer came within ${PATIENCE_MS / 1000} seconds`, { cause: error });
  }
}

/** The reason why a connection to an IP address is refused; undefined when it is allowed. */
function addressRefusal({ protocol }: URL, address: string, allowsPrivate: boolean): string | undefined {
  if (isPublicAddress(address)) {
    return protocol === 'https:' ? undefined : 'an address on the internet must begin with https://';
  }
  return allowsPrivate ? undefined : 'it is in the server’s own network (WEBHOOK_ALLOW_PRIVATE)';
}

/** Resolves a name to those of its addresses that are allowed. */
function lookupWithin(url: URL, { allowsPrivate, resolve = systemResolve }: RequestBounds): LookupFunction {
  const find = async (name: string): Promise<LookupAddress[]> => {
    const found = await resolve(name);
    const refusals = found.map(({ address }) => addressRefusal(url, address, allowsPrivate));
    const allowed = found.filter((_, index) => refusals[index] === undefined);
    if (allowed.length === 0) throw new RefusedAddress(refusals[0] ?? 'its name has no address');
    return allowed;
  };
  return (name, options, done) => {
    find(name).then(
      (addresses) => {
        if (options.all) done(null, addresses);
        else done(null, addresses[0]?.address ?? '', addresses[0]?.family);
      },
      (error: unknown) => {
        done(error as NodeJS.ErrnoException, '');
      },
    );
  };
}

function systemResolve(name: string): Promise<LookupAddress[]> {
  return resolveName(name, { all: true });
}

/** Lets an answer end by itself when it is short, so that its sender does not take it for broken off. */
function readLittle(answer: IncomingMessage): void {
  let size = 0;
  answer.on('error', () => undefined);
  answer.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size > MOST_READ) answer.destroy();
  });
}
