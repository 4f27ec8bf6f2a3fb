import { type CipherGCM, createCipheriv } from 'node:crypto';
import { hchacha20 } from './hchacha20.js';
import { XCHACHA20_NONCE_BYTES, XCHACHA20_TAG_BYTES } from './sizes.js';
import { type Sodium } from './sodium.js';

const AES_GCM_IV_BYTES = 12;
/** The tags of both ciphers have this length. */
const TAG_BYTES = XCHACHA20_TAG_BYTES;
/** Bytes of an XChaCha20 nonce that go into the key. The rest is the end of ChaCha20's own nonce. */
const HCHACHA20_NONCE_BYTES = 16;

/**
 * Encrypts a reply piece by piece under a fresh nonce, so that a large one is never in memory as a whole. The sealed
 * bytes are the nonce, what {@link add} gives for each piece, and the tag: the same as when it is sealed at once.
 */
export class OnionSealer {
  private constructor(
    /** The sealed bytes begin with it. */
    readonly nonce: Buffer,
    private readonly cipher: CipherGCM,
  ) {}

  static aesGcm(key: Buffer, sodium: Sodium): OnionSealer {
    const nonce = sodium.randomBytes(AES_GCM_IV_BYTES);
    return new OnionSealer(nonce, createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }));
  }

  static xchacha20(key: Buffer, sodium: Sodium): OnionSealer {
    const nonce = sodium.randomBytes(XCHACHA20_NONCE_BYTES);
    const innerNonce = Buffer.concat([Buffer.alloc(4), nonce.subarray(HCHACHA20_NONCE_BYTES)]);
    const options = { authTagLength: TAG_BYTES };
    const cipher = createCipheriv('chacha20-poly1305', hchacha20(key, nonce), innerNonce, options);
    return new OnionSealer(nonce, cipher);
  }

  /** Bytes that a message of `size` bytes has once it is sealed. */
  sealedSize(size: number): number {
    return this.nonce.length + size + TAG_BYTES;
  }

  /** The ciphertext of the next piece, as long as the piece. */
  add(piece: Uint8Array): Buffer {
    return this.cipher.update(piece);
  }

  /** The tag, with which the sealed bytes end; to be asked for once, after the last piece. */
  tag(): Buffer {
    this.cipher.final();
    return this.cipher.getAuthTag();
  }
}
