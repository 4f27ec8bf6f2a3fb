import { Injectable } from '@nestjs/common';
import { GroupCommit, type Outcome } from '../database/group-commit.js';
import { removeInChunks } from '../database/remove-in-chunks.js';
import { NoncesRepository } from './nonces.repository.js';

/**
 * Seconds. Requests are held to the clock of this process, expiry to that of the database: a nonce must not go while a
 * process whose clock is behind still accepts its timestamp.
 */
const CLOCK_TOLERANCE = 60 * 60;

/** Milliseconds: a write takes less than one, and under load would be made for every few nonces. */
const WRITES_APART = 5;

/** All nonces are written one group after the other. */
const EVERY_NONCE = 'nonces';

interface NonceUse {
  /** 16 bytes. */
  nonce: Buffer;
  /** Unix seconds. */
  expiresAt: number;
}

/**
 * Makes each nonce count once, for every process and across restarts: a request goes on only when the nonce has
 * been committed. Requests that arrive within {@link WRITES_APART} of a statement's start share the next one.
 */
@Injectable()
export class NoncesService {
  private readonly uses = new GroupCommit<NonceUse, boolean>(
    (_key, uses) => this.writeTogether(uses),
    WRITES_APART,
  );

  constructor(private readonly nonces: NoncesRepository) {}

  /**
   * Uses up a nonce of a request whose signature has been verified.
   * @param nonce     16 bytes
   * @param expiresAt unix seconds at which the request's timestamp stops being acceptable
   * @returns false when it had been used before
   */
  use(nonce: Buffer, expiresAt: number): Promise<boolean> {
    return this.uses.add(EVERY_NONCE, { nonce, expiresAt });
  }

  /** Whether a nonce has been used; writes nothing. */
  isUsed(nonce: Buffer): Promise<boolean> {
    return this.nonces.isUsed(nonce);
  }

  /** Removes nonces whose requests have long been too old to be accepted; returns how many. For the job. */
  async removeExpired(): Promise<number> {
    return removeInChunks((limit) => this.nonces.removeExpired(CLOCK_TOLERANCE, limit));
  }

  private async writeTogether(uses: readonly NonceUse[]): Promise<Outcome<boolean>[]> {
    const listed = await this.nonces.insert(
      uses.map((use) => use.nonce),
      uses.map((use) => use.expiresAt),
    );
    if (!listed) return uses.map(() => ({ result: true }));
    const fresh = new Set(listed);
    // Of equal nonces in one statement the first use takes the row and the others find it gone.
    return uses.map(({ nonce }) => ({ result: fresh.delete(nonce.toString('hex')) }));
  }
}
