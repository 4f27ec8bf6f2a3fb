import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { unpad } from '../protocol/crypto/padding.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { verifyByEd25519Twin, verifyXEd25519 } from '../protocol/crypto/xed25519.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { isBlinded, publicKeyOf } from '../records/users/session-id.js';
import { type User } from '../records/users/user.js';

/** Keeps out what no client would show: the absurdly large, and what its author did not sign (protocol 8, 10). */
@Injectable()
export class MessageContents {
  constructor(
    private readonly settings: Settings,
    @Inject(SODIUM) private readonly sodium: Sodium,
  ) {}

  /**
   * Checks what an author wants to post or edit.
   * @param content.data      with its padding
   * @param content.signature 64 raw bytes over the data: Ed25519 of a `15…` author; of an `05…` one XEd25519 or, by
   *   Android and Apprise, Ed25519 of the `00…` key that signs their requests
   * @throws ProtocolError `too_large` or `invalid_message_signature`
   */
  check({ sessionId }: User, { data, signature }: { data: Buffer; signature: Buffer }): void {
    const { messageMaxBytes, messageMaxPadding } = this.settings;
    if (data.length > messageMaxBytes) {
      throw new ProtocolError('too_large', `a message may have ${messageMaxBytes} bytes`);
    }
    // Padding takes no disk, so nothing but this keeps it from filling everybody's pages.
    if (data.length - unpad(data).content.length > messageMaxPadding) {
      throw new ProtocolError('too_large', `a message may have ${messageMaxPadding} bytes of padding`);
    }
    const key = publicKeyOf(sessionId);
    const valid = isBlinded(sessionId)
      ? this.sodium.ed25519Verify(signature, data, key)
      : verifyXEd25519(signature, data, key, this.sodium) ||
        verifyByEd25519Twin(signature, data, key, this.sodium);
    if (!valid) throw new ProtocolError('invalid_message_signature');
  }
}
