import { type Ed25519KeyPair, type Sodium } from './sodium.js';

/** Changing these bytes changes the ID of every message the server has posted itself. */
const DOMAIN = Buffer.from('plaza server-signing ed25519 seed v1\0', 'utf8');

/** An author of messages that the server posts itself (protocol 9). */
export interface ServerAuthorKey extends Ed25519KeyPair {
  /** The `15…` ID whose key this is, 66 hex digits. */
  sessionId: string;
}

/**
 * The key with which the server signs its own messages under a display name. The same secret and name give the same
 * key on every process; other names give unrelated keys, and none tells anything about the server's secret (32 bytes).
 */
export function deriveServerAuthor(
  serverSecret: Uint8Array,
  displayName: string,
  sodium: Sodium,
): ServerAuthorKey {
  const seed = sodium.blake2b([DOMAIN, Buffer.from(displayName, 'utf8')], 32, serverSecret);
  const keyPair = sodium.ed25519KeyPairFromSeed(seed);
  return { ...keyPair, sessionId: `15${keyPair.publicKey.toString('hex')}` };
}
