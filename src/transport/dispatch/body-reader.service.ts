import { Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Settings } from '../../foundation/config/settings.js';
import { LARGE_BODY, turnForLongWork } from '../../foundation/limits/turns.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
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
  private readonly memory: BodyMemory;
  private readonly refusals: Cell;
  private readonly slowBodies: Cell;

  constructor(
    { bodyMemoryBytes }: Settings,
    private readonly connections: Connections,
    meters: Meters,
  ) {
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
    const { bodyLimit } = request.routeOptions;
    const length = request.headers['content-length'];
    const announced = length === undefined ? undefined : Number(length);
    if (announced !== undefined && announced > bodyLimit) {
      done(tooLarge(bodyLimit));
      return;
    }
    const { raw } = request;
    let whole: Buffer | undefined;
    let arriving: ArrivingBody | undefined;
    const stop = (error: Error | null, body?: Buffer): void => {
      raw.off('data', onData).off('end', onEnd).off('error', stop);
      // A later fault of the connection is not this request's any more.
      if (error) raw.on('error', ignore);
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
      if (arriving.size > bodyLimit) refuse(tooLarge(bodyLimit));
    };
    const onEnd = (): void => {
      stop(null, whole ?? arriving?.whole() ?? Buffer.alloc(0));
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

function ignore(): void {
  // Nobody waits for this body.
}
