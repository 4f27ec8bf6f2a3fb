import { isJobsAnswer, type JobsOrder } from './worker-messages.js';

/** A worker as the duty needs it. */
export interface DutyWorker {
  readonly id: number;
  isConnected(): boolean;
  send(message: JobsOrder): unknown;
}

/** Milliseconds between two orders. */
const TICK = 1_000;
/** Orders without an answer after which a worker counts as hanging. */
const PATIENCE = 5;

/**
 * Has one worker of this machine carry out jobs: each that did would keep connections open and look at the queue. When it
 * ends or hangs another one takes over. Two that do so at once, because one of them did not hang after all, are no harm.
 */
export class JobDuty {
  /** Those that can take the duty; the first one has it. */
  private readonly workers: DutyWorker[] = [];
  private readonly timer: NodeJS.Timeout;
  private unanswered = 0;
  private isFirstOrder = true;

  /** @param tick milliseconds between two orders */
  constructor(tick = TICK) {
    this.timer = setInterval(() => {
      this.look();
    }, tick);
    this.timer.unref();
  }

  /** Takes a worker that serves into account. */
  add(worker: DutyWorker): void {
    this.workers.push(worker);
    if (this.workers.length === 1) this.assign();
  }

  /** Counts no more on a worker that has ended. */
  remove(worker: DutyWorker): void {
    const index = this.workers.indexOf(worker);
    if (index < 0) return;
    this.workers.splice(index, 1);
    if (index === 0) this.assign();
  }

  /** Takes what a worker sent; anything but an answer to an order is passed over. */
  receive(from: DutyWorker, message: unknown): void {
    if (isJobsAnswer(message) && from === this.workers[0]) this.unanswered = 0;
  }

  /** Gives no order any more. */
  stop(): void {
    clearInterval(this.timer);
    this.workers.length = 0;
  }

  private look(): void {
    const [holder, ...others] = this.workers;
    if (!holder) return;
    if (this.unanswered < PATIENCE) {
      this.order(holder, true);
    } else if (others.length > 0) {
      this.order(holder, false);
      this.workers.push(...this.workers.splice(0, 1));
      this.assign();
    }
  }

  private assign(): void {
    this.unanswered = 0;
    const [holder] = this.workers;
    if (holder) this.order(holder, true);
  }

  private order(worker: DutyWorker, duty: boolean): void {
    if (!worker.isConnected()) return;
    this.unanswered++;
    worker.send({ type: 'jobs', duty, dueAtOnce: this.isFirstOrder });
    this.isFirstOrder = false;
  }
}
