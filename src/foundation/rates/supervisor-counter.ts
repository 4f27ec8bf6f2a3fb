import { type RateOutcome, type SharedCounter, type RateUse } from './rate.js';
import { isRateAnswer, type RateQuestion } from './rate-messages.js';

/** Milliseconds. It answers from memory, and is late only when it has hundreds of connections to pass on first. */
const PATIENCE = 100;

/** The counter of this machine's workers, in their supervisor. */
export class SupervisorCounter implements SharedCounter {
  readonly patience = PATIENCE;
  private readonly unanswered = new Map<number, (outcomes: readonly RateOutcome[]) => void>();
  private lastId = 0;

  constructor() {
    // It asks until this process ends, which the connection to its supervisor outlives.
    process.on('message', (message: unknown) => {
      if (!isRateAnswer(message)) return;
      this.unanswered.get(message.id)?.(message.outcomes);
      this.unanswered.delete(message.id);
    });
  }

  get isReady(): boolean {
    return process.connected;
  }

  settle(uses: readonly RateUse[]): Promise<readonly RateOutcome[]> {
    const question: RateQuestion = { type: 'rates', id: ++this.lastId, uses };
    return new Promise((resolve) => {
      this.unanswered.set(question.id, resolve);
      // The supervisor may be gone, and this process is about to follow it.
      process.send?.(question, undefined, undefined, () => undefined);
    });
  }
}
