import { loadSodium } from '../crypto/sodium.js';
import { readOrCreateServerKey, readServerKey } from './server-key-file.js';

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

  /** The identity in a key file, made when missing. Throws ServerKeyError when the file can't be used. */
  static async loadOrCreate(file: string): Promise<{ identity: ServerIdentity; created: boolean }> {
    const { key, created } = await readOrCreateServerKey(file);
    return { identity: await ServerIdentity.ofSecret(key), created };
  }

  /** The identity in a key file, or undefined when there is none yet. Throws ServerKeyError as loadOrCreate does. */
  static async load(file: string): Promise<ServerIdentity | undefined> {
    const key = await readServerKey(file);
    return key && (await ServerIdentity.ofSecret(key));
  }
}
