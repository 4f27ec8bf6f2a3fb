import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { type BatchAllowance, type InnerRequest } from '../dispatch/inner-request.js';
import { bodyBytes, headersText, isJson, refusal, type Reply } from '../dispatch/reply.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { andThen, type Eventual } from '../eventual.js';
import { type Origin, RateLimits } from '../limits/rate-limits.service.js';
import { isStaff, type User } from '../users/user.js';
import { type BatchBody } from './batch.dto.js';

/**
 * Characters of answers, about 32 MiB, after which the rest of a batch is refused. Polls stay far below it; a hundred
 * downloads in one batch would have to be held in memory all at once.
 */
const MAX_ANSWER_CHARACTERS = 32 * 1024 * 1024;

/**
 * Which part of a request an element costs that is answered from memory: members of hundreds of rooms poll every few
 * seconds.
 */
const MEMORY_COST = 0.1;

/** Several requests in one (protocol 5), all of them as the caller of the batch. */
@Injectable()
export class BatchService {
  constructor(
    private readonly settings: Settings,
    private readonly dispatcher: Dispatcher,
    private readonly rates: RateLimits,
  ) {}

  /**
   * Runs every element, in order. Elements after too long an answer are refused with `too_large`, those after the
   * caller has used up their rate with `too_many_requests`: each is charged as it runs.
   * @param request the batch as a request, itself perhaps inside of batches
   * @returns the JSON text of the answers
   * @throws ProtocolError `malformed_batch` when it is too large or too deep
   */
  runAll(batch: BatchBody, caller: User | null, request: InnerRequest): Promise<string> {
    return this.run(batch, caller, request, () => false);
  }

  /** As {@link runAll}, but stops after the first answer that is not 2xx, which is the last one it returns. */
  runUntilFailure(batch: BatchBody, caller: User | null, request: InnerRequest): Promise<string> {
    return this.run(batch, caller, request, ({ status }) => status < 200 || status > 299);
  }

  private async run(
    batch: BatchBody,
    caller: User | null,
    request: InnerRequest,
    isLast: (reply: Reply) => boolean,
  ): Promise<string> {
    const { depth, origin } = request;
    const allowance = this.admit(batch, request);
    let overspent = this.charge(caller, origin, MEMORY_COST * batch.length);
    const answers: string[] = [];
    for (const { method, path, query, headers, body } of batch) {
      // Copied by `...` each would cost the garbage collector far more, as would an `await` of what is there.
      const handled =
        overspent ??
        (allowance.characters > 0
          ? this.dispatcher.dispatchAs(caller, {
              method,
              path,
              query,
              headers,
              body,
              depth: depth + 1,
              allowance,
              origin,
            })
          : refusal(new ProtocolError('too_large', 'the answers before this one fill the batch')));
      if (handled instanceof Promise) overspent = this.charge(caller, origin, 1 - MEMORY_COST);
      const reply = handled instanceof Promise ? await handled : handled;
      const written = answerText(reply);
      const answer = written instanceof Promise ? await written : written;
      answers.push(answer);
      allowance.characters -= answer.length;
      if (isLast(reply)) break;
    }
    return `[${answers.join(',')}]`;
  }

  /** Takes the batch's elements from what its request may hold. */
  private admit(batch: BatchBody, { depth, allowance: given }: InnerRequest): BatchAllowance {
    const { batchMaxRequests, batchMaxDepth } = this.settings;
    const allowance = given ?? { elements: batchMaxRequests, characters: MAX_ANSWER_CHARACTERS };
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
  private charge(caller: User | null, origin: Origin, requests: number): Reply | undefined {
    try {
      const payer = caller && { sessionId: caller.sessionId, isStaff: isStaff(caller) };
      this.rates.charge(payer, origin, requests);
      return undefined;
    } catch (error) {
      return refusal(error);
    }
  }
}

/** JSON is embedded as the text it is, anything else as base64; `body` is never missing. */
function answerText(reply: Reply): Eventual<string> {
  const body = isJson(reply)
    ? reply.body
    : andThen(bodyBytes(reply), (bytes) => `"${bytes.toString('base64')}"`);
  return andThen(body, (text) => `{"code":${reply.status},"headers":${headersText(reply)},"body":${text}}`);
}
