import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { SharedRates } from '../../foundation/rates/shared-rates.service.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { SODIUM } from '../../protocol/identity/sodium.provider.js';
import { InboxRepository } from '../../records/inbox/inbox.repository.js';
import { MessageChangesRepository } from '../../records/messages/message-changes.repository.js';
import { ReactionsRepository } from '../../records/messages/reactions.repository.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { ChangeRate } from './change-rate.rule.js';
import {
  type Correspondents,
  type LetterDraft,
  type ReactionDraft,
  type TextDraft,
  type UploadDraft,
} from './draft.js';
import { Gate } from './gate.js';
import { LetterCaps } from './letter-caps.rule.js';
import { LetterSize } from './letter-size.rule.js';
import { LettersOff } from './letters-off.rule.js';
import { PostRate } from './post-rate.rule.js';
import { ReactionCaps } from './reaction-caps.rule.js';
import { SignedContents } from './signed-contents.rule.js';
import { Muted, MutedLetters } from './mute.rule.js';
import { ShadowBan, ShadowedLetters } from './shadow-ban.rule.js';
import { NewcomerEdits } from './newcomer-edits.rule.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { NewcomerLetters } from './newcomer-letters.rule.js';
import { FirstLettersRepository } from '../../records/inbox/first-letters.repository.js';
import { MutesRepository } from '../../records/moderation/mutes.repository.js';
import { ActivityRepository } from '../../records/users/activity.repository.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { LookedAtFilesRepository } from '../../records/files/looked-at-files.repository.js';
import { SimilarPictures } from './similar-pictures.rule.js';
import { SlowMode } from './slow-mode.rule.js';
import { StaffRules } from './staff-rules.rule.js';
import { OwnTextsRepository } from '../../records/rules/own-texts.repository.js';
import { RuleCache } from '../rules/rule-cache.service.js';
import { SanctionBell } from '../rules/sanction-bell.js';
import { RuleHitCounter } from '../rules/rule-hit-counter.service.js';
import { WhisperRights } from './whisper-rights.rule.js';

/** All rules for what people say and do in rooms, each in the list of the gate that asks it. */
@Injectable()
export class Gates {
  /** For posts and edits. */
  readonly texts: Gate<TextDraft>;
  readonly reactions: Gate<ReactionDraft>;
  /** Their quotas are kept by UploadQuotas, which reads them all at once and counts what it lets pass. */
  readonly uploads: Gate<UploadDraft>;
  /** For direct messages. */
  readonly letters: Gate<LetterDraft, Correspondents, Correspondents>;

  constructor(
    settings: Settings,
    clock: Clock,
    @Inject(SODIUM) sodium: Sodium,
    messages: MessageChangesRepository,
    directory: RoomDirectory,
    reactions: ReactionsRepository,
    inbox: InboxRepository,
    mutes: MutesRepository,
    trust: TrustRepository,
    firstLetters: FirstLettersRepository,
    defences: RoomDefenceRepository,
    activity: ActivityRepository,
    ruleCache: RuleCache,
    ruleHits: RuleHitCounter,
    sanctionBell: SanctionBell,
    ownTexts: OwnTextsRepository,
    lookedAt: LookedAtFilesRepository,
    files: FilesRepository,
    rates: SharedRates,
    meters: Meters,
  ) {
    const verdicts = meters.counter({
      name: 'plaza_rule_verdicts_total',
      help: 'Drafts that a rule refused, held or kept unseen, and those that it let pass because it was late.',
      labels: ['rule', 'verdict'],
    });
    const muted = new Muted(clock, mutes);
    const shadowBan = new ShadowBan();
    const changeRate = new ChangeRate(settings, rates);
    this.texts = new Gate<TextDraft>(
      {
        beforeLock: [new SignedContents(settings, sodium)],
        underLock: [
          new WhisperRights(),
          muted,
          shadowBan,
          new SlowMode(settings, directory, messages),
          new PostRate(settings, messages),
          changeRate,
          new StaffRules(settings, clock, ruleCache, ruleHits, sanctionBell, trust, ownTexts, files),
          new SimilarPictures(lookedAt),
          new NewcomerEdits(settings, directory, trust),
        ],
      },
      verdicts,
    );
    this.reactions = new Gate<ReactionDraft>(
      {
        beforeLock: [],
        underLock: [muted, shadowBan, changeRate, new ReactionCaps(settings, reactions)],
      },
      verdicts,
    );
    this.uploads = new Gate<UploadDraft>({ beforeLock: [], underLock: [muted, shadowBan] }, verdicts);
    this.letters = new Gate<LetterDraft, Correspondents, Correspondents>(
      {
        beforeLock: [new LetterSize(settings), new LettersOff(settings)],
        underLock: [
          new MutedLetters(clock, activity),
          new ShadowedLetters(activity),
          new LetterCaps(settings, inbox),
          new NewcomerLetters(settings, trust, firstLetters, defences),
        ],
      },
      verdicts,
    );
  }
}
