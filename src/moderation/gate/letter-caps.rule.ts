import { type Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type InboxRepository, type SentMessages } from '../../records/inbox/inbox.repository.js';
import { type Correspondents, type LetterDraft } from './draft.js';
import { type Check, type LockedRule } from './rule.js';
import { counted } from '../../foundation/wording.js';

/** Seconds after which a sender may ask again whether the recipient has written back. */
const ANSWER_WAIT = 3600;

type Caps = Pick<
  Settings,
  'directMessagesPerHour' | 'directMessageRecipientsPerHour' | 'maxUnansweredDirectMessages'
>;

/**
 * How many direct messages somebody may send in an hour, to how many people, and to somebody who does not write back.
 * Global moderators may without end. Both people are locked, so no two messages at once can pass a cap.
 */
export class LetterCaps implements LockedRule<LetterDraft, Correspondents, Correspondents> {
  readonly name = 'direct message caps';

  constructor(
    private readonly caps: Caps,
    private readonly inbox: Pick<InboxRepository, 'sentBy'>,
  ) {}

  async read(
    tx: Transaction,
    { sender, recipient }: Correspondents,
  ): Promise<() => Check<LetterDraft, Correspondents>> {
    if (sender.moderator) return () => () => undefined;
    const sent = await this.inbox.sentBy(tx, sender.id, recipient.id);
    return () => () => this.judge(sent);
  }

  private judge(sent: SentMessages): ProtocolError | undefined {
    const { directMessagesPerHour, directMessageRecipientsPerHour, maxUnansweredDirectMessages } = this.caps;
    const wait = Math.max(1, Math.ceil(sent.secondsLeft));
    if (isReached(directMessagesPerHour, sent.lastHour)) {
      return tooMany(`${directMessagesPerHour} an hour`, wait);
    }
    if (!sent.isRecipient && isReached(directMessageRecipientsPerHour, sent.recipients)) {
      return tooMany(`to ${counted(directMessageRecipientsPerHour, 'person', 'people')} an hour`, wait);
    }
    if (isReached(maxUnansweredDirectMessages, sent.unanswered)) {
      return tooMany(`${maxUnansweredDirectMessages} to somebody who has not written back`, ANSWER_WAIT);
    }
    return undefined;
  }
}

/** @param cap 0: none */
function isReached(cap: number, count: number): boolean {
  return cap > 0 && count >= cap;
}

function tooMany(cap: string, retryAfter: number): ProtocolError {
  return new ProtocolError('too_many_direct_messages', `you may send ${cap}`, retryAfter);
}
