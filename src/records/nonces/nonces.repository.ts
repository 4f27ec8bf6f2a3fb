import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type Proof } from './proof.js';
import { unlessRecordedIn } from './unless-recorded.js';

/** Seconds for which an answer is kept (protocol 3, "Repeats"). */
const KEPT_FOR = 120;
/** Seconds after which nobody waits any more for the answer to a request whose process may have died. */
const LONGEST_RUN = 60;

/** A nonce about to be recorded. */
export interface NonceUse {
  proof: Proof;
  /** Whether the request's effect is still to come. */
  isClaim: boolean;
  /** As `encodeAnswer` made it; undefined when none is kept. */
  answer: Buffer | undefined;
}

/** The record of a nonce in the database. */
export interface UsedNonce {
  /** Null for one that an import brought. */
  fingerprint: Buffer | null;
  /** Whether the request may still be under way. */
  underWay: boolean;
  /** Null when none is kept. */
  answer: Buffer | null;
}

const USED_NONCE_COLUMNS: Columns<UsedNonce> = {
  fingerprint: column.bytes.orNull,
  underWay: column.boolean,
  answer: column.bytes.orNull,
};

/** The tables of used nonces and of kept answers. */
@Injectable()
export class NoncesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Records nonces and their answers; an index decides between processes that record the same one. Once recorded
   * they count for every process, but are not waited for until they are on disk. The effect of a request follows its
   * nonce in PostgreSQL's log and is waited for, so nothing survives a crash without the nonce that keeps it from being
   * done again.
   * @param uses all with different nonces
   * @returns hex of the nonces that were new
   */
  async record(uses: readonly NonceUse[]): Promise<Set<string>> {
    // Sorted, so that two processes that insert the same nonces wait for each other in one direction only.
    const rows = await this.database.transactStatement(
      { nonce: column.text, setting: column.text },
      `WITH used AS (
         SELECT nonce, expires_at, fingerprint, is_claim, answer
         FROM unnest($1::bytea[], $2::float8[], $3::bytea[], $4::bool[], $5::bytea[])
           AS u (nonce, expires_at, fingerprint, is_claim, answer)
       ), fresh AS (
         INSERT INTO nonces (nonce, expires_at, fingerprint, claimed_at)
         SELECT nonce, expires_at, fingerprint, CASE WHEN is_claim THEN ${NOW} END
         FROM used WHERE ${unlessRecordedIn('messages', 'used.nonce')} IS NOT NULL ORDER BY nonce
         ON CONFLICT DO NOTHING RETURNING nonce
       ), kept AS (
         INSERT INTO kept_answers (nonce, answered_at, answer)
         SELECT nonce, ${NOW}, answer FROM used JOIN fresh USING (nonce) WHERE answer IS NOT NULL
       )
       SELECT encode(nonce, 'hex') AS nonce, set_config('synchronous_commit', 'off', true) AS setting FROM fresh`,
      [
        uses.map(({ proof }) => proof.nonce),
        uses.map(({ proof }) => proof.expiresAt),
        uses.map(({ proof }) => proof.fingerprint),
        uses.map(({ isClaim }) => isClaim),
        uses.map(({ answer }) => answer ?? null),
      ],
    );
    return new Set(rows.map(({ nonce }) => nonce));
  }

  /**
   * Records a nonce and its answer as a transaction's last statement, along with the commit. When the nonce is taken,
   * all of the transaction fails (`isNonceTaken`).
   */
  async recordAndCommit(tx: Transaction, proof: Proof, answer: Buffer | undefined): Promise<void> {
    await tx.rowsAndCommit(
      {},
      `WITH used AS (
         INSERT INTO nonces (nonce, expires_at, fingerprint) VALUES (${unlessRecordedIn('messages', '$1::bytea')}, $2, $3)
         RETURNING nonce
       )
       INSERT INTO kept_answers (nonce, answered_at, answer)
       SELECT nonce, ${NOW}, $4::bytea FROM used WHERE $4::bytea IS NOT NULL`,
      [proof.nonce, proof.expiresAt, proof.fingerprint, answer ?? null],
    );
  }

  /** Keeps the answer to a request that had claimed its nonce; undefined says that there will be none. */
  async answerClaim({ nonce }: Proof, answer: Buffer | undefined): Promise<void> {
    await this.database.run(
      `INSERT INTO kept_answers (nonce, answered_at, answer) VALUES ($1, ${NOW}, $2) ON CONFLICT DO NOTHING`,
      [nonce, answer ?? null],
    );
  }

  /** Gives a claimed nonce back, as if its request had never come. */
  async release({ nonce }: Proof): Promise<void> {
    await this.database.run('DELETE FROM nonces WHERE nonce = $1', [nonce]);
  }

  /** The record of a nonce (16 raw bytes); undefined when there is none. */
  async find(nonce: Buffer): Promise<UsedNonce | undefined> {
    return this.database.row(
      USED_NONCE_COLUMNS,
      `SELECT n.fingerprint, kept.nonce IS NULL AND coalesce(n.claimed_at > ${NOW} - ${LONGEST_RUN}, false)
         AS "underWay", kept.answer
       FROM nonces n LEFT JOIN kept_answers kept
         ON kept.nonce = n.nonce AND kept.answered_at > ${NOW} - ${KEPT_FOR}
       WHERE n.nonce = $1
       UNION ALL
       SELECT nonce_fingerprint, false, NULL FROM messages WHERE nonce = $1`,
      [nonce],
    );
  }

  /** Removes up to `limit` answers that are not kept any longer; returns how many. */
  async removeOldAnswers(limit: number): Promise<number> {
    return this.database.transact((tx) =>
      tx.run(
        `DELETE FROM kept_answers WHERE nonce IN (
           SELECT nonce FROM kept_answers WHERE answered_at < ${NOW} - ${KEPT_FOR}
           ORDER BY answered_at LIMIT $1 FOR UPDATE SKIP LOCKED
         )`,
        [limit],
      ),
    );
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
