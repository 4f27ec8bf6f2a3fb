import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import * as z from 'zod';
import { decodeBase32z, decodeHexOrBase64 } from './encoding.js';
import { OnionSealer } from './onion-sealer.js';
import { X25519_KEY_BYTES, XCHACHA20_NONCE_BYTES, XCHACHA20_TAG_BYTES } from './sizes.js';
import { type Sodium } from './sodium.js';

const LENGTH_PREFIX_BYTES = 4;
/** Storage servers send fewer than 300 bytes. The limit bounds how much a stranger can have us parse. */
const MAX_METADATA_BYTES = 16 * 1024;
const BASE32Z_KEY_CHARACTERS = 52;
const AES_GCM = 'aes-256-gcm';
const AES_GCM_IV_BYTES = 12;
/** The tags of both ciphers have this length. */
const TAG_BYTES = XCHACHA20_TAG_BYTES;

const ONION_ERRORS = {
  truncated: 'the onion request is shorter than its length says',
  malformed_metadata: 'the onion request does not end in a JSON object with a text ephemeral_key',
  unknown_cipher: 'enc_type must be xchacha20 or aes-gcm',
  bad_ephemeral_key: 'ephemeral_key is not an X25519 public key',
  not_authentic: 'the onion request is not encrypted for this server',
};

/** Why an onion request could not be opened; the value of a metrics label. */
export type OnionErrorReason = keyof typeof ONION_ERRORS;

/** Every reason there is, in the order in which they are checked. */
export const ONION_ERROR_REASONS = Object.keys(ONION_ERRORS) as readonly OnionErrorReason[];

/** A body that can't be decrypted as an onion request; its message is fit for the answer (protocol 4: a bare 400). */
export class OnionError extends Error {
  constructor(readonly reason: OnionErrorReason) {
    super(ONION_ERRORS[reason]);
    this.name = 'OnionError';
  }
}

/** The server's X25519 keys, 32 bytes each. */
export interface X25519KeyPair {
  secret: Uint8Array;
  public: Uint8Array;
}

/** A decrypted onion request and the way to answer it. */
export interface OpenedOnionRequest {
  /** Still to be parsed: bencode in v4, JSON in v3. */
  plaintext: Buffer;
  /** Where a reply of so many bytes is written, to be sealed with the request's key and cipher. */
  envelope(size: number, allocate?: Allocate): OnionEnvelope;
  /** Seals a reply in pieces with the request's key and cipher, for one that is too large to be held whole. */
  sealer(): OnionSealer;
}

/** One way to encrypt onion requests; sealed bytes are nonce, ciphertext and tag. */
export interface OnionCipher {
  readonly nonceBytes: number;
  deriveKey(shared: Buffer, ephemeralKey: Buffer, serverKey: Uint8Array, sodium: Sodium): Buffer;
  open(sealed: Buffer, key: Buffer, sodium: Sodium): Buffer | undefined;
  /** Makes sealed bytes of a Buffer in which the message stands where its ciphertext goes. */
  sealInPlace(sealed: Buffer, key: Buffer, sodium: Sodium): void;
  /** Seals in pieces. */
  sealer(key: Buffer, sodium: Sodium): OnionSealer;
}

/** Gives memory of so many bytes, with anything in it. */
export type Allocate = (size: number) => Buffer;

/**
 * The place of a message that is encrypted where it was written: replies are large, and another copy of each would have
 * to be allocated, filled and collected.
 */
export class OnionEnvelope {
  /** For the message to be written into. */
  readonly plaintext: Buffer;
  private readonly sealed: Buffer;

  /** @param size bytes of the message */
  constructor(
    private readonly cipher: OnionCipher,
    private readonly key: Buffer,
    private readonly sodium: Sodium,
    size: number,
    allocate: Allocate = (bytes) => Buffer.allocUnsafe(bytes),
  ) {
    const { nonceBytes } = cipher;
    this.sealed = allocate(nonceBytes + size + TAG_BYTES);
    this.plaintext = this.sealed.subarray(nonceBytes, nonceBytes + size);
  }

  /** Encrypts the message under a fresh nonce, once: nonce, ciphertext and tag, where the message was. */
  seal(): Buffer {
    this.cipher.sealInPlace(this.sealed, this.key, this.sodium);
    return this.sealed;
  }
}

const aesGcm: OnionCipher = {
  nonceBytes: AES_GCM_IV_BYTES,
  deriveKey(shared) {
    return createHmac('sha256', 'LOKI').update(shared).digest();
  },
  open(sealed, key) {
    const tagStart = sealed.length - TAG_BYTES;
    if (tagStart < AES_GCM_IV_BYTES) return undefined;
    const iv = sealed.subarray(0, AES_GCM_IV_BYTES);
    const decipher = createDecipheriv(AES_GCM, key, iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(tagStart));
    const message = decipher.update(sealed.subarray(AES_GCM_IV_BYTES, tagStart));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return message;
  },
  sealInPlace(sealed, key, sodium) {
    const tagStart = sealed.length - TAG_BYTES;
    const iv = sodium.randomBytes(AES_GCM_IV_BYTES);
    const cipher = createCipheriv(AES_GCM, key, iv, { authTagLength: TAG_BYTES });
    const ciphertext = cipher.update(sealed.subarray(AES_GCM_IV_BYTES, tagStart));
    cipher.final();
    sealed.set(iv);
    sealed.set(ciphertext, AES_GCM_IV_BYTES);
    sealed.set(cipher.getAuthTag(), tagStart);
  },
  sealer(key, sodium) {
    return OnionSealer.aesGcm(key, sodium);
  },
};

const xchacha20: OnionCipher = {
  nonceBytes: XCHACHA20_NONCE_BYTES,
  deriveKey(shared, ephemeralKey, serverKey, sodium) {
    return sodium.blake2b([shared, ephemeralKey, serverKey], 32);
  },
  open(sealed, key, sodium) {
    if (sealed.length < XCHACHA20_NONCE_BYTES) return undefined;
    const nonce = sealed.subarray(0, XCHACHA20_NONCE_BYTES);
    return sodium.xchacha20Decrypt(sealed.subarray(XCHACHA20_NONCE_BYTES), nonce, key);
  },
  sealInPlace(sealed, key, sodium) {
    const nonce = sodium.randomBytes(XCHACHA20_NONCE_BYTES);
    const ciphertext = sealed.subarray(XCHACHA20_NONCE_BYTES);
    sealed.set(nonce);
    sodium.xchacha20Encrypt(sealed.subarray(XCHACHA20_NONCE_BYTES, -TAG_BYTES), nonce, key, ciphertext);
  },
  sealer(key, sodium) {
    return OnionSealer.xchacha20(key, sodium);
  },
};

/** The ciphers by every spelling of `enc_type`. */
export const ONION_CIPHERS: ReadonlyMap<string, OnionCipher> = new Map([
  ['xchacha20', xchacha20],
  ['xchacha20-poly1305', xchacha20],
  ['aes-gcm', aesGcm],
  ['gcm', aesGcm],
]);

const metadataSchema = z.object({
  ephemeral_key: z.string(),
  // Android sends none.
  enc_type: z.string().default('aes-gcm'),
});

/**
 * Opens the body of an onion request (protocol 4, v3 and v4): `[N: uint32 LE][N bytes ciphertext][JSON]`. The work is
 * one X25519 and one pass over the ciphertext at most.
 * @throws OnionError, and nothing else, for a body that can't be decrypted.
 */
export function openOnionRequest(body: Buffer, keys: X25519KeyPair, sodium: Sodium): OpenedOnionRequest {
  if (body.length < LENGTH_PREFIX_BYTES) throw new OnionError('truncated');
  const metadataStart = LENGTH_PREFIX_BYTES + body.readUInt32LE(0);
  if (metadataStart > body.length) throw new OnionError('truncated');

  const metadata = parseMetadata(body.subarray(metadataStart));
  const cipher = ONION_CIPHERS.get(metadata.enc_type);
  if (!cipher) throw new OnionError('unknown_cipher');
  const ephemeralKey = decodeKey(metadata.ephemeral_key);
  if (!ephemeralKey) throw new OnionError('bad_ephemeral_key');

  const shared = sharedSecret(keys.secret, ephemeralKey, sodium);
  const key = cipher.deriveKey(shared, ephemeralKey, keys.public, sodium);
  const plaintext = cipher.open(body.subarray(LENGTH_PREFIX_BYTES, metadataStart), key, sodium);
  if (!plaintext) throw new OnionError('not_authentic');
  return {
    plaintext,
    envelope: (size, allocate) => new OnionEnvelope(cipher, key, sodium, size, allocate),
    sealer: () => cipher.sealer(key, sodium),
  };
}

function parseMetadata(bytes: Buffer): z.infer<typeof metadataSchema> {
  if (bytes.length > MAX_METADATA_BYTES) throw new OnionError('malformed_metadata');
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new OnionError('malformed_metadata');
  }
  const metadata = metadataSchema.safeParse(json);
  if (!metadata.success) throw new OnionError('malformed_metadata');
  return metadata.data;
}

function decodeKey(text: string): Buffer | undefined {
  if (text.length !== BASE32Z_KEY_CHARACTERS) return decodeHexOrBase64(text, X25519_KEY_BYTES);
  return decodeBase32z(text);
}

function sharedSecret(secret: Uint8Array, ephemeralKey: Buffer, sodium: Sodium): Buffer {
  try {
    return sodium.x25519(secret, ephemeralKey);
  } catch {
    throw new OnionError('bad_ephemeral_key');
  }
}
