import { createCipheriv, createDecipheriv, createHmac, randomBytes, type CipherGCMTypes } from 'node:crypto';
import { blake2b } from './ed25519.js';
import { sodium } from './sodium.js';

const GCM: CipherGCMTypes = 'aes-256-gcm';
const GCM_TAG_BYTES = 16;

/** The two ciphers of onion requests (protocol 4). */
export type OnionCipher = 'xchacha20' | 'aes-gcm';

/** The way an onion request is sealed. Everything but the cipher is for tests of unusual requests. */
export interface SealOptions {
  cipher: OnionCipher;
  /** The value of `enc_type`: the cipher's name by default; null leaves it out, as Android does. */
  encType?: string | null;
  /** How the ephemeral key is spelled; hex by default. */
  keyEncoding?: 'hex' | 'base64' | 'base32z';
  /** 32 bytes; random by default. */
  ephemeralSecret?: Uint8Array;
  /** 24 bytes for xchacha20, 12 for aes-gcm; random by default. */
  nonce?: Uint8Array;
  /** Added to, or put in place of, the keys of the JSON behind the ciphertext; undefined removes a key. */
  metadata?: Record<string, unknown>;
}

/** An onion request ready to send, with the means to read its reply. */
export interface SealedRequest {
  /** Body for `POST /oxen/v4/lsrpc` or `/oxen/v3/lsrpc`. */
  body: Buffer;
  /** Decrypts the raw bytes of a reply. Throws when they were not made with this request's key. */
  open(reply: Uint8Array): Buffer;
}

/** Seals any plaintext for the server with this X25519 public key (64 hex digits), as the last hop receives it. */
export function sealOnion(
  plaintext: Uint8Array,
  serverPublicKey: string,
  options: SealOptions,
): SealedRequest {
  const serverPublic = Buffer.from(serverPublicKey, 'hex');
  const secret = options.ephemeralSecret ?? randomBytes(32);
  const ephemeralPublic = sodium.crypto_scalarmult_base(secret);
  const shared = sodium.crypto_scalarmult(secret, serverPublic);
  const encType = options.encType === undefined ? options.cipher : options.encType;
  const metadata = {
    ephemeral_key: encodeKey(ephemeralPublic, options.keyEncoding ?? 'hex'),
    ...(encType === null ? {} : { enc_type: encType }),
    ...options.metadata,
  };
  const key =
    options.cipher === 'aes-gcm'
      ? createHmac('sha256', 'LOKI').update(shared).digest()
      : blake2b(32, shared, ephemeralPublic, serverPublic);
  const encrypt = options.cipher === 'aes-gcm' ? encryptGcm : encryptXChaCha;
  const decrypt = options.cipher === 'aes-gcm' ? decryptGcm : decryptXChaCha;
  return {
    body: frame(encrypt(plaintext, key, options.nonce), Buffer.from(JSON.stringify(metadata))),
    open: (reply) => decrypt(reply, key),
  };
}

/** `[length: uint32 little endian][ciphertext][JSON]`; a false `length` makes a broken frame. */
export function frame(ciphertext: Uint8Array, json: Uint8Array, length = ciphertext.length): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(length);
  return Buffer.concat([prefix, ciphertext, json]);
}

function encryptGcm(plaintext: Uint8Array, key: Uint8Array, nonce: Uint8Array = randomBytes(12)): Buffer {
  const cipher = createCipheriv(GCM, key, nonce);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decryptGcm(sealed: Uint8Array, key: Uint8Array): Buffer {
  const decipher = createDecipheriv(GCM, key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-GCM_TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(12, -GCM_TAG_BYTES)), decipher.final()]);
}

function encryptXChaCha(plaintext: Uint8Array, key: Uint8Array, nonce: Uint8Array = randomBytes(24)): Buffer {
  const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, null, null, nonce, key);
  return Buffer.concat([nonce, sealed]);
}

function decryptXChaCha(sealed: Uint8Array, key: Uint8Array): Buffer {
  return Buffer.from(
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      sealed.subarray(24),
      null,
      sealed.subarray(0, 24),
      key,
    ),
  );
}

function encodeKey(key: Uint8Array, encoding: 'hex' | 'base64' | 'base32z'): string {
  return encoding === 'base32z' ? base32z(key) : Buffer.from(key).toString(encoding);
}

/** z-base-32 without padding, as Oxen writes keys. */
function base32z(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups
    .map((group) => 'ybndrfg8ejkmcpqxot1uwisza345h769'[parseInt(group.padEnd(5, '0'), 2)])
    .join('');
}

/** A request as it travels inside an onion request. */
export interface InnerRequest {
  method: string;
  /** Path and query, sent as written: emoji may stand raw or percent-encoded. */
  endpoint: string;
  headers: Record<string, string>;
  body?: Uint8Array;
}

/** A reply as read from inside an onion request; v3 knows neither headers nor the body of an error. */
export interface InnerReply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** v4 plaintext: a bencoded list of the metadata and, when there is one, the body. */
export function encodeV4({ body, ...metadata }: InnerRequest): Buffer {
  return bencode(
    body ? [Buffer.from(JSON.stringify(metadata)), body] : [Buffer.from(JSON.stringify(metadata))],
  );
}

/** Reads the plaintext of a v4 reply. Throws unless it is a bencoded list of exactly two strings. */
export function decodeV4(plaintext: Uint8Array): InnerReply {
  const [metadata, body, ...rest] = bdecode(Buffer.from(plaintext));
  if (!metadata || !body || rest.length > 0) throw new Error('a v4 reply has exactly two parts');
  const { code, headers } = JSON.parse(metadata.toString('utf8')) as {
    code: number;
    headers: Record<string, string>;
  };
  return { status: code, headers, body };
}

/** v3 plaintext: JSON, whose body is a string; a body that is not UTF-8 can't be sent this way. */
export function encodeV3({ body, ...metadata }: InnerRequest): Buffer {
  const text = body && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  return Buffer.from(JSON.stringify({ ...metadata, ...(text === undefined ? {} : { body: text }) }));
}

/** Reads the plaintext of a v3 reply: the body alone, or `{"status_code": N}` for anything but success. */
export function decodeV3(plaintext: Uint8Array): InnerReply {
  const body = Buffer.from(plaintext);
  const failure = /^\{\s*"status_code"\s*:\s*(\d+)\s*\}$/.exec(body.toString('utf8'));
  return { status: failure ? Number(failure[1]) : 200, headers: {}, body };
}

/** A bencoded list of byte strings. */
export function bencode(strings: readonly Uint8Array[]): Buffer {
  const items = strings.flatMap((string) => [Buffer.from(`${string.length}:`), string]);
  return Buffer.concat([Buffer.from('l'), ...items, Buffer.from('e')]);
}

/** The byte strings of a bencoded list. Throws on anything else. */
export function bdecode(bytes: Buffer): Buffer[] {
  if (bytes[0] !== 0x6c || bytes.at(-1) !== 0x65) throw new Error('not a bencoded list');
  const strings: Buffer[] = [];
  for (let offset = 1; offset < bytes.length - 1;) {
    const colon = bytes.indexOf(':', offset);
    const digits = bytes.toString('latin1', offset, colon);
    if (colon < 0 || !/^\d+$/.test(digits)) throw new Error('not a bencoded string');
    const end = colon + 1 + Number(digits);
    if (end > bytes.length - 1) throw new Error('a bencoded string reaches beyond the list');
    strings.push(bytes.subarray(colon + 1, end));
    offset = end;
  }
  return strings;
}
