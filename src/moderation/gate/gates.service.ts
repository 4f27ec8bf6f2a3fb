import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { SODIUM } from '../../protocol/identity/sodium.provider.js';
import { MessageChangesRepository } from '../../records/messages/message-changes.repository.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type TextDraft } from './draft.js';
import { Gate } from './gate.js';
import { PostRate } from './post-rate.rule.js';
import { SignedContents } from './signed-contents.rule.js';
import { SlowMode } from './slow-mode.rule.js';
import { WhisperRights } from './whisper-rights.rule.js';

/** All rules for what people say and do in rooms, each in the list of the gate that asks it. */
@Injectable()
export class Gates {
  /** For posts and edits. */
  readonly texts: Gate<TextDraft>;

  constructor(
    settings: Settings,
    @Inject(SODIUM) sodium: Sodium,
    messages: MessageChangesRepository,
    directory: RoomDirectory,
    meters: Meters,
  ) {
    const verdicts = meters.counter({
      name: 'plaza_rule_verdicts_total',
      help: 'Drafts that a rule refused, held or kept unseen, and those that it let pass because it was late.',
      labels: ['rule', 'verdict'],
    });
    this.texts = new Gate(
      {
        beforeLock: [new SignedContents(settings, sodium)],
        underLock: [
          new WhisperRights(),
          new SlowMode(settings, directory, messages),
          new PostRate(settings, messages),
        ],
      },
      verdicts,
    );
  }
}
