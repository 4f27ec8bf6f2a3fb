import { DatabaseUnavailableError, isConnectionRefused } from './errors.js';

/** Milliseconds between two attempts to connect when an outage has just begun. */
const SHORTEST_REST = 50;
/** Milliseconds between two attempts to connect in an outage that lasts. */
const LONGEST_REST = 500;

/**
 * How long to wait until the next attempt: a tenth of what the outage has taken so far. So a short one is over almost as
 * soon as PostgreSQL is back, and a long one costs few attempts.
 * @param lasted milliseconds since the first failure
 * @param longest milliseconds
 * @returns milliseconds; at random, half of it at least: processes that lost the same database must not all come back in
 *   the same instant
 */
export function restAfter(lasted: number, longest = LONGEST_REST): number {
  return Math.min(longest, Math.max(SHORTEST_REST, lasted / 10)) * (0.5 + Math.random() / 2);
}

/**
 * Keeps a process from a PostgreSQL that takes no connections. It starts a process for each attempt, and thousands of polls
 * a second would slow its recovery down. Once an attempt was refused, one at a time is made, with a rest in between;
 * others that come meanwhile fail at once with the same refusal, or share what the attempt under way finds.
 */
export class Outage {
  private refusal: unknown;
  private began = 0;
  private restingUntil = -Infinity;
  /** The one attempt that is under way during the outage; true if it succeeds. */
  private probe: Promise<boolean> | undefined;

  /**
   * Connects, unless PostgreSQL was seen to refuse connections a moment ago.
   * @param attempt opens a connection
   * @throws DatabaseUnavailableError without an attempt; what the attempt threw otherwise
   */
  async connect<T>(attempt: () => Promise<T>): Promise<T> {
    const { probe } = this;
    if (this.refusal === undefined || (probe && (await probe))) return this.note(attempt);
    if (probe || performance.now() < this.restingUntil) {
      throw new DatabaseUnavailableError(this.refusal);
    }
    const connecting = this.note(attempt);
    this.probe = connecting.then(
      () => true,
      () => false,
    );
    try {
      return await connecting;
    } finally {
      this.probe = undefined;
    }
  }

  private async note<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      const connection = await attempt();
      this.refusal = undefined;
      return connection;
    } catch (error) {
      this.noteFailure(error);
      throw error;
    }
  }

  private noteFailure(error: unknown): void {
    const now = performance.now();
    if (isConnectionRefused(error)) {
      if (this.refusal === undefined) this.began = now;
      this.refusal = error;
    }
    if (this.refusal !== undefined) this.restingUntil = now + restAfter(now - this.began);
  }
}
