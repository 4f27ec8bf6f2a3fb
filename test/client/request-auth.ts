import { randomBytes } from 'node:crypto';
import { blake2b } from './ed25519.js';
import { type Signer } from './identity.js';

/** The bytes that a request's signature covers (protocol 3). */
export interface SignedRequest {
  method: string;
  /** Path and query as sent. */
  path: string;
  body?: Uint8Array | undefined;
}

/** Ways to authenticate wrongly, or in another spelling. Parts that are left out are done as clients do them. */
export interface AuthOverrides {
  /** 16 bytes, or the header's text taken literally. */
  nonce?: Uint8Array | string;
  /** Unix seconds, or the header's text taken literally. */
  timestamp?: number | string;
  /** Header's text, taken literally and not signed over. */
  pubkey?: string;
  /** Header's text, taken literally. */
  signature?: string;
  /** Signs as if the request were this one. */
  signInstead?: Partial<SignedRequest>;
  /** How nonce and signature are written; base64 by default. */
  encoding?: 'base64' | 'hex';
}

/** The four `X-SOGS-*` headers for one request to the server with this public key (64 hex digits). */
export function authHeaders(
  signer: Signer,
  serverPublicKey: string,
  request: SignedRequest,
  overrides: AuthOverrides = {},
): Record<string, string> {
  const encoding = overrides.encoding ?? 'base64';
  const nonce = overrides.nonce ?? randomBytes(16);
  const nonceBytes = typeof nonce === 'string' ? Buffer.from(nonce, 'base64') : nonce;
  const timestamp = String(overrides.timestamp ?? Math.floor(Date.now() / 1000));
  const signed = signedBytes(serverPublicKey, nonceBytes, timestamp, {
    ...request,
    ...overrides.signInstead,
  });
  return {
    'X-SOGS-Pubkey': overrides.pubkey ?? signer.id,
    'X-SOGS-Nonce': typeof nonce === 'string' ? nonce : Buffer.from(nonce).toString(encoding),
    'X-SOGS-Timestamp': timestamp,
    'X-SOGS-Signature': overrides.signature ?? Buffer.from(signer.sign(signed)).toString(encoding),
  };
}

/** `server_pubkey || nonce || timestamp || METHOD || path || BLAKE2b-512(body)`, the last only for a body. */
export function signedBytes(
  serverPublicKey: string,
  nonce: Uint8Array,
  timestamp: string,
  { method, path, body }: SignedRequest,
): Buffer {
  return Buffer.concat([
    Buffer.from(serverPublicKey, 'hex'),
    nonce,
    Buffer.from(timestamp + method + decodedPath(path), 'utf8'),
    body && body.length > 0 ? blake2b(64, body) : Buffer.alloc(0),
  ]);
}

function decodedPath(path: string): string {
  const [bare = '', ...query] = path.split('?');
  const decoded = percentDecoded(bare);
  return query.join('?') === '' ? decoded : `${decoded}?${query.join('?')}`;
}

function percentDecoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Tests send broken escapes on purpose: there is nothing to decode, and the server has to refuse them.
    return path;
  }
}
