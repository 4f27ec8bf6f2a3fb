import { Inject, Injectable } from '@nestjs/common';
import { BencodedReply, decodeBencodedStrings } from '../../protocol/crypto/bencode.js';
import {
  OnionError,
  type OpenedOnionRequest,
  openOnionRequest,
  type X25519KeyPair,
} from '../../protocol/crypto/onion-cipher.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { Answers, LARGE_STORED } from '../dispatch/answers.service.js';
import { takeBody } from '../dispatch/http-body.js';
import { Base64Stream } from '../../protocol/requests/base64-stream.js';
import {
  bodyBytes,
  bodySize,
  headersText,
  isStored,
  refusal,
  type Reply,
  type StoredBytes,
  type StreamedBytes,
  writeBody,
} from '../../protocol/requests/reply.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Eventual } from '../../foundation/eventual.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { SODIUM } from '../../protocol/identity/sodium.provider.js';
import { type Origin, RateLimits } from '../../foundation/limits/rate-limits.service.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { OnionMeters } from './onion-meters.js';
import { v3Request, v4Request } from './inner-requests.js';
import { ReplyMemory } from './reply-memory.js';
import { SealedStream } from './sealed-stream.js';

/** An onion request as it arrived: where it came from, and its bytes. */
type OnionOrigin = Origin & { body: unknown };

/** Opens onion requests, has the inner request handled and seals the answer (protocol 4). */
@Injectable()
export class OnionService {
  private readonly keys: X25519KeyPair;
  private readonly meters: OnionMeters;

  constructor(
    identity: ServerIdentity,
    @Inject(SODIUM) private readonly sodium: Sodium,
    private readonly dispatcher: Dispatcher,
    private readonly rates: RateLimits,
    private readonly answers: Answers,
    private readonly memory: ReplyMemory,
    meters: Meters,
  ) {
    this.meters = new OnionMeters(meters);
    this.keys = { secret: identity.secret, public: identity.publicKey };
  }

  /**
   * Answers a v4 onion request. The outcome of the inner request is told in the sealed reply, also when it is an error.
   * @returns raw bytes, in memory that {@link ReplyMemory} takes back, or in pieces
   * @throws ProtocolError `undecryptable_onion_request`, or `too_many_requests` after too many of those
   */
  async answerV4(origin: OnionOrigin): Promise<Buffer | StreamedBytes> {
    const startedAt = performance.now();
    const opening = this.open(origin);
    const opened = opening instanceof Promise ? await opening : opening;
    const strings = decodeBencodedStrings(opened.plaintext);
    const request = strings && v4Request(strings.first, strings.second, origin);
    const reply = await (request ? this.dispatcher.dispatch(request) : this.refuseMalformed(origin));
    const meta = `{"code":${reply.status},"headers":${headersText(reply)}}`;
    const bencoded = new BencodedReply(meta, bodySize(reply));
    if (isLargeStored(reply.body) && !this.answers.affordsWhole(origin, reply.body.size)) {
      this.meters.v4.answered(startedAt);
      return new SealedStream(opened.sealer(), reply.body, bencoded);
    }
    const envelope = opened.envelope(bencoded.size, this.memory.take);
    const reading = writeBody(reply, bencoded.writeAround(envelope.plaintext));
    if (reading) await reading;
    const sealed = envelope.seal();
    this.meters.v4.answered(startedAt);
    return sealed;
  }

  /**
   * Answers an onion request of the old version 3: the body alone on success, else only the status.
   * @returns base64, perhaps in pieces
   * @throws ProtocolError `undecryptable_onion_request`
   */
  async answerV3(origin: OnionOrigin): Promise<string | StreamedBytes> {
    const startedAt = performance.now();
    const opening = this.open(origin);
    const opened = opening instanceof Promise ? await opening : opening;
    const request = v3Request(opened.plaintext, origin);
    const reply = await (request ? this.dispatcher.dispatch(request) : this.refuseMalformed(origin));
    if (isSuccess(reply) && isLargeStored(reply.body)) {
      this.meters.v3.answered(startedAt);
      return new Base64Stream(new SealedStream(opened.sealer(), reply.body));
    }
    const answer = await v3Answer(reply);
    const envelope = opened.envelope(answer.length);
    envelope.plaintext.set(answer);
    const sealed = envelope.seal().toString('base64');
    this.meters.v3.answered(startedAt);
    return sealed;
  }

  /** Tells that a plaintext holds no request, which counts for the address that it came from. */
  private async refuseMalformed(origin: Origin): Promise<Reply> {
    this.meters.failed('malformed_plaintext');
    try {
      await this.rates.admitAddress(origin);
      return refusal(new ProtocolError('malformed_onion_request'));
    } catch (error) {
      return refusal(error);
    }
  }

  /** Only the plaintext stays in memory: a variable that holds the ciphertext would live as long as the request. */
  private open(origin: OnionOrigin): Eventual<OpenedOnionRequest> {
    try {
      return openOnionRequest(takeBody(origin), this.keys, this.sodium);
    } catch (error) {
      if (!(error instanceof OnionError)) throw error;
      return this.refuseUnreadable(error, origin);
    }
  }

  private async refuseUnreadable({ reason, message }: OnionError, origin: Origin): Promise<never> {
    this.meters.failed(reason);
    await this.rates.admitAddress(origin);
    throw new ProtocolError('undecryptable_onion_request', message);
  }
}

/** Whether a body is too large to be sealed as a whole unless there is much memory. */
function isLargeStored(body: Reply['body']): body is StoredBytes {
  return isStored(body) && body.size > LARGE_STORED;
}

function isSuccess({ status }: Reply): boolean {
  return status >= 200 && status < 300;
}

async function v3Answer(reply: Reply): Promise<Buffer> {
  if (isSuccess(reply)) return bodyBytes(reply);
  return Buffer.from(JSON.stringify({ status_code: reply.status }));
}
