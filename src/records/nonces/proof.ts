import { type Sodium } from '../../protocol/crypto/sodium.js';
import { type Caller } from '../users/user.js';
import { type Credentials } from './auth-headers.js';

/** How far a timestamp may be from now, in seconds (protocol 3). */
export const MAX_CLOCK_SKEW = 24 * 60 * 60;

const FINGERPRINT_BYTES = 16;
/** Bytes of a signature that tell it from others: a JavaScript number holds six exactly. */
const MARK_BYTES = 6;

/** The proof that a verified signature gives: who asks, and which request this is (protocol 3). */
export class Proof {
  /** Set when the nonce has been recorded together with what the request wrote. */
  isRecorded = false;
  private computed: Buffer | undefined;

  constructor(
    readonly caller: Caller,
    private readonly credentials: Credentials,
    private readonly sodium: Sodium,
    /** BLAKE2b-512 of the request's body, 64 raw bytes; undefined when it is empty. */
    readonly bodyHash: Buffer | undefined,
  ) {}

  /** 16 raw bytes. */
  get nonce(): Buffer {
    return this.credentials.nonce;
  }

  /** Unix seconds. A timestamp from the future stays acceptable until a day after itself, not after now. */
  get expiresAt(): number {
    return this.credentials.timestamp + MAX_CLOCK_SKEW;
  }

  /** A number that tells this request from others under the same nonce, as cheap as can be. */
  get mark(): number {
    return this.credentials.signature.readUIntBE(0, MARK_BYTES);
  }

  /** 16 raw bytes that tell this request from others under the same nonce, also from a made-up one. */
  get fingerprint(): Buffer {
    const { publicKey, timestampDigits, signature } = this.credentials;
    this.computed ??= this.sodium
      .blake2b([publicKey, signature, Buffer.from(timestampDigits)], 32)
      .subarray(0, FINGERPRINT_BYTES);
    return this.computed;
  }
}
