import sodium from 'sodium-native';
import {
  assertSize,
  BLAKE2B_MAX_KEY_BYTES,
  BLAKE2B_MIN_KEY_BYTES,
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SCALAR_BYTES,
  ED25519_SECRET_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  SEAL_BYTES,
  X25519_KEY_BYTES,
  XCHACHA20_KEY_BYTES,
  XCHACHA20_NONCE_BYTES,
  XCHACHA20_TAG_BYTES,
} from './sizes.js';
import { type Sodium } from './sodium.js';

// The addon's C++ side trusts the lengths it is given, and its JavaScript side does not check all of them
// (a signature may be too long, a hash key anything), so they are checked here.

/** Bytes that are asked of the system at once: each time takes a microsecond, and each reply has a nonce. */
const RANDOM_BYTES_AHEAD = 4096;

let randomBytesAhead: Buffer = Buffer.alloc(0);

function freshRandomBytes(size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  sodium.randombytes_buf(bytes);
  return bytes;
}

/** libsodium as a native addon: the fast implementation, for the platforms it is prebuilt for. */
export const nativeSodium: Sodium = {
  name: 'native',

  x25519(secret, publicKey) {
    const shared = Buffer.allocUnsafe(X25519_KEY_BYTES);
    sodium.crypto_scalarmult(shared, secret, publicKey);
    return shared;
  },

  x25519PublicKey(secret) {
    const publicKey = Buffer.allocUnsafe(X25519_KEY_BYTES);
    sodium.crypto_scalarmult_base(publicKey, secret);
    return publicKey;
  },

  ed25519Verify(signature, message, publicKey) {
    return (
      signature.length === ED25519_SIGNATURE_BYTES &&
      publicKey.length === ED25519_PUBLIC_KEY_BYTES &&
      sodium.crypto_sign_verify_detached(signature, message, publicKey)
    );
  },

  ed25519KeyPairFromSeed(seed) {
    const publicKey = Buffer.allocUnsafe(ED25519_PUBLIC_KEY_BYTES);
    const secretKey = Buffer.allocUnsafe(ED25519_SECRET_KEY_BYTES);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  },

  ed25519Sign(message, secretKey) {
    const signature = Buffer.allocUnsafe(ED25519_SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  },

  isValidEd25519Point(publicKey) {
    return (
      publicKey.length === ED25519_PUBLIC_KEY_BYTES && sodium.crypto_core_ed25519_is_valid_point(publicKey)
    );
  },

  ed25519ScalarReduce(number) {
    const scalar = Buffer.allocUnsafe(ED25519_SCALAR_BYTES);
    sodium.crypto_core_ed25519_scalar_reduce(scalar, number);
    return scalar;
  },

  ed25519ScalarMult(scalar, point) {
    const product = Buffer.allocUnsafe(ED25519_PUBLIC_KEY_BYTES);
    sodium.crypto_scalarmult_ed25519_noclamp(product, scalar, point);
    return product;
  },

  x25519FromEd25519(publicKey) {
    const converted = Buffer.allocUnsafe(X25519_KEY_BYTES);
    sodium.crypto_sign_ed25519_pk_to_curve25519(converted, publicKey);
    return converted;
  },

  xchacha20Encrypt(message, nonce, key, into = Buffer.allocUnsafe(message.length + XCHACHA20_TAG_BYTES)) {
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(into, message, null, null, nonce, key);
    return into;
  },

  xchacha20Decrypt(ciphertext, nonce, key) {
    assertSize('nonce', nonce, XCHACHA20_NONCE_BYTES);
    assertSize('key', key, XCHACHA20_KEY_BYTES);
    if (ciphertext.length < XCHACHA20_TAG_BYTES) return undefined;
    const message = Buffer.allocUnsafe(ciphertext.length - XCHACHA20_TAG_BYTES);
    try {
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(message, null, ciphertext, null, nonce, key);
    } catch {
      return undefined;
    }
    return message;
  },

  seal(message, publicKey) {
    assertSize('public key', publicKey, X25519_KEY_BYTES);
    const sealed = Buffer.allocUnsafe(message.length + SEAL_BYTES);
    sodium.crypto_box_seal(sealed, message, publicKey);
    return sealed;
  },

  unseal(sealed, secretKey) {
    assertSize('secret key', secretKey, X25519_KEY_BYTES);
    if (sealed.length < SEAL_BYTES) return undefined;
    const message = Buffer.allocUnsafe(sealed.length - SEAL_BYTES);
    const publicKey = this.x25519PublicKey(secretKey);
    return sodium.crypto_box_seal_open(message, sealed, publicKey, secretKey) ? message : undefined;
  },

  randomBytes(size) {
    if (size > XCHACHA20_NONCE_BYTES) return freshRandomBytes(size);
    if (randomBytesAhead.length < size) randomBytesAhead = freshRandomBytes(RANDOM_BYTES_AHEAD);
    const bytes = randomBytesAhead.subarray(0, size);
    randomBytesAhead = randomBytesAhead.subarray(size);
    return bytes;
  },

  blake2b(data, size, key) {
    if (key) assertSize('key', key, BLAKE2B_MIN_KEY_BYTES, BLAKE2B_MAX_KEY_BYTES);
    const hash = Buffer.allocUnsafe(size);
    if (data instanceof Uint8Array) sodium.crypto_generichash(hash, data, key);
    else sodium.crypto_generichash_batch(hash, data, key);
    return hash;
  },
};
