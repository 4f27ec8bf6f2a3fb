import { type HeldClock } from '../../support/clocks.js';

/** Requests under way at once, as many as a client's machine would have. */
const AT_ONCE = 64;

/** How finely time passes: so many seconds at a time, up to a moment or for good. */
export type Tick = readonly { seconds: number; until?: number }[];

/**
 * The time of a raid. People sleep, and when all of them do, the held clock moves to the moment at which the next one
 * wakes. So a quiet day takes no time, and a test reads as what each of its people does.
 */
export class Timeline {
  private readonly begin: number;
  private readonly sleepers = new Map<number, (() => void)[]>();
  private awake = 0;
  private free = AT_ONCE;
  private readonly queue: (() => void)[] = [];
  private failure: Error | undefined;
  private rest: () => void = () => undefined;

  /** @param tick moments are rounded up to multiples of it, so that people who wake close together share one */
  constructor(
    private readonly clock: HeldClock,
    private readonly tick: Tick,
  ) {
    this.begin = clock.seconds();
  }

  /** Seconds since its beginning. */
  get now(): number {
    return this.clock.seconds() - this.begin;
  }

  /** Has somebody live by this time. An error of theirs ends {@link play}. */
  start(life: () => Promise<void>): void {
    this.awake += 1;
    life()
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.lieDown();
      });
  }

  async sleep(seconds: number): Promise<void> {
    await this.sleepUntil(this.now + seconds);
  }

  /** @param moment seconds since the beginning; one that has passed is now */
  async sleepUntil(moment: number): Promise<void> {
    const tick = this.tick.find(({ until = Infinity }) => moment <= until)?.seconds ?? 1;
    const at = Math.ceil(moment / tick - 1e-6) * tick;
    if (at <= this.now) return;
    const woken = new Promise<void>((wake) => {
      this.sleepers.set(at, [...(this.sleepers.get(at) ?? []), wake]);
    });
    this.lieDown();
    await woken;
  }

  /** Does something that sends a request, when not too many are under way. */
  async send<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    if (this.free === 0) await new Promise<void>((go) => this.queue.push(go));
    else this.free -= 1;
    try {
      return await request();
    } catch (error) {
      // The server has closed a connection that was idle for long by the machine's clock: clients send again.
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
      return await request();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  /**
   * Lets time pass.
   * @param seconds    since the beginning at which it ends
   * @param afterEach  what is done at each moment when everybody sleeps
   */
  async play(seconds: number, afterEach: () => Promise<void>): Promise<void> {
    for (;;) {
      if (this.awake > 0) await new Promise<void>((rest) => (this.rest = rest));
      if (this.failure) throw this.failure;
      await afterEach();
      // Somebody may have begun to live in it.
      if (this.awake > 0) continue;
      const next = Math.min(...this.sleepers.keys());
      const until = Math.min(next, seconds);
      if (until > this.now) await this.clock.advance(`${(until - this.now).toFixed(3)} seconds`);
      if (next > seconds) return;
      const woken = this.sleepers.get(next) ?? [];
      this.sleepers.delete(next);
      this.awake += woken.length;
      for (const wake of woken) wake();
    }
  }

  private lieDown(): void {
    this.awake -= 1;
    if (this.awake === 0) this.rest();
  }
}
