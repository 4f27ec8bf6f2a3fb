import { type SharedLimiter } from '../foundation/rates/shared-limiter.js';
import { type SharedRates } from '../foundation/rates/shared-rates.service.js';

/** Seconds for which an answer is kept (protocol 3, "Repeats"). */
const KEPT = 120;
/** Bytes of kept answers of one key, and of all keys together, that are written within that time. */
const PER_KEY = 512 * 1024;
const IN_ALL = 32 * 1024 * 1024;
/** The only key of the latter. */
const ALL = 'all';
/** Bytes that a row takes besides the answer. */
const ROW = 128;

/**
 * Bounds what kept answers take on disk, so that a fresh key can't fill it. Beyond the bound an answer is not kept, and
 * the repeat of its request is refused. All processes count together; nothing waits for that within a transaction.
 */
export class AnswerBudget {
  private readonly ofKeys: SharedLimiter;
  private readonly ofAll: SharedLimiter;

  constructor(rates: SharedRates) {
    const limiter = (name: string, bytes: number): SharedLimiter =>
      rates.limiter({ name, perSecond: bytes / KEPT, burstSeconds: KEPT });
    this.ofKeys = limiter('answers', PER_KEY);
    this.ofAll = limiter('all answers', IN_ALL);
  }

  /**
   * Takes space for an answer.
   * @param bytes of the answer
   * @returns false when the key or all keys together have used theirs up
   */
  take(sessionId: string, bytes: number): boolean {
    const row = bytes + ROW;
    if (this.ofAll.waitFor(ALL, row) > 0 || this.ofKeys.takeNow(sessionId, row) > 0) return false;
    this.ofAll.charge(ALL, row);
    return true;
  }
}
