/** The bytes that the signature of a request covers (protocol 3). */
export interface SignedRequest {
  /** 32 bytes: the server's X25519 key. */
  serverPublicKey: Uint8Array;
  /** 16 bytes. */
  nonce: Uint8Array;
  /** Unix seconds, the decimal digits exactly as sent. */
  timestamp: string;
  /** In upper case. */
  method: string;
  /** The percent-decoded path and, when there is a query, `?` and the raw query string. */
  path: string;
  /** BLAKE2b-512 of the body, 64 bytes; undefined when the body is empty. */
  bodyHash: Uint8Array | undefined;
}

/** The bytes that `X-SOGS-Signature` signs, in one allocation. */
export function signedRequestBytes(request: SignedRequest): Buffer {
  const { serverPublicKey, nonce, bodyHash } = request;
  const text = `${request.timestamp}${request.method}${request.path}`;
  const textStart = serverPublicKey.length + nonce.length;
  const textEnd = textStart + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(textEnd + (bodyHash?.length ?? 0));
  bytes.set(serverPublicKey);
  bytes.set(nonce, serverPublicKey.length);
  bytes.write(text, textStart, 'utf8');
  if (bodyHash) bytes.set(bodyHash, textEnd);
  return bytes;
}
