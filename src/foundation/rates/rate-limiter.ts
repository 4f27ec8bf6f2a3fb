/** Keys remembered at most, twice: a stranger can make up as many as they like. */
const CAPACITY = 100_000;
/** The part of one that arithmetic may lose. */
const ROUNDING = 1e-6;

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

  /**
   * Takes from a key's burst.
   * @param count how many, or which part of one
   * @returns 0, or the seconds to wait when there are fewer; then nothing is taken
   */
  take(key: string, count = 1): number {
    if (this.perSecond === 0) return 0;
    const now = this.now();
    const wholeAt = this.wholeAfter(key, count, now);
    const wait = this.wait(wholeAt, now);
    if (wait === 0) this.young.set(key, wholeAt);
    return wait;
  }

  /** Takes as many as there are of so many. Gives how many, without parts of one. */
  takeUpTo(key: string, count: number): number {
    const there = (this.burstSeconds * 1000 - this.debtOf(key)) * (this.perSecond / 1000);
    const taken = Math.max(0, Math.min(count, Math.floor(there + ROUNDING)));
    this.charge(key, taken);
    return taken;
  }

  /**
   * Takes so many from a key's burst, or a part of one, even if there are fewer. Fewer than none are given back.
   * @returns 0, or the seconds after which the key has paid for what it took beyond its burst
   */
  charge(key: string, count: number): number {
    if (this.perSecond === 0) return 0;
    const now = this.now();
    const wholeAt = this.wholeAfter(key, count, now);
    this.young.set(key, wholeAt);
    return this.wait(wholeAt, now);
  }

  /** The seconds that a key would have to wait to take so many, or a part of one; nothing is taken. */
  waitFor(key: string, count: number): number {
    if (this.perSecond === 0) return 0;
    const now = this.now();
    return this.wait(this.wholeAfter(key, count, now), now);
  }

  /** Milliseconds until a key's burst is whole again. */
  debtOf(key: string): number {
    const now = this.now();
    return Math.max(0, this.wholeAt(key, now) - now);
  }

  /** How many a key has taken for which time has not made up. */
  usedBy(key: string): number {
    return (this.debtOf(key) * this.perSecond) / 1000;
  }

  /** Makes it take these milliseconds at least until a key's burst is whole. */
  raise(key: string, debt: number): void {
    const now = this.now();
    if (this.wholeAt(key, now) < now + debt) this.young.set(key, now + debt);
  }

  /** Makes a key's burst whole. */
  forget(key: string): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  private wholeAfter(key: string, count: number, now: number): number {
    return Math.max(now, this.wholeAt(key, now)) + (1000 * count) / this.perSecond;
  }

  private wait(wholeAt: number, now: number): number {
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
