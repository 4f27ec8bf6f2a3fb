import { type SessionClient } from '../client/client.js';
import { encodeV4, sealOnion, type SealedRequest } from '../client/onion.js';
import { authHeaders } from '../client/request-auth.js';
import { type RawClient } from './raw-client.js';
import { type Community } from './community.js';

/** A sealed request of a person, for a connection that a test reads or leaves unread. */
export function sealedRequest(
  { publicKey }: Pick<Community, 'publicKey'>,
  person: SessionClient,
  method: string,
  path: string,
  body?: Buffer,
): SealedRequest {
  const signer = person.identity?.blindedFor(publicKey);
  if (!signer) throw new Error('An anonymous client signs nothing');
  const headers = authHeaders(signer, publicKey, { method, path, body });
  return sealOnion(encodeV4({ method, endpoint: path, headers, ...(body && { body }) }), publicKey, {
    cipher: 'xchacha20',
  });
}

/** Sends an onion request; resolves once the system has taken it all. */
export async function sendOnion(client: RawClient, body: Uint8Array): Promise<void> {
  await client.head('/oxen/v4/lsrpc', body.length);
  await client.send(body);
}
