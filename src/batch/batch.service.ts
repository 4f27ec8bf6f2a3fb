import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { type InnerRequest } from '../dispatch/inner-request.js';
import { bodyBytes, headersText, isJson, refusal, type Reply } from '../dispatch/reply.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { andThen, type Eventual } from '../eventual.js';
import { RateLimits } from '../limits/rate-limits.service.js';
import { type User } from '../users/user.js';
import { type BatchBody } from './batch.dto.js';

/**
 * Characters of answers, about 32 MiB, after which the rest of a batch is refused. Polls stay far below it; a hundred
 * downloads in one batch would have to be held in memory all at once.
 */
const MAX_ANSWER_CHARACTERS = 32 * 1024 * 1024;

/** Several requests in one (protocol 5), all of them as the caller of the batch. */
@Injectable()
export class BatchService {
  constructor(
    private readonly settings: Settings,
    private readonly dispatcher: Dispatcher,
    private readonly rates: RateLimits,
  ) {}

  /**
   * Runs every element, in order; those after too long an answer are refused with `too_large`.
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
    { depth, origin }: InnerRequest,
    isLast: (reply: Reply) => boolean,
  ): Promise<string> {
    const { batchMaxRequests, batchMaxDepth } = this.settings;
    if (batch.length > batchMaxRequests) {
      throw new ProtocolError('malformed_batch', `it may hold ${batchMaxRequests} requests`);
    }
    if (depth >= batchMaxDepth) {
      throw new ProtocolError('malformed_batch', `batches may be nested ${batchMaxDepth} deep`);
    }
    this.rates.charge(caller?.sessionId, origin, batch.length);
    const answers: string[] = [];
    let characters = 0;
    for (const { method, path, query, headers, body } of batch) {
      // Copied by `...` each would cost the garbage collector far more, as would an `await` of what is there.
      const handled =
        characters < MAX_ANSWER_CHARACTERS
          ? this.dispatcher.dispatchAs(caller, {
              method,
              path,
              query,
              headers,
              body,
              depth: depth + 1,
              origin,
            })
          : refusal(new ProtocolError('too_large', 'the answers before this one fill the batch'));
      const reply = handled instanceof Promise ? await handled : handled;
      const written = answerText(reply);
      const answer = written instanceof Promise ? await written : written;
      answers.push(answer);
      characters += answer.length;
      if (isLast(reply)) break;
    }
    return `[${answers.join(',')}]`;
  }
}

/** JSON is embedded as the text it is, anything else as base64; `body` is never missing. */
function answerText(reply: Reply): Eventual<string> {
  const body = isJson(reply)
    ? reply.body
    : andThen(bodyBytes(reply), (bytes) => `"${bytes.toString('base64')}"`);
  return andThen(body, (text) => `{"code":${reply.status},"headers":${headersText(reply)},"body":${text}}`);
}
