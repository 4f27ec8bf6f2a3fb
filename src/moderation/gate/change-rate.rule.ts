import { type Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type SharedLimiter } from '../../foundation/rates/shared-limiter.js';
import { type SharedRates } from '../../foundation/rates/shared-rates.service.js';
import { type ReactionDraft, type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';

/** Seconds over which each limit counts. */
const REACTIONS_OVER = 60;
const EDITS_OVER = 600;

/**
 * How often one person may edit messages of a room, and add reactions or remove them: every change is news to all its
 * members. Admins of the room may without end. The rows that would tell leave with the changes, so processes count together
 * without them. Nothing waits for that under the room's lock.
 */
export class ChangeRate implements RoomRule<TextDraft | ReactionDraft> {
  readonly name = 'change rate';
  private readonly reactions: SharedLimiter;
  private readonly edits: SharedLimiter;

  constructor(
    { reactionRateLimit, editRateLimit }: Pick<Settings, 'reactionRateLimit' | 'editRateLimit'>,
    rates: SharedRates,
  ) {
    const limiter = (name: string, limit: number, burstSeconds: number): SharedLimiter =>
      rates.limiter({ name, perSecond: limit / burstSeconds, burstSeconds });
    this.reactions = limiter('reactions', reactionRateLimit, REACTIONS_OVER);
    this.edits = limiter('edits', editRateLimit, EDITS_OVER);
  }

  read(): Promise<() => Check<TextDraft | ReactionDraft>> {
    return Promise.resolve(() => ({ kind, author }, { room, may }) => {
      if (kind === 'post' || may.admin) return undefined;
      const limiter = kind === 'edit' ? this.edits : this.reactions;
      const wait = limiter.takeNow(`${room.id} ${author.sessionId}`);
      return wait > 0 ? new ProtocolError('changing_too_fast', undefined, Math.ceil(wait)) : undefined;
    });
  }
}
