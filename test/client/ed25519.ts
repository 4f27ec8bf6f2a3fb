import { createHash } from 'node:crypto';
import { sodium } from './sodium.js';

const FIELD_PRIME = 2n ** 255n - 19n;

/** BLAKE2b of `parts` joined, `length` bytes. */
export function blake2b(length: number, ...parts: Uint8Array[]): Uint8Array {
  return sodium.crypto_generichash(length, Buffer.concat(parts), null);
}

/** SHA-512 of `parts` joined, reduced modulo the order of Ed25519's group: a 32-byte little-endian scalar. */
function scalarFromSha512(...parts: Uint8Array[]): Uint8Array {
  return sodium.crypto_core_ed25519_scalar_reduce(createHash('sha512').update(Buffer.concat(parts)).digest());
}

/**
 * Ed25519 signature (64 bytes) under a private scalar instead of a seed, as blinded keys need it.
 * `noncePrefix` is the secret that makes the signature's nonce unpredictable.
 */
export function signWithScalar(
  message: Uint8Array,
  key: { scalar: Uint8Array; publicKey: Uint8Array; noncePrefix: Uint8Array },
): Uint8Array {
  const nonce = scalarFromSha512(key.noncePrefix, key.publicKey, message);
  const noncePoint = sodium.crypto_scalarmult_ed25519_base_noclamp(nonce);
  const challenge = scalarFromSha512(noncePoint, key.publicKey, message);
  const proof = sodium.crypto_core_ed25519_scalar_add(
    nonce,
    sodium.crypto_core_ed25519_scalar_mul(challenge, key.scalar),
  );
  return Buffer.concat([noncePoint, proof]);
}

/** Whether a 64-byte signature is valid for an ordinary 32-byte Ed25519 public key. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

/**
 * Whether a signature is valid for an X25519 public key (32 bytes). The key does not tell the sign of its
 * Ed25519 twin: XEdDSA always takes the positive one, older clients put the sign into the signature's top bit.
 */
export function verifyXEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const plainSignature = Uint8Array.from(signature);
  const signBit = (signature[63] ?? 0) & 0x80;
  plainSignature[63] = (signature[63] ?? 0) & 0x7f;
  const edwardsKey = edwardsFromMontgomery(publicKey);
  edwardsKey[31] = (edwardsKey[31] ?? 0) | signBit;
  return verifyEd25519(plainSignature, message, edwardsKey);
}

/** The Ed25519 public key with sign bit 0 that belongs to an X25519 public key: y = (u - 1) / (u + 1). */
export function edwardsFromMontgomery(x25519Public: Uint8Array): Uint8Array {
  const u = BigInt('0x' + Buffer.from(x25519Public).reverse().toString('hex')) % FIELD_PRIME;
  const y = ((u - 1n + FIELD_PRIME) * power(u + 1n, FIELD_PRIME - 2n)) % FIELD_PRIME;
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % FIELD_PRIME;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % FIELD_PRIME;
    square = (square * square) % FIELD_PRIME;
  }
  return result;
}
