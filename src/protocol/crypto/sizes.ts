export const X25519_KEY_BYTES = 32;
export const ED25519_PUBLIC_KEY_BYTES = 32;
export const ED25519_SCALAR_BYTES = 32;
export const ED25519_SECRET_KEY_BYTES = 64;
export const ED25519_SIGNATURE_BYTES = 64;
export const BLAKE2B_MIN_KEY_BYTES = 16;
export const BLAKE2B_MAX_KEY_BYTES = 64;
export const XCHACHA20_NONCE_BYTES = 24;
export const XCHACHA20_KEY_BYTES = 32;
export const XCHACHA20_TAG_BYTES = 16;
/** Bytes by which a sealed message is longer. */
export const SEAL_BYTES = 48;

/** Throws a RangeError that names the value when its length is not `size` bytes, or not in `size` to `maxSize`. */
export function assertSize(name: string, bytes: Uint8Array, size: number, maxSize = size): void {
  if (bytes.length >= size && bytes.length <= maxSize) return;
  const expected = size === maxSize ? String(size) : `${size} to ${maxSize}`;
  throw new RangeError(`${name} must be ${expected} bytes, got ${bytes.length}`);
}
