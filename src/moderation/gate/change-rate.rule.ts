import { type Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { RateLimiter } from '../../foundation/limits/rate-limiter.js';
import { type ReactionDraft, type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';

/** Seconds over which each limit counts. */
const REACTIONS_OVER = 60;
const EDITS_OVER = 600;

/**
 * How often one person may edit messages of a room, and add reactions or remove them: every change is news to all its
 * members. Admins of the room may without end. Each process counts for itself, because the rows that would tell leave with
 * the changes.
 */
export class ChangeRate implements RoomRule<TextDraft | ReactionDraft> {
  readonly name = 'change rate';
  private readonly reactions: RateLimiter;
  private readonly edits: RateLimiter;

  constructor({ reactionRateLimit, editRateLimit }: Pick<Settings, 'reactionRateLimit' | 'editRateLimit'>) {
    this.reactions = new RateLimiter(reactionRateLimit / REACTIONS_OVER, REACTIONS_OVER);
    this.edits = new RateLimiter(editRateLimit / EDITS_OVER, EDITS_OVER);
  }

  read(): Promise<() => Check<TextDraft | ReactionDraft>> {
    return Promise.resolve(() => ({ kind, author }, { room, may }) => {
      if (kind === 'post' || may.admin) return undefined;
      const limiter = kind === 'edit' ? this.edits : this.reactions;
      const wait = limiter.take(`${room.id} ${author.sessionId}`);
      return wait > 0 ? new ProtocolError('changing_too_fast', undefined, Math.ceil(wait)) : undefined;
    });
  }
}
