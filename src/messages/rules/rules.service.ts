import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { type RoomVisit } from '../../moderation/access/room-access.service.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { SODIUM } from '../../protocol/identity/sodium.provider.js';
import { MessageChangesRepository } from '../../records/messages/message-changes.repository.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { PostRate } from './post-rate.rule.js';
import { type Draft, type DraftRule, type RoomRule, type Ruling } from './rule.js';
import { SignedContents } from './signed-contents.rule.js';
import { SlowMode } from './slow-mode.rule.js';
import { WhisperRights } from './whisper-rights.rule.js';

/** Checks drafts to one room by every rule in turn, in order of arrival. */
export type CheckAll = (draft: Draft, visit: RoomVisit) => Ruling | undefined;

/** All rules for what people say in rooms. The first one that refuses a draft decides. */
@Injectable()
export class Rules {
  private readonly draftRules: readonly DraftRule[];
  private readonly roomRules: readonly RoomRule[];
  private readonly refusals: LabelledValues;

  constructor(
    settings: Settings,
    @Inject(SODIUM) sodium: Sodium,
    messages: MessageChangesRepository,
    directory: RoomDirectory,
    meters: Meters,
  ) {
    this.draftRules = [new SignedContents(settings, sodium)];
    this.roomRules = [
      new WhisperRights(),
      new SlowMode(settings, directory, messages),
      new PostRate(settings, messages),
    ];
    this.refusals = meters.counter({
      name: 'plaza_rule_refusals_total',
      help: 'Posts and edits refused, by the rule that refused them.',
      labels: ['rule'],
    });
  }

  /**
   * Asks the rules that need no lock.
   * @throws ProtocolError of the first rule that refuses
   */
  checkDraft(draft: Draft): void {
    for (const rule of this.draftRules) {
      const refusal = rule.judge(draft);
      if (!refusal) continue;
      this.count({ rule: rule.name, refusal });
      throw refusal;
    }
  }

  /**
   * Has the rules that go by the room read what they need, under its lock.
   * @param token of the room, in whatever case; it need not exist
   * @returns starts checks that go by what was read; {@link count} those of its rulings that hold
   */
  async readRoom(tx: Transaction, token: string, drafts: readonly Draft[]): Promise<() => CheckAll> {
    const read = await Promise.all(
      this.roomRules.map(async (rule) => ({ rule, startCheck: await rule.read(tx, token, drafts) })),
    );
    return () => {
      const checks = read.map(({ rule, startCheck }) => ({ rule, check: startCheck() }));
      return (draft, visit) => {
        for (const { rule, check } of checks) {
          const refusal = check(draft, visit);
          if (refusal) return { rule: rule.name, refusal };
        }
        return undefined;
      };
    };
  }

  /** Counts a ruling that holds. */
  count({ rule }: Ruling): void {
    this.refusals.cell(rule).value++;
  }
}
