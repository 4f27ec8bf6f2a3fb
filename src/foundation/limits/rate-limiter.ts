/** Keys remembered at most, twice: a stranger can make up as many as they like. */
const CAPACITY = 100_000;

/**
 * Lets each key do so much a second, and after a pause a burst of more at once.
 *
 * Of a key only the time is kept at which its burst would be whole again. A key that was not heard of for a burst's
 * time is as good as new, so keys live in two generations, of which the older one is dropped after that time.
 */
export class RateLimiter {
  private young = new Map<string, number>();
  private old = new Map<string, number>();
  private youngSince: number;

  /**
   * @param perSecond    how much a key may do each second in the long run; 0: as much as it likes
   * @param burstSeconds how many seconds' worth of it may come at once
   * @param now          milliseconds of a monotonic clock
   */
  constructor(
    private readonly perSecond: number,
    private readonly burstSeconds: number,
    private readonly now: () => number = () => performance.now(),
    private readonly capacity = CAPACITY,
  ) {
    this.youngSince = now();
  }

  /** Takes one from a key's burst. Returns 0, or the seconds to wait when there is none; then nothing is taken. */
  take(key: string): number {
    if (this.perSecond === 0) return 0;
    const now = this.now();
    const wholeAt = Math.max(now, this.wholeAt(key, now)) + 1000 / this.perSecond;
    const excess = wholeAt - now - this.burstSeconds * 1000;
    if (excess > 0) return excess / 1000;
    this.young.set(key, wholeAt);
    return 0;
  }

  /**
   * Takes so many from a key's burst, or a part of one, even if there are fewer.
   * @returns 0, or the seconds after which the key has paid for what it took beyond its burst
   */
  charge(key: string, count: number): number {
    if (this.perSecond === 0) return 0;
    const now = this.now();
    const wholeAt = Math.max(now, this.wholeAt(key, now)) + (1000 * count) / this.perSecond;
    this.young.set(key, wholeAt);
    return Math.max(0, wholeAt - now - this.burstSeconds * 1000) / 1000;
  }

  private wholeAt(key: string, now: number): number {
    if (now - this.youngSince > this.burstSeconds * 1000 || this.young.size >= this.capacity) {
      this.old = this.young;
      this.young = new Map();
      this.youngSince = now;
    }
    return this.young.get(key) ?? this.old.get(key) ?? 0;
  }
}
