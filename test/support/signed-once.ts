import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { type Identity } from '../client/identity.js';
import { authHeaders } from '../client/request-auth.js';
import { type SessionResponse } from '../client/response.js';
import { type Community } from './community.js';

/** A request that was signed once, as Desktop keeps it to send it again. */
export interface SignedRequest {
  method: string;
  path: string;
  body?: unknown;
}

/**
 * Signs a request; returns a function that sends it, each time over a connection of its own.
 * @param patience milliseconds after which it gives up; see `SessionClientOptions`
 */
export function signedOnce(
  server: Community,
  by: SessionClient,
  { method, path, body }: SignedRequest,
  patience?: number,
): (() => Promise<SessionResponse>) & { nonce: Buffer } {
  const nonce = randomBytes(16);
  const identity = identityOf(by);
  const bytes = body === undefined || body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const signed = { method, path, body: bytes };
  const headers = authHeaders(identity.blindedFor(server.publicKey), server.publicKey, signed, { nonce });
  const send = (): Promise<SessionResponse> =>
    server.client(identity, undefined, { patience }).request(method, path, body, { auth: 'none', headers });
  return Object.assign(send, { nonce });
}

/** The parts that two answers have in common when one is the other again. */
export function answerOf({ status, text }: SessionResponse): { status: number; text: string } {
  return { status, text };
}

/** The person whose requests these are. Throws for an anonymous client. */
export function identityOf({ identity }: SessionClient): Identity {
  if (!identity) throw new Error('an anonymous client signs nothing');
  return identity;
}
