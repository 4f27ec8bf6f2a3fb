import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { RateLimiter } from './rate-limiter.js';

/** Seconds over which each limit counts. */
const REACTIONS_OVER = 60;
const EDITS_OVER = 600;

/**
 * How often one user may change messages of one room: every change is news to all its members. Each process counts for
 * itself, because the rows that would tell leave with the changes.
 */
@Injectable()
export class WriteRates {
  private readonly reactions: RateLimiter;
  private readonly edits: RateLimiter;

  constructor({ reactionRateLimit, editRateLimit }: Settings) {
    this.reactions = new RateLimiter(reactionRateLimit / REACTIONS_OVER, REACTIONS_OVER);
    this.edits = new RateLimiter(editRateLimit / EDITS_OVER, EDITS_OVER);
  }

  /**
   * Counts a reaction that a user adds to or removes from a message of a room.
   * @throws ProtocolError `changing_too_fast`
   */
  admitReaction(roomId: number, sessionId: string): void {
    admit(this.reactions.take(`${roomId} ${sessionId}`));
  }

  /**
   * Counts an edit of a user in a room.
   * @throws ProtocolError `changing_too_fast`
   */
  admitEdit(roomId: number, sessionId: string): void {
    admit(this.edits.take(`${roomId} ${sessionId}`));
  }
}

function admit(waitSeconds: number): void {
  if (waitSeconds > 0) throw new ProtocolError('changing_too_fast', undefined, Math.ceil(waitSeconds));
}
