import { Injectable } from '@nestjs/common';
import { removeInChunks } from '../database/remove-in-chunks.js';
import { NoncesRepository } from './nonces.repository.js';

/**
 * Seconds. Requests are held to the clock of this process, expiry to that of the database: a nonce must not go while a
 * process whose clock is behind still accepts its timestamp.
 */
const CLOCK_TOLERANCE = 60 * 60;

interface PendingUse {
  nonce: Buffer;
  expiresAt: number;
  resolve: (wasNew: boolean) => void;
  reject: (error: unknown) => void;
}

/**
 * Makes each nonce count once, for every process and across restarts: a request goes on only when the nonce has
 * been committed. Requests that arrive while a statement is under way share the next one.
 */
@Injectable()
export class NoncesService {
  private waiting: PendingUse[] = [];
  private writing = false;

  constructor(private readonly nonces: NoncesRepository) {}

  /**
   * Uses up a nonce of a request whose signature has been verified.
   * @param nonce     16 bytes
   * @param expiresAt unix seconds at which the request's timestamp stops being acceptable
   * @returns false when it had been used before
   */
  use(nonce: Buffer, expiresAt: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ nonce, expiresAt, resolve, reject });
      if (!this.writing) void this.write();
    });
  }

  /** Whether a nonce has been used; writes nothing. */
  isUsed(nonce: Buffer): Promise<boolean> {
    return this.nonces.isUsed(nonce);
  }

  /** Removes nonces whose requests have long been too old to be accepted; returns how many. For the job. */
  async removeExpired(): Promise<number> {
    return removeInChunks((limit) => this.nonces.removeExpired(CLOCK_TOLERANCE, limit));
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      // Everything that this turn of the event loop brings goes into one statement.
      await new Promise(setImmediate);
      const uses = this.waiting;
      this.waiting = [];
      await this.writeTogether(uses);
    }
    this.writing = false;
  }

  private async writeTogether(uses: readonly PendingUse[]): Promise<void> {
    try {
      const fresh = new Set(
        await this.nonces.insert(
          uses.map((use) => use.nonce),
          uses.map((use) => use.expiresAt),
        ),
      );
      // Of equal nonces in one statement the first use takes the row and the others find it gone.
      for (const use of uses) use.resolve(fresh.delete(use.nonce.toString('hex')));
    } catch (error) {
      for (const use of uses) use.reject(error);
    }
  }
}
