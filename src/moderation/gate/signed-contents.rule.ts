import { type Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { unpad } from '../../protocol/crypto/padding.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { verifyByEd25519Twin, verifyXEd25519 } from '../../protocol/crypto/xed25519.js';
import { isBlinded, publicKeyOf } from '../../records/users/session-id.js';
import { type TextDraft } from './draft.js';
import { type DraftRule } from './rule.js';

/** Keeps out what no client would show: the absurdly large, and what its author did not sign (protocol 8, 10). */
export class SignedContents implements DraftRule<TextDraft> {
  readonly name = 'signed contents';

  constructor(
    private readonly settings: Pick<Settings, 'messageMaxBytes' | 'messageMaxPadding'>,
    private readonly sodium: Sodium,
  ) {}

  judge({ author, data, signature }: TextDraft): ProtocolError | undefined {
    const { messageMaxBytes, messageMaxPadding } = this.settings;
    if (data.length > messageMaxBytes) {
      return new ProtocolError('too_large', `a message may have ${messageMaxBytes} bytes`);
    }
    // Padding takes no disk, so nothing but this keeps it from filling everybody's pages.
    if (data.length - unpad(data).content.length > messageMaxPadding) {
      return new ProtocolError('too_large', `a message may have ${messageMaxPadding} bytes of padding`);
    }
    return this.isSigned(author.sessionId, data, signature)
      ? undefined
      : new ProtocolError('invalid_message_signature');
  }

  /** Authors sign by Ed25519 with a `15…` key. With an `05…` one they sign by XEd25519, or as their requests are signed. */
  private isSigned(sessionId: string, data: Buffer, signature: Buffer): boolean {
    const key = publicKeyOf(sessionId);
    if (isBlinded(sessionId)) return this.sodium.ed25519Verify(signature, data, key);
    return (
      verifyXEd25519(signature, data, key, this.sodium) ||
      // Android and Apprise sign by Ed25519 with the `00…` key.
      verifyByEd25519Twin(signature, data, key, this.sodium)
    );
  }
}
