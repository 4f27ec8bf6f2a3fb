import { type Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type LetterDraft } from './draft.js';
import { type DraftRule } from './rule.js';

/** How large a direct message may be. */
export class LetterSize implements DraftRule<LetterDraft> {
  readonly name = 'size of direct messages';

  constructor(private readonly limits: Pick<Settings, 'messageMaxBytes'>) {}

  judge({ message }: LetterDraft): ProtocolError | undefined {
    const { messageMaxBytes } = this.limits;
    if (message.length <= messageMaxBytes) return undefined;
    return new ProtocolError('too_large', `a message may have ${messageMaxBytes} bytes`);
  }
}
