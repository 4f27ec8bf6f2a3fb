import { type Eventual } from '../eventual.js';
import { type RateOutcome, type Rate, type RateUse } from './rate.js';
import { RateLimiter } from './rate-limiter.js';

/** The part of a rate and of its burst that each process lets a key have without telling anybody. */
const UNTOLD = 1 / 20;

/** A message about one key: its use here, and how many it wants. More may be added until it is sent. */
export interface CounterQuestion {
  readonly use: RateUse;
  isSent: boolean;
}

/** Asks the counter that processes share; gives undefined when it can't be asked, at once, or later when it does not answer. */
export type AskCounter = (question: CounterQuestion) => Promise<RateOutcome | undefined> | undefined;

interface Asked {
  readonly question: CounterQuestion;
  readonly outcome: Promise<RateOutcome | undefined>;
}

/**
 * Lets each key do so much a second, and after a pause a burst of more at once, counted together over all processes.
 *
 * A small part of the rate and of the burst is not told, so a member who polls costs nobody a message. When a key uses
 * more, each further such part is told to the shared counter, whose answer says how much all processes have seen of the
 * key. This process goes by the answer until it tells the next part. So N processes let a key have N twentieths more than
 * its limit at most, and most requests of a key that uses much wait for nobody. Without an answer this process counts
 * alone.
 */
export class SharedLimiter {
  /** The use that this process knows of: what it was answered, and what it has told or could not tell. */
  private readonly known: RateLimiter;
  private readonly untold: RateLimiter;
  /** The latest questions without an answer, by key. */
  private readonly asked = new Map<string, Asked>();

  /**
   * @param ask asks the shared counter; undefined for a process that is alone
   * @param now milliseconds of a monotonic clock
   */
  constructor(
    private readonly rate: Rate,
    private readonly ask: AskCounter | undefined,
    now: () => number = () => performance.now(),
  ) {
    const { perSecond, burstSeconds } = rate;
    this.known = new RateLimiter(perSecond, burstSeconds, now);
    this.untold = new RateLimiter(perSecond * UNTOLD, burstSeconds, now);
  }

  /**
   * Takes one from a key's burst, and waits for one answer of the shared counter where that has to decide.
   * @returns 0, or the seconds to wait when there is none; then nothing is taken
   */
  take(key: string): Eventual<number> {
    return this.isAlone ? this.known.take(key) : this.takeTogether(key);
  }

  /** As {@link take}, for where nothing may be waited for: what the key uses elsewhere counts a moment later. */
  takeNow(key: string, count = 1): number {
    if (this.isAlone) return this.known.take(key, count);
    const wait = this.waitFor(key, count);
    if (wait === 0) this.charge(key, count);
    return wait;
  }

  /**
   * Takes so many from a key's burst, or a part of one, even if there are fewer. The shared counter hears of it later.
   * @returns 0, or the seconds after which the key has paid for what it took beyond its burst
   */
  charge(key: string, count: number): number {
    if (this.isAlone) return this.known.charge(key, count);
    if (this.untold.take(key, count) > 0) {
      this.untold.charge(key, count);
      if (!this.askFor(key, 0)) this.countAlone(key, 0);
    }
    return this.waitFor(key, 0);
  }

  /** The seconds that a key would have to wait to take so many, as far as this process knows; nothing is taken. */
  waitFor(key: string, count: number): number {
    return this.known.waitFor(key, this.untold.usedBy(key) + count);
  }

  private get isAlone(): boolean {
    return !this.ask || this.rate.perSecond === 0;
  }

  private takeTogether(key: string): Eventual<number> {
    if (this.known.debtOf(key) === 0 && this.untold.take(key) === 0) return 0;
    const wait = this.waitFor(key, 1);
    if (wait > 0) return wait;
    if (!this.asked.has(key) && this.untold.take(key) === 0) return 0;
    return this.askFor(key, 1) ?? this.countAlone(key, 1);
  }

  /**
   * Tells what the key has used here and asks for one more, or for none.
   * @returns the seconds to wait for that one; undefined when nobody can be asked
   */
  private askFor(key: string, wanted: 0 | 1): Promise<number> | undefined {
    const last = this.asked.get(key);
    const asked = last && !last.question.isSent ? last : this.begin(key);
    if (!asked) return undefined;
    const { use } = asked.question;
    const place = use.wanted;
    use.wanted += wanted;
    use.told += this.untold.usedBy(key);
    this.countAlone(key, wanted);
    return asked.outcome.then((outcome) =>
      // Without an answer this process's own count decides, and it has let this one pass.
      !outcome || place < outcome.taken ? 0 : this.waitAfter(outcome),
    );
  }

  private begin(key: string): Asked | undefined {
    const question = { use: { rate: this.rate, key, told: 0, wanted: 0 }, isSent: false };
    const answer = this.ask?.(question);
    if (!answer) return undefined;
    const outcome = answer.then((told) => {
      if (this.asked.get(key) === asked) this.asked.delete(key);
      if (told) this.learn(question.use, told);
      return told;
    });
    const asked = { question, outcome };
    this.asked.set(key, asked);
    return asked;
  }

  private learn({ key, wanted }: RateUse, { taken, debt }: RateOutcome): void {
    this.known.charge(key, taken - wanted);
    this.known.raise(key, debt);
  }

  /** Seconds until there is one again. */
  private waitAfter({ debt }: RateOutcome): number {
    const { perSecond, burstSeconds } = this.rate;
    return Math.max(0.001, (debt + 1000 / perSecond) / 1000 - burstSeconds);
  }

  /** Goes by this process's own count, in which all that it has not told stands from now on. */
  private countAlone(key: string, count: number): 0 {
    this.known.charge(key, this.untold.usedBy(key) + count);
    this.untold.forget(key);
    return 0;
  }
}
