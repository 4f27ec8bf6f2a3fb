import { type Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type LetterDraft } from './draft.js';
import { type DraftRule } from './rule.js';
import { keepUnseen, type Verdict } from './verdict.js';

/** Refuses all direct messages where the operator has none, openly or as if they were sent. */
export class LettersOff implements DraftRule<LetterDraft> {
  readonly name = 'direct messages off';

  constructor(private readonly settings: Pick<Settings, 'directMessages' | 'tellRefusedSenders'>) {}

  judge(): Verdict {
    const { directMessages, tellRefusedSenders } = this.settings;
    if (directMessages === 'on') return undefined;
    if (!tellRefusedSenders) return keepUnseen();
    return new ProtocolError('permission_denied', 'there are no direct messages on this server');
  }
}
