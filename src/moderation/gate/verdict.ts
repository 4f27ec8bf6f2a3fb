import { type HoldReason } from '../../records/defence/held.js';
import { type ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type MessageState } from '../../records/messages/message-state.js';

/**
 * The draft is taken, and shown to its author alone: a post gets this state and is answered as any other. An edit of a
 * published message is answered as any other and changes nothing.
 */
export interface Kept {
  state: Extract<MessageState, 'held' | 'unseen'>;
  /** The text of a whisper that tells the author; undefined when they are not to notice. */
  whisper: string | undefined;
  /** Why a held one is held; moderators see that, and the author is told by what follows from it. */
  reason?: HoldReason;
  /** The rule of staff that keeps it. */
  ruleId?: number;
}

/** The decision of a rule: undefined lets the draft pass, an error refuses it, and a kept one is shown to its author alone. */
export type Verdict = ProtocolError | Kept | undefined;

/** A refusal and the name of the rule that it comes from. */
export interface Refusal {
  rule: string;
  verdict: ProtocolError;
}

/** A draft that is kept, and the name of the rule that decided so. */
export interface Keeping {
  rule: string;
  verdict: Kept;
}

/** The outcome of a draft that not every rule let pass. */
export type Ruling = Refusal | Keeping;

/**
 * The verdict that a draft is held: it may be published later.
 * @param whisper tells the author why, in a sentence; the server writes before it that only they can see it
 */
export function hold(whisper?: string): Kept {
  return { state: 'held', whisper };
}

/** The verdict that a draft is held for a reason that its author is told of when they poll. */
export function holdFor(reason: HoldReason): Kept {
  return { state: 'held', whisper: undefined, reason };
}

/** The verdict that a draft is kept unseen: its author does not notice, and it is never published. */
export function keepUnseen(): Kept {
  return { state: 'unseen', whisper: undefined };
}

/** Whether a draft is kept for what it says, and not because staff has dealt with its author already. */
export function isKeptForItsContent({ ruleId, reason }: Kept): boolean {
  return ruleId !== undefined || reason === 'similar';
}

/** Tells refusals from drafts that are kept. */
export function isRefusal(ruling: Ruling): ruling is Refusal {
  return ruling.verdict instanceof Error;
}
