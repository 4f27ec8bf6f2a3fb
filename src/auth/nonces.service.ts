import { Injectable } from '@nestjs/common';
import { GroupCommit, type Outcome } from '../foundation/database/group-commit.js';
import { removeInChunks } from '../foundation/database/remove-in-chunks.js';
import { NoncesRepository, type NonceUse } from '../records/nonces/nonces.repository.js';

/**
 * Seconds. Requests are held to the clock of this process, expiry to that of the database: a nonce must not go while a
 * process whose clock is behind still accepts its timestamp.
 */
const CLOCK_TOLERANCE = 60 * 60;

/** Milliseconds: a write takes less than one, and under load would be made for every few nonces. */
const WRITES_APART = 5;

/** All nonces are written one group after the other. */
const EVERY_NONCE = 'nonces';

/**
 * Records the nonces of requests that have no transaction of their own to do it in. Those that arrive within
 * {@link WRITES_APART} of a statement's start share the next one.
 */
@Injectable()
export class NoncesService {
  private readonly uses = new GroupCommit<NonceUse, boolean>(
    (_key, uses) => this.writeTogether(uses),
    WRITES_APART,
  );

  constructor(private readonly nonces: NoncesRepository) {}

  /**
   * Records a nonce, for every process and across restarts.
   * @returns false when it had been used before
   */
  record(use: NonceUse): Promise<boolean> {
    return this.uses.add(EVERY_NONCE, use);
  }

  /**
   * Removes nonces whose requests have long been too old to be accepted, and answers that are not kept any longer;
   * returns how many of both. For the job.
   */
  async removeExpired(): Promise<number> {
    const nonces = await removeInChunks((limit) => this.nonces.removeExpired(CLOCK_TOLERANCE, limit));
    return nonces + (await removeInChunks((limit) => this.nonces.removeOldAnswers(limit)));
  }

  private async writeTogether(uses: readonly NonceUse[]): Promise<Outcome<boolean>[]> {
    const fresh = await this.nonces.record(uses);
    // When a statement has the same nonce several times, the first use takes the row and the others find it gone.
    return uses.map(({ proof }) => ({ result: fresh.delete(proof.nonce.toString('hex')) }));
  }
}
