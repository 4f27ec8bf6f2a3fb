/** Milliseconds for which an answer is kept (protocol 3, "Repeats"). */
const KEPT_MS = 120_000;
/** Bytes of kept answers of one key, and of all keys together, that one process writes within that time. */
const PER_KEY = 512 * 1024;
const IN_ALL = 32 * 1024 * 1024;
/** Bytes that a row takes besides the answer. */
const ROW = 128;

interface Period {
  endsAt: number;
  total: number;
  /** By Session ID. */
  byKey: Map<string, number>;
}

/**
 * Bounds what kept answers take on disk, so that a fresh key can't fill it. Beyond the bound an answer is not kept, and
 * the repeat of its request is refused.
 */
export class AnswerBudget {
  private period: Period = { endsAt: 0, total: 0, byKey: new Map() };

  /**
   * Takes space for an answer.
   * @param bytes of the answer
   * @param now   milliseconds of any clock that does not go back
   * @returns false when the key or all keys together have used theirs up
   */
  take(sessionId: string, bytes: number, now = performance.now()): boolean {
    if (now >= this.period.endsAt) this.period = { endsAt: now + KEPT_MS, total: 0, byKey: new Map() };
    const { period } = this;
    const own = (period.byKey.get(sessionId) ?? 0) + bytes + ROW;
    if (own > PER_KEY || period.total + bytes + ROW > IN_ALL) return false;
    period.byKey.set(sessionId, own);
    period.total += bytes + ROW;
    return true;
  }
}
