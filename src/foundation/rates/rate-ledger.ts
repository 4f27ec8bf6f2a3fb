import { type RateOutcome, type RateUse } from './rate.js';
import { RateLimiter } from './rate-limiter.js';

/** Keys remembered at most, twice, of each rate: only those are told that use much. */
const CAPACITY = 20_000;

/** Counts what several processes tell, in the memory of one. */
export class RateLedger {
  private readonly limiters = new Map<string, RateLimiter>();

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now?: () => number) {}

  /** Charges and takes, and tells how the key stands. */
  settle({ rate, key, told, wanted }: RateUse): RateOutcome {
    const limiter = this.limiters.get(rate.name) ?? this.add(rate);
    limiter.charge(key, told);
    const taken = limiter.takeUpTo(key, wanted);
    return { taken, debt: limiter.debtOf(key) };
  }

  private add({ name, perSecond, burstSeconds }: RateUse['rate']): RateLimiter {
    const limiter = new RateLimiter(perSecond, burstSeconds, this.now, CAPACITY);
    this.limiters.set(name, limiter);
    return limiter;
  }
}
