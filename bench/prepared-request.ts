import { randomBytes } from 'node:crypto';
import { BencodedReply } from '../src/protocol/crypto/bencode.js';
import { ONION_CIPHERS, type OnionCipher, OnionEnvelope } from '../src/protocol/crypto/onion-cipher.js';
import { signedRequestBytes } from '../src/protocol/crypto/request-signature.js';
import { type Ed25519KeyPair, type Sodium } from '../src/protocol/crypto/sodium.js';

/** The list of meta JSON and body that onion requests and their replies both are. */
export function bencoded(meta: string, body: Uint8Array): Buffer {
  const reply = new BencodedReply(meta, body.length);
  const bytes = Buffer.alloc(reply.size);
  reply.writeAround(bytes).set(body);
  return bytes;
}

/** An HTTP request ready for the socket, and the key that opens its reply. */
export interface PreparedRequest {
  bytes: Buffer;
  sender: Member;
}

/** The request of a client inside its onion request. */
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
  private readonly cipher: OnionCipher;
  private readonly onionMetadata: Buffer;
  private readonly onionKey: Buffer;

  /** @param encType `xchacha20` or `aes-gcm` */
  constructor(
    private readonly sodium: Sodium,
    private readonly serverPublicKey: Buffer,
    encType = 'xchacha20',
  ) {
    const cipher = ONION_CIPHERS.get(encType);
    if (!cipher) throw new Error(`There is no cipher ${encType}`);
    this.cipher = cipher;
    this.keys = sodium.ed25519KeyPairFromSeed(randomBytes(32));
    this.sessionId = `15${this.keys.publicKey.toString('hex')}`;
    const secret = randomBytes(32);
    const ephemeralKey = sodium.x25519PublicKey(secret);
    this.onionMetadata = Buffer.from(
      JSON.stringify({ ephemeral_key: ephemeralKey.toString('hex'), enc_type: encType }),
    );
    const shared = sodium.x25519(secret, serverPublicKey);
    this.onionKey = cipher.deriveKey(shared, ephemeralKey, serverPublicKey, sodium);
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
    const plaintext = bencoded(meta, body);
    const envelope = new OnionEnvelope(this.cipher, this.onionKey, this.sodium, plaintext.length);
    envelope.plaintext.set(plaintext);
    const sealed = envelope.seal();
    const size = Buffer.alloc(4);
    size.writeUInt32LE(sealed.length);
    const payload = Buffer.concat([size, sealed, this.onionMetadata]);
    const head = `POST /oxen/v4/lsrpc HTTP/1.1\r\nhost: plaza\r\ncontent-type: application/octet-stream\r\ncontent-length: ${payload.length}\r\n\r\n`;
    return { bytes: Buffer.concat([Buffer.from(head), payload]), sender: this };
  }

  /** The bencoded reply in a sealed one. */
  open(sealed: Buffer): Buffer {
    const plaintext = this.cipher.open(sealed, this.onionKey, this.sodium);
    if (!plaintext) throw new Error('A reply does not decrypt');
    return plaintext;
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
