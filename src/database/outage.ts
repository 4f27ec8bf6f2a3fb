import { DatabaseUnavailableError, isConnectionRefused } from './errors.js';

/** Milliseconds between two attempts to connect while PostgreSQL takes no connections, half of it at least. */
const REST = 100;

/**
 * Keeps requests from a PostgreSQL that takes no connections. It starts a process for each attempt, and thousands of polls
 * a second would slow its recovery down. Once an attempt was refused, one at a time is made, some ten a second; all other
 * requests fail at once with the same refusal.
 */
export class Outage {
  private refusal: unknown;
  private restingUntil = -Infinity;
  private isProbing = false;

  /**
   * Connects, unless PostgreSQL was seen to refuse connections a moment ago.
   * @param attempt takes a connection
   * @throws DatabaseUnavailableError without an attempt; what the attempt threw otherwise
   */
  async connect<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.refusal === undefined) return this.note(attempt);
    if (this.isProbing || performance.now() < this.restingUntil) {
      throw new DatabaseUnavailableError(this.refusal);
    }
    this.isProbing = true;
    try {
      return await this.note(attempt);
    } finally {
      this.isProbing = false;
    }
  }

  private async note<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      const connection = await attempt();
      this.refusal = undefined;
      return connection;
    } catch (error) {
      if (isConnectionRefused(error)) {
        this.refusal = error;
        this.restingUntil = performance.now() + REST * (0.5 + Math.random() / 2);
      }
      throw error;
    }
  }
}
