import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { NOW } from '../database/now.js';

/** The table of used nonces. */
@Injectable()
export class NoncesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Records nonces; the primary key decides between processes that record the same one. Once recorded they count for
   * every process, but are not waited for until they are on disk, which now and then takes half a second and would hold
   * up every reader. Whatever a request writes follows its nonce in PostgreSQL's log and is waited for, so that nothing
   * survives a crash without the nonce that keeps it from being done again.
   * @param nonces    16 bytes each
   * @param expiresAt unix seconds, one for each nonce
   * @returns undefined when all of them were new and differ, else hex of those that were new, each once
   */
  async insert(nonces: readonly Buffer[], expiresAt: readonly number[]): Promise<string[] | undefined> {
    // Sorted, so that two processes that insert the same nonces wait for each other in one direction only. Sent as one
    // value, because the elements of an array are escaped and read as text.
    const [outcome] = await this.database.transactStatement<{ fresh: string[] | null }>(
      `WITH inserted AS (
         INSERT INTO nonces (nonce, expires_at)
         SELECT substr($1::bytea, (16 * place - 15)::int, 16) AS nonce, expires_at
         FROM unnest($2::float8[]) WITH ORDINALITY AS used (expires_at, place)
         ORDER BY nonce
         ON CONFLICT DO NOTHING RETURNING nonce
       )
       SELECT CASE WHEN count(*) < $3 THEN coalesce(array_agg(encode(nonce, 'hex')), '{}') END AS fresh,
         set_config('synchronous_commit', 'off', true)
       FROM inserted`,
      [Buffer.concat(nonces), expiresAt, nonces.length],
    );
    if (!outcome) throw new Error('The database did not say which nonces are new');
    return outcome.fresh ?? undefined;
  }

  /** Whether the nonce (16 bytes) was used. */
  async isUsed(nonce: Buffer): Promise<boolean> {
    return (await this.database.row('SELECT 1 FROM nonces WHERE nonce = $1', [nonce])) !== undefined;
  }

  /** Removes up to `limit` nonces that expired more than `grace` seconds ago; returns how many. */
  async removeExpired(grace: number, limit: number): Promise<number> {
    return this.database.transact((tx) =>
      tx.run(
        `DELETE FROM nonces WHERE nonce IN (
           SELECT nonce FROM nonces WHERE expires_at < ${NOW} - $1
           ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )`,
        [grace, limit],
      ),
    );
  }
}
