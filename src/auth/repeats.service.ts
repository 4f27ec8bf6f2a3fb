import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  CHANGE_TELLER,
  type ChangeTeller,
  type ChangeHearers,
} from '../foundation/database/change-teller.js';
import { Database, type Transaction } from '../foundation/database/database.js';
import { isNonceTaken } from '../foundation/database/errors.js';
import { type RepeatRule } from './endpoint.js';
import { refusal, type Reply } from '../protocol/requests/reply.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type Eventual } from '../foundation/eventual.js';
import { type SharedLimiter } from '../foundation/rates/shared-limiter.js';
import { SharedRates } from '../foundation/rates/shared-rates.service.js';
import { AnswerBudget } from './answer-budget.js';
import { decodeAnswer, encodeAnswer, settles } from './kept-answer.js';
import { NoncesRepository } from '../records/nonces/nonces.repository.js';
import { NoncesService } from './nonces.service.js';
import { type Proof } from '../records/nonces/proof.js';
import { ReadNonces } from './read-nonces.js';

/** Milliseconds for which a repeat waits for the first request in another process, and its first and longest pause. */
const PATIENCE = 10_000;
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1000;

/** Nonces that are recorded in a second for all strangers together: fresh keys are free, and rows are not. */
const STRANGERS_NONCES_PER_SECOND = 300;
/** The only key of their rate. */
const STRANGERS = 'strangers';

/** A request that this process has begun and not yet answered. */
interface UnderWay {
  fingerprint: Buffer;
  reply: Promise<Reply>;
}

/**
 * Makes every request count once, whoever sends it again (protocol 3, "Repeats"): the repeat of a request gets its
 * answer, and anything else under its nonce is refused.
 */
@Injectable()
export class Repeats {
  private readonly reads = new ReadNonces();
  private readonly budget: AnswerBudget;
  private readonly strangersNonces: SharedLimiter;
  /** By nonce. */
  private readonly underWay = new Map<string, UnderWay>();

  constructor(
    private readonly database: Database,
    private readonly repository: NoncesRepository,
    private readonly nonces: NoncesService,
    @Inject(CHANGE_TELLER) private readonly teller: ChangeTeller,
    rates: SharedRates,
  ) {
    this.budget = new AnswerBudget(rates);
    this.strangersNonces = rates.limiter({
      name: 'nonces',
      perSecond: STRANGERS_NONCES_PER_SECOND,
      burstSeconds: 1,
    });
  }

  /** Whether a request that only reads and came inside an onion request may be answered; its repeat may, too. */
  admitsRead(proof: Proof): boolean {
    return !this.isUnderWay(proof) && this.reads.note(proof);
  }

  /** Whether the nonce (16 raw bytes) was used, as far as this process and the database know. */
  async isUsed(nonce: Buffer): Promise<boolean> {
    return this.reads.has(nonce) || (await this.repository.find(nonce)) !== undefined;
  }

  /**
   * Runs a request unless it is the repeat of one.
   * @param rule how the request records its nonce
   * @param run  answers the request; it never fails
   */
  async once(proof: Proof, rule: RepeatRule, run: () => Eventual<Reply>): Promise<Reply> {
    const key = proof.nonce.toString('latin1');
    // The waiting ends: each time round the request that was waited for has been answered.
    for (let first = this.underWay.get(key); first; first = this.underWay.get(key)) {
      if (!first.fingerprint.equals(proof.fingerprint)) return reused();
      const reply = await first.reply;
      if (settles(reply)) return encodeAnswer(reply) ? reply : reused();
    }
    if (this.reads.has(proof.nonce)) return reused();
    const reply = this.run(proof, rule, run);
    this.underWay.set(key, { fingerprint: proof.fingerprint, reply });
    try {
      return await reply;
    } finally {
      this.underWay.delete(key);
    }
  }

  /**
   * Runs the one transaction of a request: nonce, effect and answer are committed together or not at all.
   * @returns what `work` returned; the first request's answer when this one is its repeat
   * @throws whatever `work` threw, or ProtocolError `nonce_reused`
   */
  async commit(proof: Proof, work: (tx: Transaction) => Promise<Reply>): Promise<Reply> {
    try {
      return await this.database.transact(async (tx) => {
        const reply = await work(tx);
        tx.afterCommit(() => (proof.isRecorded = true));
        await this.repository.recordAndCommit(tx, proof, this.toKeep(proof, reply, tx.hearers));
        return reply;
      });
    } catch (error) {
      if (!isNonceTaken(error)) throw error;
      proof.isRecorded = true;
      return this.keptAnswer(proof);
    }
  }

  private async run(proof: Proof, rule: RepeatRule, run: () => Eventual<Reply>): Promise<Reply> {
    try {
      if (rule === 'batch' || rule === 'steps') return await this.runClaimed(proof, rule, run);
      const reply = await run();
      if (proof.isRecorded) return reply;
      if (settles(reply)) {
        if ((await this.waitOfStranger(proof)) > 0) {
          // It has changed nothing, so little is lost if another process or a later one does not know its nonce.
          this.reads.note(proof);
          return reply;
        }
        const answer = this.toKeep(proof, reply);
        const isFirst = await this.nonces.record({ proof, isClaim: false, answer });
        return isFirst ? reply : await this.keptAnswer(proof);
      }
      // A refusal that may pass, such as a rate, must not hide the answer that a request has got before. Posts look for
      // used nonces themselves, and tell of them by 425.
      const mayBeTaken = rule === 'post' ? reply.status === 425 : rule === 'transaction';
      return mayBeTaken && (await this.repository.find(proof.nonce)) ? await this.keptAnswer(proof) : reply;
    } catch (error) {
      return refusal(error);
    }
  }

  /** Runs a request of several transactions: its nonce is recorded before the first, its answer after the last. */
  private async runClaimed(
    proof: Proof,
    rule: 'batch' | 'steps',
    run: () => Eventual<Reply>,
  ): Promise<Reply> {
    const wait = await this.waitOfStranger(proof);
    if (wait > 0) throw new ProtocolError('too_many_requests', undefined, Math.ceil(wait));
    if (!(await this.nonces.record({ proof, isClaim: true, answer: undefined }))) {
      return this.keptAnswer(proof);
    }
    const reply = await run();
    // A part of a batch that failed may have taken effect, so all of it is never tried again.
    if (settles(reply) || (rule === 'batch' && reply.status >= 500)) {
      await this.repository.answerClaim(proof, settles(reply) ? this.toKeep(proof, reply) : undefined);
    } else {
      await this.repository.release(proof);
    }
    return reply;
  }

  /**
   * The answer to the request that has used this nonce, if this is its repeat. Waits while another process may still be
   * at it.
   * @throws ProtocolError `nonce_reused`
   */
  private async keptAnswer(proof: Proof): Promise<Reply> {
    const until = performance.now() + PATIENCE;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const used = await this.repository.find(proof.nonce);
      if (!used?.fingerprint?.equals(proof.fingerprint)) throw new ProtocolError('nonce_reused');
      if (used.answer) {
        const { reply, hearers } = decodeAnswer(used.answer);
        // The process that committed it may still wait for other machines, or has died meanwhile.
        if (hearers === 'all machines') await this.teller.tell([], hearers);
        return reply;
      }
      if (!used.underWay || performance.now() > until) throw new ProtocolError('nonce_reused');
      await sleep(pause);
    }
  }

  /** Counts a nonce to be recorded for somebody without a row; gives the seconds to wait when too many come at once. */
  private waitOfStranger({ caller }: Proof): Eventual<number> {
    return caller.id === null ? this.strangersNonces.take(STRANGERS) : 0;
  }

  private isUnderWay({ nonce }: Proof): boolean {
    return this.underWay.size > 0 && this.underWay.has(nonce.toString('latin1'));
  }

  private toKeep(proof: Proof, reply: Reply, hearers?: ChangeHearers): Buffer | undefined {
    const answer = encodeAnswer(reply, hearers);
    return answer && this.budget.take(proof.caller.sessionId, answer.length) ? answer : undefined;
  }
}

function reused(): Reply {
  return refusal(new ProtocolError('nonce_reused'));
}
