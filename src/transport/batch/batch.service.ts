import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { type BatchAllowance, type InnerRequest } from '../../protocol/requests/inner-request.js';
import { Answers, tooManyLarge } from '../dispatch/answers.service.js';
import { type PartedText } from '../../protocol/requests/parted-text.js';
import { isStored, refusal, type Reply } from '../../protocol/requests/reply.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { andThen, type Eventual } from '../../foundation/eventual.js';
import { type Origin, RateLimits } from '../../foundation/limits/rate-limits.service.js';
import { ANSWER_IN_A_TURN, turnForLongWork } from '../../foundation/limits/turns.js';
import { type Caller, isStaff } from '../../records/users/user.js';
import { BatchAnswer, writtenBody, writtenSize } from './batch-answer.js';
import { type BatchBody } from './batch.dto.js';

/**
 * Characters of answers, about 32 MiB, after which the rest of a batch is refused. Polls stay far below it; a hundred
 * downloads in one batch would have to be held in memory all at once.
 */
const MAX_ANSWER_CHARACTERS = 32 * 1024 * 1024;

/**
 * The part of a request that an element costs when memory answers it: members of hundreds of rooms poll every few
 * seconds.
 */
const MEMORY_COST = 0.1;

/** Elements that a batch runs in one turn, unless their answers are long. A poll of fifty rooms has about a hundred. */
const ELEMENTS_IN_A_TURN = 128;

/** Characters of answers for which no memory is taken: a poll has fewer. */
const UNPAID_CHARACTERS = 16 * 1024;

/** Several requests in one (protocol 5), all of them as the caller of the batch. */
@Injectable()
export class BatchService {
  constructor(
    private readonly settings: Settings,
    private readonly dispatcher: Dispatcher,
    private readonly rates: RateLimits,
    private readonly answers: Answers,
  ) {}

  /**
   * Runs every element, in order. Elements after too long an answer are refused with `too_large`, those after the
   * caller has used up their rate with `too_many_requests`: each is charged as it runs. Once there is no memory for the
   * answer of a read, it and the reads after it are refused with `unavailable`.
   * @param request the batch as a request, itself perhaps inside of batches
   * @returns the JSON text of the answers, in parts when it is long
   * @throws ProtocolError `malformed_batch` when it is too large or too deep
   */
  runAll(batch: BatchBody, caller: Caller | null, request: InnerRequest): Promise<string | PartedText> {
    return this.run(batch, caller, request, () => false);
  }

  /** As {@link runAll}, but stops after the first answer that is not 2xx, which is the last one it returns. */
  runUntilFailure(
    batch: BatchBody,
    caller: Caller | null,
    request: InnerRequest,
  ): Promise<string | PartedText> {
    return this.run(batch, caller, request, ({ status }) => status < 200 || status > 299);
  }

  private async run(
    batch: BatchBody,
    caller: Caller | null,
    request: InnerRequest,
    isLast: (reply: Reply) => boolean,
  ): Promise<string | PartedText> {
    const { depth, origin } = request;
    const allowance = this.admit(batch, request);
    let overspent = this.charge(caller, origin, MEMORY_COST * batch.length);
    const answer = new BatchAnswer();
    // The part of this turn that is used up; the turn is over at 1.
    let used = 0;
    for (const { method, path, query, targetKey, headers, body } of batch) {
      if (used >= 1) {
        await turnForLongWork();
        used = 0;
      }
      // Copied by `...` each would cost the garbage collector far more, as would an `await` of what is there.
      const handled =
        overspent ??
        refusalOf(method, allowance) ??
        this.dispatcher.dispatchAs(caller, {
          method,
          path,
          query,
          targetKey,
          headers,
          body,
          depth: depth + 1,
          allowance,
          origin,
        });
      if (handled instanceof Promise) overspent = this.charge(caller, origin, 1 - MEMORY_COST);
      const unpaid = handled instanceof Promise ? await handled : handled;
      const paid = this.takeMemory(unpaid, method, caller, allowance, origin);
      const reply = paid instanceof Promise ? await paid : paid;
      const written = writtenBody(reply);
      const characters = answer.add(reply, written instanceof Promise ? await written : written);
      allowance.characters -= characters;
      used += 1 / ELEMENTS_IN_A_TURN + characters / ANSWER_IN_A_TURN;
      if (isLast(reply)) break;
    }
    return answer.end();
  }

  /** Takes memory for the answer of an element, before it is read if it is stored. Gives it, or its refusal. */
  private takeMemory(
    reply: Reply,
    method: string,
    caller: Caller | null,
    allowance: BatchAllowance,
    origin: Origin,
  ): Eventual<Reply> {
    const size = writtenSize(reply);
    allowance.unpaid += size;
    if (allowance.unpaid <= UNPAID_CHARACTERS) return reply;
    const bytes = allowance.unpaid;
    allowance.unpaid = 0;
    const { body } = reply;
    return andThen(this.answers.grow(caller, origin, bytes, isStored(body) ? 0 : size), (isTaken) => {
      if (isTaken) return reply;
      if (isStored(body)) body.close();
      else if (method !== 'GET') {
        // The client is always told the effect of a write.
        this.answers.growAnyway(origin, bytes);
        return reply;
      }
      allowance.isFull = true;
      return tooManyLarge();
    });
  }

  /** Takes the batch's elements from what its request may hold. */
  private admit(batch: BatchBody, { depth, allowance: given }: InnerRequest): BatchAllowance {
    const { batchMaxRequests, batchMaxDepth } = this.settings;
    const allowance = given ?? {
      elements: batchMaxRequests,
      characters: MAX_ANSWER_CHARACTERS,
      unpaid: 0,
      isFull: false,
    };
    if (batch.length > allowance.elements) {
      throw new ProtocolError('malformed_batch', `it may hold ${batchMaxRequests} requests in all`);
    }
    if (depth >= batchMaxDepth) {
      throw new ProtocolError('malformed_batch', `batches may be nested ${batchMaxDepth} deep`);
    }
    allowance.elements -= batch.length;
    return allowance;
  }

  /** Charges for elements; the refusal of all that follow when the caller can't pay for more. */
  private charge(caller: Caller | null, origin: Origin, requests: number): Reply | undefined {
    try {
      const payer = caller && { sessionId: caller.sessionId, isStaff: isStaff(caller) };
      this.rates.charge(payer, origin, requests);
      return undefined;
    } catch (error) {
      return refusal(error);
    }
  }
}

/** Why an element is not run, if it is not. A lack of memory stops no write, whose answer is small. */
function refusalOf(method: string, { characters, isFull }: BatchAllowance): Reply | undefined {
  if (characters <= 0)
    return refusal(new ProtocolError('too_large', 'the answers before this one fill the batch'));
  return isFull && method === 'GET' ? tooManyLarge() : undefined;
}
