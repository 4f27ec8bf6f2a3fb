import { decodeHex } from './encoding.js';
import { type Sodium } from './sodium.js';
import { ed25519FromX25519, SIGN_BIT } from './xed25519.js';

/** The first character of a Session ID's last byte: a digit of 8 or more when the sign bit is set. */
const SIGN_DIGIT_INDEX = 64;

/** The two blinded IDs that an ordinary Session ID can have on a server: 66 hex digits each. */
export interface BlindedCandidates {
  /** With the sign bit cleared: the absolute blinded ID. */
  positive: string;
  /** With the sign bit set. */
  negative: string;
}

/**
 * The server's blinding factor k (protocol 2).
 * @param serverPublicKey 32 bytes
 * @returns 32 bytes, a scalar modulo the order of Ed25519's group, little endian
 */
export function blindingFactor(serverPublicKey: Uint8Array, sodium: Sodium): Buffer {
  return sodium.ed25519ScalarReduce(sodium.blake2b(serverPublicKey, 64));
}

/**
 * Both blinded IDs that the owner of an `05…` ID may have on the server with blinding factor k (protocol 2).
 * Undefined when the ID is not 66 hex digits starting with 05, or when it is nobody's: only one in sixteen 32-byte
 * values is the public key of some secret. Takes about 0.3 ms.
 */
export function blindedCandidates(
  sessionId: string,
  k: Uint8Array,
  sodium: Sodium,
): BlindedCandidates | undefined {
  if (!sessionId.startsWith('05')) return undefined;
  const x25519PublicKey = decodeHex(sessionId.slice(2));
  const ed25519PublicKey = x25519PublicKey && ed25519FromX25519(x25519PublicKey);
  if (!ed25519PublicKey || !sodium.isValidEd25519Point(ed25519PublicKey)) return undefined;
  const blinded = sodium.ed25519ScalarMult(k, ed25519PublicKey);
  const lastByte = blinded.readUInt8(31);
  blinded[31] = lastByte & ~SIGN_BIT;
  const positive = `15${blinded.toString('hex')}`;
  blinded[31] = lastByte | SIGN_BIT;
  return { positive, negative: `15${blinded.toString('hex')}` };
}

/** The absolute form of a `15…` ID, 66 hex digits: the same ID with its sign bit cleared (protocol 2). */
export function absoluteBlindedId(blindedId: string): string {
  const digit = Number.parseInt(blindedId.charAt(SIGN_DIGIT_INDEX), 16);
  if (digit < 8) return blindedId;
  return `${blindedId.slice(0, SIGN_DIGIT_INDEX)}${digit - 8}${blindedId.slice(SIGN_DIGIT_INDEX + 1)}`;
}

/**
 * The `05…` ID that a `00…` key authenticates when blinding is not required (protocol 3).
 * @param ed25519PublicKey 32 bytes, without the prefix
 * @returns 66 hex digits, or undefined when the bytes are no valid public key
 */
export function sessionIdFromEd25519(ed25519PublicKey: Uint8Array, sodium: Sodium): string | undefined {
  if (!sodium.isValidEd25519Point(ed25519PublicKey)) return undefined;
  return `05${sodium.x25519FromEd25519(ed25519PublicKey).toString('hex')}`;
}
