import { Inject, Injectable } from '@nestjs/common';
import { type Sodium } from '../crypto/sodium.js';
import { verifyXEd25519 } from '../crypto/xed25519.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { SODIUM } from '../identity/sodium.provider.js';
import { isBlinded, publicKeyOf } from '../users/session-id.js';

/** Keeps out messages whose signature no client could verify, and so none would show (protocol 10). */
@Injectable()
export class MessageSignatures {
  constructor(@Inject(SODIUM) private readonly sodium: Sodium) {}

  /**
   * Checks an author's signature over the padded data of a message.
   * @param sessionId `15…`: Ed25519; `05…`: XEd25519
   * @param signature 64 raw bytes
   * @throws ProtocolError `invalid_message_signature`
   */
  verify(sessionId: string, data: Buffer, signature: Buffer): void {
    const key = publicKeyOf(sessionId);
    const valid = isBlinded(sessionId)
      ? this.sodium.ed25519Verify(signature, data, key)
      : verifyXEd25519(signature, data, key, this.sodium);
    if (!valid) throw new ProtocolError('invalid_message_signature');
  }
}
