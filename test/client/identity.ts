import { createHash, randomBytes } from 'node:crypto';
import { blake2b, edwardsFromMontgomery, signWithScalar } from './ed25519.js';
import { sodium } from './sodium.js';

/** The appearance of someone to one server: the ID by which it knows them, and their signature under it. */
export interface Signer {
  /** 66 hex digits: `15…` blinded or `00…` unblinded, as sent in `X-SOGS-Pubkey`. */
  readonly id: string;
  /** 64-byte Ed25519 signature over a request, see `signRequest`. */
  sign(message: Uint8Array): Uint8Array;
}

/** An account's key pair blinded for one server (protocol 2). It signs requests as well as messages. */
export class BlindedIdentity implements Signer {
  readonly id: string;
  /** The same ID with the sign bit cleared: what a server can compute from the `05…` ID alone. */
  readonly absoluteId: string;

  constructor(
    private readonly scalar: Uint8Array,
    private readonly publicKey: Uint8Array,
    private readonly noncePrefix: Uint8Array,
  ) {
    this.id = `15${hex(publicKey)}`;
    this.absoluteId = `15${hex(withoutSign(publicKey))}`;
  }

  sign(message: Uint8Array): Uint8Array {
    return signWithScalar(message, {
      scalar: this.scalar,
      publicKey: this.publicKey,
      noncePrefix: this.noncePrefix,
    });
  }
}

/**
 * A Session account.
 *
 *     const alice = new Identity();                    // random
 *     const same = new Identity('412a3fb8…');          // from an Ed25519 seed, 32 bytes or 64 hex digits
 *     alice.sessionId;                                 // 05…
 *     alice.blindedFor(serverPublicKey).id;            // 15…
 *     alice.unblinded.id;                              // 00…
 */
export class Identity {
  readonly seed: Uint8Array;
  /** `05…`, 66 hex digits. */
  readonly sessionId: string;
  /** Signs requests under the account's bare Ed25519 key, for servers that do not require blinding. */
  readonly unblinded: Signer;

  private readonly scalar: Uint8Array;
  private readonly edwardsPublic: Uint8Array;
  private readonly blindedByServer = new Map<string, BlindedIdentity>();

  constructor(seed: Uint8Array | string = randomBytes(32)) {
    this.seed = typeof seed === 'string' ? Buffer.from(seed, 'hex') : seed;
    const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(this.seed);
    this.edwardsPublic = publicKey;
    this.scalar = sodium.crypto_sign_ed25519_sk_to_curve25519(privateKey);
    this.sessionId = `05${hex(sodium.crypto_sign_ed25519_pk_to_curve25519(publicKey))}`;
    this.unblinded = {
      id: `00${hex(publicKey)}`,
      sign: (message) => sodium.crypto_sign_detached(message, privateKey),
    };
  }

  /** The account as the server with this X25519 public key (64 hex digits) knows it. */
  blindedFor(serverPublicKey: string): BlindedIdentity {
    const known = this.blindedByServer.get(serverPublicKey);
    if (known) return known;
    const scalar = sodium.crypto_core_ed25519_scalar_mul(blindingFactor(serverPublicKey), this.scalar);
    const blinded = new BlindedIdentity(
      scalar,
      sodium.crypto_scalarmult_ed25519_base_noclamp(scalar),
      this.noncePrefix(),
    );
    this.blindedByServer.set(serverPublicKey, blinded);
    return blinded;
  }

  /**
   * XEd25519 signature (64 bytes) that verifies for the `05…` ID: how messages are signed on a server without
   * blinding. `topBit` writes the sign of the Ed25519 key into the signature's last bit, as Desktop's
   * curve25519-js does, instead of signing for the positive key, as libsession does.
   */
  signAsSessionId(message: Uint8Array, { topBit = false } = {}): Uint8Array {
    const signBit = (this.edwardsPublic[31] ?? 0) & 0x80;
    const negate = signBit !== 0 && !topBit;
    const signature = signWithScalar(message, {
      scalar: negate ? sodium.crypto_core_ed25519_scalar_negate(this.scalar) : this.scalar,
      publicKey: negate ? withoutSign(this.edwardsPublic) : this.edwardsPublic,
      noncePrefix: this.noncePrefix(),
    });
    if (topBit) signature[63] = (signature[63] ?? 0) | signBit;
    return signature;
  }

  private noncePrefix(): Uint8Array {
    return createHash('sha512').update(this.seed).digest().subarray(32);
  }
}

/** The absolute `15…` ID that a server with this public key (64 hex digits) expects of a `05…` ID. */
export function absoluteBlindedId(sessionId: string, serverPublicKey: string): string {
  const edwardsKey = edwardsFromMontgomery(Buffer.from(sessionId.slice(2), 'hex'));
  const blinded = sodium.crypto_scalarmult_ed25519_noclamp(blindingFactor(serverPublicKey), edwardsKey);
  return `15${hex(withoutSign(blinded))}`;
}

function blindingFactor(serverPublicKey: string): Uint8Array {
  return sodium.crypto_core_ed25519_scalar_reduce(blake2b(64, Buffer.from(serverPublicKey, 'hex')));
}

function withoutSign(point: Uint8Array): Uint8Array {
  const positive = Uint8Array.from(point);
  positive[31] = (positive[31] ?? 0) & 0x7f;
  return positive;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
