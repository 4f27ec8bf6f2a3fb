import { type Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { bestTrust, isAtLeast, type TrustLevel } from '../../records/defence/trust.js';
import { type TrustRepository } from '../../records/defence/trust.repository.js';
import {
  type FirstLetters,
  type FirstLettersRepository,
} from '../../records/inbox/first-letters.repository.js';
import { isStaff } from '../../records/users/user.js';
import { type Correspondents, type LetterDraft } from './draft.js';
import { type Check, type LockedRule } from './rule.js';
import { keepUnseen } from './verdict.js';

/** People somebody may begin to write to in a day: a member, and anybody below. */
const NEW_RECIPIENTS = { member: 20, others: 5 };
/** People below member who may begin to write to somebody in a day. */
const NEW_SENDERS = { toStaff: 20, toOthers: 5 };
/** Seconds after which somebody may try again. */
const WAIT = 3600;

/** All that a direct message is judged by. */
export interface LetterFacts extends FirstLetters {
  /** The sender's, in the room that trusts them most. */
  level: TrustLevel;
  isToStaff: boolean;
  isAnyRoomGuarded: boolean;
}

/**
 * Bounds whom people begin to write direct messages to, by the room that trusts them most. Answers always pass, and regulars
 * and staff are not concerned. Both people are locked, so no two messages at once can pass a bound.
 */
export class NewcomerLetters implements LockedRule<LetterDraft, Correspondents, Correspondents> {
  readonly name = 'newcomer direct messages';

  constructor(
    private readonly settings: Pick<Settings, 'defence' | 'tellRefusedSenders'>,
    private readonly trust: Pick<TrustRepository, 'everywhere'>,
    private readonly letters: Pick<FirstLettersRepository, 'count'>,
    private readonly defences: Pick<RoomDefenceRepository, 'isAnyGuarded'>,
  ) {}

  async read(
    tx: Transaction,
    { sender, recipient }: Correspondents,
  ): Promise<() => Check<LetterDraft, Correspondents>> {
    if (this.settings.defence !== 'on') return () => () => undefined;
    const level = bestTrust(sender, await this.trust.everywhere(tx, sender.id));
    if (isAtLeast(level, 'regular')) return () => () => undefined;
    const [letters, isAnyRoomGuarded] = await Promise.all([
      this.letters.count(tx, sender.id, recipient.id),
      this.defences.isAnyGuarded(tx),
    ]);
    const refusal = letterRefusal({ ...letters, level, isToStaff: isStaff(recipient), isAnyRoomGuarded });
    return () => () => (refusal && !this.settings.tellRefusedSenders ? keepUnseen() : refusal);
  }
}

/** The reason against a direct message of somebody who is no regular anywhere, if there is one. */
export function letterRefusal(facts: LetterFacts): ProtocolError | undefined {
  const { level, isToStaff } = facts;
  if (facts.isAnswer) return undefined;
  if (level === 'stranger') {
    if (!isToStaff)
      return new ProtocolError('permission_denied', 'before your first post you may write to staff alone');
    if (facts.isAnyRoomGuarded) return new ProtocolError('room_guarded');
  }
  if (facts.isKnown) return undefined;
  const mostRecipients = level === 'member' ? NEW_RECIPIENTS.member : NEW_RECIPIENTS.others;
  if (facts.recipients >= mostRecipients) return tooMany(`begin to write to ${mostRecipients} people a day`);
  const mostSenders = isToStaff ? NEW_SENDERS.toStaff : NEW_SENDERS.toOthers;
  if (level === 'member' || facts.senders < mostSenders) return undefined;
  return tooMany('write to them tomorrow: too many new people have today');
}

function tooMany(what: string): ProtocolError {
  return new ProtocolError('too_many_direct_messages', `you may ${what}`, WAIT);
}
