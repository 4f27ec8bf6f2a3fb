import { Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Settings } from '../../foundation/config/settings.js';
import { LARGE_BODY, turnForLongWork } from '../../foundation/limits/turns.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { bodyLimit } from '../../foundation/limits/body-limit.js';
import { ArrivingBody } from './arriving-body.js';
import { BodyMemory } from './body-memory.js';
import { Connections } from './connections.service.js';

/** Takes a request's body, or the reason why there is none. */
export type BodyDone = (error: Error | null, body?: Buffer) => void;

const RETRY_AFTER_SECONDS = 5;
/** Bytes for bodies with which a worker has the memory to leave the collection of garbage to V8. */
const AMPLE = 64 * 1024 * 1024;

/** Reads request bodies into {@link BodyMemory}. */
@Injectable()
export class BodyReader {
  /** Bytes. */
  private readonly limit: number;
  private readonly memory: BodyMemory;
  private readonly refusals: Cell;
  private readonly slowBodies: Cell;

  constructor(
    settings: Settings,
    private readonly connections: Connections,
    meters: Meters,
  ) {
    const { bodyMemoryBytes } = settings;
    this.limit = bodyLimit(settings);
    this.memory = new BodyMemory(
      bodyMemoryBytes === 0 ? Infinity : bodyMemoryBytes,
      bodyMemoryBytes < AMPLE ? collectGarbage : undefined,
    );
    meters
      .gauge({ name: 'plaza_body_memory_bytes', help: 'Memory taken by request bodies of several pieces.' })
      .watch(() => this.memory.inUse);
    this.refusals = meters
      .counter({
        name: 'plaza_body_memory_refusals_total',
        help: 'Large requests refused because others filled the memory set aside for them.',
      })
      .cell();
    this.slowBodies = meters
      .counter({
        name: 'plaza_slow_bodies_dropped_total',
        help: 'Requests refused because their bodies came slowly while others waited for memory.',
      })
      .cell();
  }

  /**
   * Reads the body of a request. A body that comes in one piece, as that of a poll does, takes no accounting. A large one,
   * which has to be decrypted, hashed and parsed, is given when it has its turn.
   * @param done gets the bytes, or a ProtocolError: `too_large`; `request_timeout` for a slow body while others wait;
   *   `unavailable` after too long a wait for memory; or what the socket failed with
   */
  read(request: FastifyRequest, done: BodyDone): void {
    const length = request.headers['content-length'];
    const announced = length === undefined ? undefined : Number(length);
    if (announced !== undefined && announced > this.limit) {
      done(tooLarge(this.limit));
      return;
    }
    const { raw } = request;
    let whole: Buffer | undefined;
    let arriving: ArrivingBody | undefined;
    let isOver = false;
    const stop = (error: Error | null, body?: Buffer): void => {
      // A later fault of the connection is not this request's any more.
      if (isOver) return;
      isOver = true;
      if (error) raw.off('data', onData);
      if (arriving) this.memory.ended(arriving);
      if (!body || body.length < LARGE_BODY) done(error, body);
      else
        void turnForLongWork().then(() => {
          done(null, body);
        });
    };
    const refuse = (error: ProtocolError): void => {
      stop(error);
      if (arriving) this.memory.giveBack(arriving);
    };
    const onData = (piece: Buffer): void => {
      if (!arriving && piece.length === announced) {
        whole = piece;
        return;
      }
      arriving ??= this.begin(request, refuse);
      this.memory.take(arriving, piece, () => {
        this.refusals.value++;
        refuse(new ProtocolError('unavailable', 'too many large requests', RETRY_AFTER_SECONDS));
      });
      if (arriving.size > this.limit) refuse(tooLarge(this.limit));
    };
    const onEnd = (): void => {
      if (isOver) return;
      const body = whole ?? arriving?.whole() ?? Buffer.alloc(0);
      // The request holds this function until its answer has left.
      whole = undefined;
      stop(null, body);
    };
    raw.on('data', onData).on('end', onEnd).on('error', stop);
  }

  private begin(request: FastifyRequest, refuse: (error: ProtocolError) => void): ArrivingBody {
    const body = new ArrivingBody(request.raw, () => {
      this.slowBodies.value++;
      refuse(new ProtocolError('request_timeout', 'others wait for the memory that its body takes'));
    });
    this.connections.whenAnswered(request.raw, () => {
      this.memory.giveBack(body);
    });
    return body;
  }
}

function collectGarbage(): void {
  globalThis.gc?.();
}

function tooLarge(limit: number): ProtocolError {
  return new ProtocolError('too_large', `a request may have ${limit} bytes`);
}
