import { randomBytes } from 'node:crypto';
import { encodeBencodedReply } from '../src/crypto/bencode.js';
import { signedRequestBytes } from '../src/crypto/request-signature.js';
import { type Ed25519KeyPair, type Sodium } from '../src/crypto/sodium.js';

/** An HTTP request ready for the socket, and the key that its reply is sealed with. */
export interface PreparedRequest {
  bytes: Buffer;
  /** XChaCha20-Poly1305, 32 bytes. */
  key: Buffer;
}

/** What a client asks inside its onion request. */
export interface InnerRequest {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  /** JSON text, or the bytes of a file. */
  body?: string | Buffer | undefined;
  contentType?: string;
}

/** A member of the community under load: keys made once, so that signing a request takes some 20 µs. */
export class Member {
  readonly keys: Ed25519KeyPair;
  readonly sessionId: string;
  private readonly ephemeralKeyHex: string;
  private readonly onionKey: Buffer;

  constructor(
    private readonly sodium: Sodium,
    private readonly serverPublicKey: Buffer,
  ) {
    this.keys = sodium.ed25519KeyPairFromSeed(randomBytes(32));
    this.sessionId = `15${this.keys.publicKey.toString('hex')}`;
    const secret = randomBytes(32);
    const ephemeralKey = sodium.x25519PublicKey(secret);
    this.ephemeralKeyHex = ephemeralKey.toString('hex');
    const shared = sodium.x25519(secret, serverPublicKey);
    this.onionKey = sodium.blake2b([shared, ephemeralKey, serverPublicKey], 32);
  }

  /** Signs and seals a request as Session does, with a nonce of its own. */
  prepare(request: InnerRequest): PreparedRequest {
    const { body: content = '', contentType = 'application/json' } = request;
    const body = typeof content === 'string' ? Buffer.from(content) : content;
    const meta = JSON.stringify({
      method: request.method,
      endpoint: request.path,
      headers: { ...this.signed(request, body), 'Content-Type': contentType },
    });
    const nonce = randomBytes(24);
    const sealed = this.sodium.xchacha20Encrypt(encodeBencodedReply(meta, body), nonce, this.onionKey);
    const metadata = Buffer.from(`{"ephemeral_key":"${this.ephemeralKeyHex}","enc_type":"xchacha20"}`);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(nonce.length + sealed.length);
    const payload = Buffer.concat([size, nonce, sealed, metadata]);
    const head = `POST /oxen/v4/lsrpc HTTP/1.1\r\nhost: plaza\r\ncontent-type: application/octet-stream\r\ncontent-length: ${payload.length}\r\n\r\n`;
    return { bytes: Buffer.concat([Buffer.from(head), payload]), key: this.onionKey };
  }

  private signed(request: InnerRequest, body: Buffer): Record<string, string> {
    const nonce = randomBytes(16);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = this.sodium.ed25519Sign(
      signedRequestBytes({
        serverPublicKey: this.serverPublicKey,
        nonce,
        timestamp,
        method: request.method,
        path: request.path,
        bodyHash: body.length > 0 ? this.sodium.blake2b(body, 64) : undefined,
      }),
      this.keys.secretKey,
    );
    return {
      'X-SOGS-Pubkey': this.sessionId,
      'X-SOGS-Nonce': nonce.toString('base64'),
      'X-SOGS-Timestamp': timestamp,
      'X-SOGS-Signature': signature.toString('base64'),
    };
  }
}

/** The bencoded reply in a sealed one. */
export function openReply(sealed: Buffer, key: Buffer, sodium: Sodium): Buffer {
  const plaintext = sodium.xchacha20Decrypt(sealed.subarray(24), sealed.subarray(0, 24), key);
  if (!plaintext) throw new Error('A reply does not decrypt');
  return plaintext;
}
