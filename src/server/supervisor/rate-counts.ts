import { RateLedger } from '../../foundation/rates/rate-ledger.js';
import { isRateQuestion, type RateAnswer } from '../../foundation/rates/rate-messages.js';

/** A worker as the counts need it. */
interface AskingWorker {
  isConnected(): boolean;
  send(message: RateAnswer): unknown;
}

/** Counts what all workers of this machine tell of their rates. */
export class RateCounts {
  private readonly ledger = new RateLedger();

  /** Takes what a worker sent, and answers it; anything but a question about rates is passed over. */
  receive(from: AskingWorker, message: unknown): void {
    if (!isRateQuestion(message) || !from.isConnected()) return;
    const outcomes = message.uses.map((use) => this.ledger.settle(use));
    from.send({ type: 'rated', id: message.id, outcomes });
  }
}
