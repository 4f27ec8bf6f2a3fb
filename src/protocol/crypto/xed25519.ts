import { ED25519_SIGNATURE_BYTES, X25519_KEY_BYTES } from './sizes.js';
import { type Sodium } from './sodium.js';

/** The prime of the field that Curve25519 and Ed25519 share. */
const P = 2n ** 255n - 19n;
/** The bit of an Ed25519 public key's last byte that holds the sign of x. */
export const SIGN_BIT = 0x80;

/**
 * Whether a signature is that of an X25519 key (32 bytes): how unblinded users, who are known by their `05…` ID, sign
 * their messages. False for anything that is no signature or no key.
 */
export function verifyXEd25519(
  signature: Uint8Array,
  message: Uint8Array,
  x25519PublicKey: Uint8Array,
  sodium: Sodium,
): boolean {
  const publicKey = ed25519FromX25519(x25519PublicKey);
  if (!publicKey || signature.length !== ED25519_SIGNATURE_BYTES) return false;
  // An X25519 key does not tell its twin's sign. XEdDSA makes it 0; the older way to sign puts it into the top bit
  // of the signature, which is always clear otherwise.
  const plain = Buffer.from(signature);
  const lastByte = plain.readUInt8(ED25519_SIGNATURE_BYTES - 1);
  plain.writeUInt8(lastByte & ~SIGN_BIT, ED25519_SIGNATURE_BYTES - 1);
  publicKey.writeUInt8(publicKey.readUInt8(31) | (lastByte & SIGN_BIT), 31);
  return sodium.ed25519Verify(plain, message, publicKey);
}

/**
 * Whether a signature is a plain Ed25519 one by a key whose X25519 form is this (32 bytes): of the `00…` key of an
 * unblinded user. Two Ed25519 keys have one X25519 form, and whoever has the secret of one has that of the other, so
 * the sign need not be known. False for anything that is no signature or no key.
 */
export function verifyByEd25519Twin(
  signature: Uint8Array,
  message: Uint8Array,
  x25519PublicKey: Uint8Array,
  sodium: Sodium,
): boolean {
  const positive = ed25519FromX25519(x25519PublicKey);
  if (!positive || signature.length !== ED25519_SIGNATURE_BYTES) return false;
  const negative = Buffer.from(positive);
  negative.writeUInt8(positive.readUInt8(31) | SIGN_BIT, 31);
  return [positive, negative].some((key) => sodium.ed25519Verify(signature, message, key));
}

/**
 * The Ed25519 key with sign bit 0 of an X25519 key, as XEd25519 defines it: y = (u - 1) / (u + 1). libsodium converts
 * the other way only. Undefined for bytes that are no canonical u; the result need not be a point of the curve.
 */
export function ed25519FromX25519(x25519PublicKey: Uint8Array): Buffer | undefined {
  if (x25519PublicKey.length !== X25519_KEY_BYTES) return undefined;
  const u = BigInt(`0x${Buffer.from(x25519PublicKey).reverse().toString('hex')}`);
  if (u >= P - 1n) return undefined;
  const y = ((u - 1n + P) * inverse(u + 1n)) % P;
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** The inverse of 0 < value < P by the extended Euclidean algorithm. Not constant-time: for public values only. */
function inverse(value: bigint): bigint {
  let [remainder, nextRemainder] = [P, value];
  let [factor, nextFactor] = [0n, 1n];
  while (nextRemainder !== 0n) {
    const quotient = remainder / nextRemainder;
    [remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return factor < 0n ? factor + P : factor;
}
