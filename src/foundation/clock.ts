import { Injectable } from '@nestjs/common';

/**
 * The wall clock of this process, which nothing else in `src` reads. The database has a clock of its own, see
 * `database/now.ts`. How long something takes is measured by `performance.now()`, which nobody sets.
 */
@Injectable()
export class Clock {
  /** Unix milliseconds. */
  milliseconds(): number {
    return Date.now();
  }

  /** Unix seconds, with their fractions. */
  seconds(): number {
    return this.milliseconds() / 1000;
  }

  /** Milliseconds since some moment, of a clock that nobody sets: rates refill by it. A test that holds the time holds it, too. */
  monotonic(): number {
    return performance.now();
  }
}
