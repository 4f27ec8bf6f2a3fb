import { loadSodium } from '../crypto/sodium.js';
import { findOrCreateServerKey, findServerKey, type ServerKeySource } from './server-key.js';

/** The X25519 key pair by which clients know this server (protocol 1). */
export class ServerIdentity {
  private constructor(
    /** 32 raw bytes; never logged. */
    readonly secret: Buffer,
    /** 32 raw bytes. */
    readonly publicKey: Buffer,
  ) {}

  /** 64 lower-case hex digits, as they stand in a community URL. */
  get publicKeyHex(): string {
    return this.publicKey.toString('hex');
  }

  /** The key pair of a private key of 32 raw bytes. */
  static async ofSecret(secret: Buffer): Promise<ServerIdentity> {
    const sodium = await loadSodium();
    return new ServerIdentity(secret, sodium.x25519PublicKey(secret));
  }

  /** The identity of a source, made when missing. Throws ServerKeyError when it can't be used. */
  static async loadOrCreate(
    source: ServerKeySource,
  ): Promise<{ identity: ServerIdentity; created: boolean }> {
    const { key, created } = await findOrCreateServerKey(source);
    return { identity: await ServerIdentity.ofSecret(key), created };
  }

  /** The identity of a source, or undefined when there is none yet. Throws ServerKeyError as loadOrCreate does. */
  static async load(source: ServerKeySource): Promise<ServerIdentity | undefined> {
    const key = await findServerKey(source);
    return key && (await ServerIdentity.ofSecret(key));
  }
}
