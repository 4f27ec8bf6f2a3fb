import { setImmediate as endOfTurn } from 'node:timers/promises';
import { type Cell } from '../metrics/meter.js';
import { type Meters } from '../metrics/meters.service.js';
import { type RateOutcome, type Rate, type SharedCounter } from './rate.js';
import { type CounterQuestion, SharedLimiter } from './shared-limiter.js';

/** Milliseconds for which a counter that did not answer is not asked again. */
const REST = 1_000;
/** Keys that are told in one turn of the event loop at most. Each process counts the others for itself. */
const MOST_IN_A_TURN = 500;

/**
 * Where limits come from that hold over all processes. All that a turn of the event loop has to tell is one message to the
 * counter. One that misses an answer is not waited for again until a second has passed and one question has been answered.
 */
export class SharedRates {
  private questions: CounterQuestion[] = [];
  private outcomes: Promise<readonly RateOutcome[] | undefined> | undefined;
  private isMissed = false;
  private restUntil = 0;
  private readonly told: Cell;
  private readonly missed: Cell;

  /**
   * @param counter counts for all processes; undefined for a process that is alone
   * @param now     milliseconds of a monotonic clock
   */
  constructor(
    private readonly counter: SharedCounter | undefined,
    meters: Meters,
    private readonly now: () => number = () => performance.now(),
  ) {
    const messages = meters.counter({
      name: 'plaza_rate_messages_total',
      help: 'Messages to the counter that processes share, by whether it answered in time; without an answer each counts for itself.',
      labels: ['outcome'],
    });
    this.told = messages.cell('answered');
    this.missed = messages.cell('missed');
  }

  /** A limit of a name that no other has. */
  limiter(rate: Rate): SharedLimiter {
    return new SharedLimiter(rate, this.counter && this.ask, this.now);
  }

  /** Asks the counter at the end of this turn of the event loop; undefined when it can't be asked or does not answer. */
  readonly ask = (question: CounterQuestion): Promise<RateOutcome | undefined> | undefined => {
    if (!this.counter?.isReady || this.questions.length >= MOST_IN_A_TURN || this.rests()) return undefined;
    const index = this.questions.push(question) - 1;
    this.outcomes ??= this.settleTogether(this.counter);
    return this.outcomes.then((outcomes) => outcomes?.[index]);
  };

  /** Whether nobody asks after a miss. One question is let through when the rest is over, and ends it when it is answered. */
  private rests(): boolean {
    if (!this.isMissed) return false;
    const now = this.now();
    if (now < this.restUntil) return true;
    this.restUntil = now + REST;
    return false;
  }

  private async settleTogether(counter: SharedCounter): Promise<readonly RateOutcome[] | undefined> {
    await endOfTurn();
    const { questions } = this;
    this.questions = [];
    this.outcomes = undefined;
    const uses = questions.map((question) => {
      question.isSent = true;
      return question.use;
    });
    const outcomes = await inTime(counter.settle(uses), counter.patience);
    this.isMissed = outcomes === undefined;
    if (outcomes) this.told.value++;
    else {
      this.missed.value++;
      this.restUntil = this.now() + REST;
    }
    return outcomes;
  }
}

/** The value of a promise, or undefined when it rejects or is late. An answer that has arrived while this process was busy is not late. */
function inTime<Value>(promise: Promise<Value>, patience: number): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => setImmediate(resolve, undefined), patience);
    const settle = (value: Value | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    promise.then(settle, () => {
      settle(undefined);
    });
  });
}
