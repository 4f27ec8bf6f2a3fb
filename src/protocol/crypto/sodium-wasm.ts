import libsodium from 'libsodium-wrappers-sumo';
import {
  assertSize,
  BLAKE2B_MAX_KEY_BYTES,
  BLAKE2B_MIN_KEY_BYTES,
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  X25519_KEY_BYTES,
  XCHACHA20_KEY_BYTES,
  XCHACHA20_NONCE_BYTES,
  XCHACHA20_TAG_BYTES,
} from './sizes.js';
import { type Sodium } from './sodium.js';

await libsodium.ready;

/** A Buffer over the same memory. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** libsodium as WebAssembly: the portable implementation, which loads everywhere. */
export const wasmSodium: Sodium = {
  name: 'wasm',

  x25519(secret, publicKey) {
    return asBuffer(libsodium.crypto_scalarmult(secret, publicKey));
  },

  x25519PublicKey(secret) {
    return asBuffer(libsodium.crypto_scalarmult_base(secret));
  },

  ed25519Verify(signature, message, publicKey) {
    return (
      signature.length === ED25519_SIGNATURE_BYTES &&
      publicKey.length === ED25519_PUBLIC_KEY_BYTES &&
      libsodium.crypto_sign_verify_detached(signature, message, publicKey)
    );
  },

  ed25519KeyPairFromSeed(seed) {
    const { publicKey, privateKey } = libsodium.crypto_sign_seed_keypair(seed);
    return { publicKey: asBuffer(publicKey), secretKey: asBuffer(privateKey) };
  },

  ed25519Sign(message, secretKey) {
    return asBuffer(libsodium.crypto_sign_detached(message, secretKey));
  },

  isValidEd25519Point(publicKey) {
    return (
      publicKey.length === ED25519_PUBLIC_KEY_BYTES && libsodium.crypto_core_ed25519_is_valid_point(publicKey)
    );
  },

  ed25519ScalarReduce(number) {
    return asBuffer(libsodium.crypto_core_ed25519_scalar_reduce(number));
  },

  ed25519ScalarMult(scalar, point) {
    return asBuffer(libsodium.crypto_scalarmult_ed25519_noclamp(scalar, point));
  },

  x25519FromEd25519(publicKey) {
    return asBuffer(libsodium.crypto_sign_ed25519_pk_to_curve25519(publicKey));
  },

  xchacha20Encrypt(message, nonce, key, into) {
    const encrypted = libsodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, null, null, nonce, key);
    if (!into) return asBuffer(encrypted);
    assertSize('ciphertext', into, encrypted.length);
    into.set(encrypted);
    return into;
  },

  xchacha20Decrypt(ciphertext, nonce, key) {
    assertSize('nonce', nonce, XCHACHA20_NONCE_BYTES);
    assertSize('key', key, XCHACHA20_KEY_BYTES);
    if (ciphertext.length < XCHACHA20_TAG_BYTES) return undefined;
    try {
      return asBuffer(
        libsodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, null, nonce, key),
      );
    } catch {
      return undefined;
    }
  },

  seal(message, publicKey) {
    return asBuffer(libsodium.crypto_box_seal(message, publicKey));
  },

  unseal(sealed, secretKey) {
    assertSize('secret key', secretKey, X25519_KEY_BYTES);
    try {
      const publicKey = this.x25519PublicKey(secretKey);
      return asBuffer(libsodium.crypto_box_seal_open(sealed, publicKey, secretKey));
    } catch {
      return undefined;
    }
  },

  randomBytes(size) {
    return asBuffer(libsodium.randombytes_buf(size));
  },

  blake2b(data, size, key) {
    if (key) assertSize('key', key, BLAKE2B_MIN_KEY_BYTES, BLAKE2B_MAX_KEY_BYTES);
    const whole = data instanceof Uint8Array ? data : Buffer.concat(data);
    return asBuffer(libsodium.crypto_generichash(size, whole, key ?? null));
  },
};
