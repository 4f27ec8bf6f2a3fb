import { type User } from '../records/users/user.js';

/** Milliseconds from one time that waiting people are made known to the next. */
const TURN = 1000;
/** People who wait at most; others are noted when they read again. */
const MOST_WAITING = 2000;

/**
 * Bounds how many people become known for reading alone (protocol 3, "known"). While there are too many, the others wait
 * in order of arrival and are made known later, or at once when somebody asks for them.
 */
export class Newcomers {
  /** Session IDs. */
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param makeKnown writes somebody's row, and finds it when there is one
   * @param takePlace takes one of the rows that may be written now, if there is one
   */
  constructor(
    private readonly makeKnown: (sessionId: string) => Promise<User>,
    private readonly takePlace: () => boolean,
  ) {}

  /**
   * Makes somebody known who reads for the first time, or lets them wait.
   * @returns undefined for somebody who waits, or whose row could not be written; never rejects
   */
  admit(sessionId: string): Promise<User | undefined> | undefined {
    if (this.waiting.size === 0 && this.takePlace()) return this.attempt(sessionId);
    if (this.waiting.size < MOST_WAITING) this.waiting.add(sessionId);
    this.timer ??= setTimeout(this.admitWaiting, TURN).unref();
    return undefined;
  }

  /** Makes somebody known now if they wait; never rejects. */
  async hurry(sessionId: string): Promise<void> {
    if (this.waiting.delete(sessionId)) await this.attempt(sessionId);
  }

  /** Makes nobody known any more who waits: they come again. */
  stop(): void {
    clearTimeout(this.timer);
    this.waiting.clear();
  }

  private readonly admitWaiting = (): void => {
    this.timer = undefined;
    for (const sessionId of this.waiting) {
      if (!this.takePlace()) break;
      this.waiting.delete(sessionId);
      void this.attempt(sessionId);
    }
    if (this.waiting.size > 0) this.timer = setTimeout(this.admitWaiting, TURN).unref();
  };

  /** A read must not fail because a row can't be written; the person becomes known with a later one. */
  private async attempt(sessionId: string): Promise<User | undefined> {
    try {
      return await this.makeKnown(sessionId);
    } catch {
      return undefined;
    }
  }
}
