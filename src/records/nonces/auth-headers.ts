import { decodeHexOrBase64 } from '../../protocol/crypto/encoding.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';

/** The four X-SOGS headers, decoded but not yet verified. */
export interface Credentials {
  /** True for a `15…` key, false for `00…`. */
  blinded: boolean;
  /** Ed25519, 32 bytes. */
  publicKey: Buffer;
  /** 16 bytes. */
  nonce: Buffer;
  /** Unix seconds. */
  timestamp: number;
  /** The timestamp as sent, which is what the signature covers. */
  timestampDigits: string;
  /** 64 bytes. */
  signature: Buffer;
}

/**
 * Reads the X-SOGS headers (protocol 3).
 * @param headers names in lower case
 * @returns null when there are none: the request is anonymous
 * @throws ProtocolError `malformed_authentication` when some are missing or one is malformed
 */
export function readCredentials(headers: Readonly<Record<string, string>>): Credentials | null {
  const pubkey = headers['x-sogs-pubkey'];
  const nonce = headers['x-sogs-nonce'];
  const timestamp = headers['x-sogs-timestamp'];
  const signature = headers['x-sogs-signature'];
  if (!pubkey || !nonce || !timestamp || !signature) {
    const given = [pubkey, nonce, timestamp, signature].filter(Boolean).length;
    if (given === 0) return null;
    throw malformed(`${4 - given} of the 4 X-SOGS headers are missing`);
  }
  const key = decode('X-SOGS-Pubkey', pubkey, 33);
  const prefix = key[0];
  if (prefix !== 0x00 && prefix !== 0x15) throw malformed('X-SOGS-Pubkey must start with 00 or 15');
  if (!/^\d{1,15}$/.test(timestamp)) throw malformed('X-SOGS-Timestamp must be unix seconds in digits');
  return {
    blinded: prefix === 0x15,
    publicKey: key.subarray(1),
    nonce: decode('X-SOGS-Nonce', nonce, 16),
    timestamp: Number(timestamp),
    timestampDigits: timestamp,
    signature: decode('X-SOGS-Signature', signature, 64),
  };
}

function decode(header: string, value: string, size: number): Buffer {
  const bytes = decodeHexOrBase64(value, size);
  if (!bytes) throw malformed(`${header} must be ${size} bytes in hex or base64`);
  return bytes;
}

/** A refusal of the credentials themselves. */
export function malformed(detail: string): ProtocolError {
  return new ProtocolError('malformed_authentication', detail);
}
