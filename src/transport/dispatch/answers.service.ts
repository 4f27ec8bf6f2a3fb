import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Eventual } from '../../foundation/eventual.js';
import { descriptorLimit, downloadLimit } from '../../foundation/limits/descriptors.js';
import { networkOf } from '../../foundation/limits/network.js';
import { type Origin } from '../../foundation/limits/rate-limits.service.js';
import { Transfer, Transfers } from '../../foundation/limits/transfer.js';
import { ANSWER_IN_A_TURN, turnForLongWork } from '../../foundation/limits/turns.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Caller } from '../../records/users/user.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { AnswerLease, AnswerMemory, type AnswerOwner } from './answer-memory.js';
import { Connections } from './connections.service.js';
import { type InnerRequest } from '../../protocol/requests/inner-request.js';
import { PartedText, PIECE_BYTES } from '../../protocol/requests/parted-text.js';
import {
  bodySize,
  isStored,
  refusal,
  type Reply,
  type StreamedBytes,
  streamOf,
} from '../../protocol/requests/reply.js';

/** Bytes; a smaller answer, as that of a poll is, takes no accounting. */
export const SMALL_ANSWER = 16 * 1024;
/** Bytes; what is larger is sent in pieces, so that its reader's speed is known. */
const LARGE_WHOLE = 256 * 1024;
/** Bytes; a stored body beyond it is sent in pieces also in an onion request. */
export const LARGE_STORED = 64 * 1024;
/** Bytes of the largest stored body that is ever sealed as a whole: with what is around it, it takes less than 2 MiB. */
const LARGEST_WHOLE = 2_000_000;
/** Bytes that an answer takes which is sent in pieces from storage: those on their way from disk to socket. */
const STREAM_BYTES = 4 * PIECE_BYTES;
/** An answer is in memory as text and as it is sealed. */
const FORMS = 2;
/** Seconds that a reader's speed is taken over. The system lets some megabytes go at a time, and then none for a while. */
const READER_WINDOW = 8;
/** Seconds for which a key is a stranger's after its first request. */
const STRANGER_SECONDS = 24 * 60 * 60;
const FIRST_SEEN_KEPT = 8192;
const RETRY_AFTER_SECONDS = 5;

/** An answer to an HTTP request: a reply, or a sealed one. */
export type Outgoing = Omit<Reply, 'body'> & { body: string | Buffer | StreamedBytes };

/** The answer of a request that proves a key, or of an anonymous one. */
type AnswerCaller = Pick<Caller, 'id' | 'sessionId'> | null;

class AnswerReader extends Transfer {
  constructor(
    readonly lease: AnswerLease,
    drop: () => void,
  ) {
    super(drop, READER_WINDOW);
  }
}

/**
 * Sends answers, and bounds what those take together which are under way: a client may ask for much and read nothing.
 * Large answers take {@link AnswerMemory} before they are read from storage, and give it back once they have left. While
 * others wait for it, readers that are too slow lose their connection, the slowest first.
 */
@Injectable()
export class Answers {
  private readonly memory: AnswerMemory;
  private readonly streamBytes: number;
  /** The memory that requests hold while they are being answered. */
  private readonly leases = new Map<Origin, AnswerLease>();
  private readonly readers = new Transfers<AnswerReader>(() => {
    this.dropSlow();
  });
  /** Unix seconds, by Session ID. */
  private readonly firstSeen = boundedCache<string, number>(FIRST_SEEN_KEPT);
  private readonly refusals: Cell;
  private readonly dropped: Cell;

  constructor(
    { answerMemoryBytes }: Settings,
    private readonly clock: Clock,
    private readonly connections: Connections,
    private readonly users: UsersRepository,
    meters: Meters,
  ) {
    this.memory = new AnswerMemory(answerMemoryBytes);
    // Where descriptors are few, each open file takes its part of the memory instead.
    const places = downloadLimit(descriptorLimit());
    this.streamBytes = Math.max(STREAM_BYTES, Math.ceil(answerMemoryBytes / places));
    meters
      .gauge({ name: 'plaza_answer_memory_bytes', help: 'Memory taken by large answers under way.' })
      .watch(() => this.memory.inUse);
    this.refusals = meters
      .counter({
        name: 'plaza_answer_memory_refusals_total',
        help: 'Large answers refused because others filled the memory set aside for them.',
      })
      .cell();
    this.dropped = meters
      .counter({
        name: 'plaza_slow_readers_dropped_total',
        help: 'Connections closed because an answer was read slowly while others waited for its memory.',
      })
      .cell();
  }

  /** Whether an answer has to be admitted. */
  isLarge({ body }: Reply): boolean {
    return isStored(body) || body.length > SMALL_ANSWER;
  }

  /**
   * Takes memory for the answer of a whole request, which waits for its turn.
   * @returns the answer as it can be sent, or its refusal
   */
  async admit(reply: Reply, caller: AnswerCaller, { origin, method, inOnion }: InnerRequest): Promise<Reply> {
    const { body } = reply;
    // A batch has taken memory for its elements.
    if (body instanceof PartedText || this.leases.has(origin)) return reply;
    const size = bodySize(reply);
    const isSealedWhole = size <= LARGE_STORED && inOnion;
    const bytes = isStored(body) && !isSealedWhole ? this.streamBytes : FORMS * size;
    if (!(await this.grow(caller, origin, bytes, isStored(body) ? 0 : size))) {
      if (isStored(body)) body.close();
      // The client is always told the effect of a write.
      if (method === 'GET' || method === 'HEAD') return tooManyLarge();
      this.growAnyway(origin, bytes);
    }
    return typeof body === 'string' && size > LARGE_WHOLE
      ? { ...reply, body: new PartedText([Buffer.from(body)]) }
      : reply;
  }

  /**
   * Takes memory for an answer or a part of one. The first part of a request's answer waits for its turn.
   * @param ready how many of the bytes are in memory already
   * @returns whether there is memory for it
   */
  grow(caller: AnswerCaller, origin: Origin, bytes: number, ready: number): Eventual<boolean> {
    const lease = this.leases.get(origin);
    if (!lease) return this.begin(caller, origin, bytes, ready);
    const isTaken = this.memory.take(lease, bytes);
    if (!isTaken) this.refusals.value++;
    return isTaken;
  }

  /**
   * Takes memory for a stored body as a whole, while much of it is free: to read, seal and send it at once takes less than
   * half the CPU time of pieces. It comes after {@link admit}.
   * @returns whether there is memory for it; else it goes in pieces
   */
  affordsWhole(origin: Origin, size: number): boolean {
    const lease = this.leases.get(origin);
    return lease !== undefined && size <= LARGEST_WHOLE && this.memory.takeIfAmple(lease, size);
  }

  /** Takes memory for the answer of what has been done already. It comes after {@link grow}. */
  growAnyway(origin: Origin, bytes: number): void {
    const lease = this.leases.get(origin);
    if (lease) this.memory.takeAnyway(lease, bytes);
  }

  /** Sends an answer over HTTP, in pieces if it is stored or large, and gives its memory back after it. */
  send(reply: FastifyReply, answer: Outgoing): FastifyReply {
    const { status, headers } = answer;
    const body =
      Buffer.isBuffer(answer.body) && answer.body.length > LARGE_WHOLE
        ? new PartedText([answer.body])
        : answer.body;
    const reader = this.readerOf(reply);
    reply.status(status).headers(headers);
    if (!isStored(body)) return reply.send(body);
    const stream = counted(body, reader);
    // A stream that is given up before it has begun closes nothing. One that is being read must not lose its file meanwhile.
    stream.once('close', () => {
      body.close();
    });
    this.whenOver(reply, () => {
      stream.destroy();
    });
    return reply.header('content-length', body.size).send(stream);
  }

  /**
   * Takes memory for the answer of a route that no dispatcher knows, such as a page, as {@link admit} does.
   * @returns what to send in its place
   */
  async admitPage(reply: FastifyReply, payload: string | Buffer): Promise<string | Buffer | Readable> {
    const size = Buffer.byteLength(payload);
    if (!(await this.grow(null, reply.request, size, size))) {
      const { status, headers, body } = tooManyLarge();
      reply.status(status).headers(headers);
      return body as string;
    }
    const reader = this.readerOf(reply);
    if (size <= LARGE_WHOLE) return payload;
    reply.header('content-length', size);
    return counted(new PartedText([Buffer.from(payload)]), reader);
  }

  private async begin(caller: AnswerCaller, origin: Origin, bytes: number, ready: number): Promise<boolean> {
    const lease = new AnswerLease(await this.ownerOf(caller, origin), () => isGone(origin));
    this.leases.set(origin, lease);
    const isTaken = await this.memory.takeInTurn(lease, bytes, ready);
    if (!isTaken) this.refusals.value++;
    return isTaken;
  }

  private async ownerOf(caller: AnswerCaller, { ip }: Origin): Promise<AnswerOwner> {
    if (!caller) return { name: networkOf(ip), isStranger: true };
    const { id, sessionId } = caller;
    let firstSeen = this.firstSeen.get(sessionId);
    if (firstSeen === undefined) {
      firstSeen = (id === null ? undefined : await this.users.timesOf(id))?.createdAt ?? Infinity;
      if (firstSeen !== Infinity) this.firstSeen.set(sessionId, firstSeen);
    }
    return { name: sessionId, isStranger: this.clock.seconds() - firstSeen < STRANGER_SECONDS };
  }

  /** Watches how fast the answer of a request is read that has taken memory; undefined when it has taken none. */
  private readerOf(reply: FastifyReply): AnswerReader | undefined {
    const { request } = reply;
    const lease = this.leases.get(request);
    if (!lease) return undefined;
    this.leases.delete(request);
    const end = (): void => {
      this.readers.delete(reader);
      this.memory.end(lease);
    };
    const reader = new AnswerReader(lease, () => {
      this.dropped.value++;
      request.raw.socket.destroy();
      end();
    });
    this.readers.add(reader);
    this.whenOver(reply, end);
    return reader;
  }

  /** Does something once an answer has left, or when nobody will read it; perhaps more than once. */
  private whenOver({ raw, request }: FastifyReply, run: () => void): void {
    raw.once('close', run);
    // Node.js says nothing of answers that wait behind others when their connection is closed.
    this.connections.whenAnswered(request.raw, run);
  }

  private dropSlow(): void {
    for (const reader of this.readers.slowest()) if (this.memory.isWantedFrom(reader.lease)) reader.drop();
  }
}

/** The refusal of an answer for which there is no memory. */
export function tooManyLarge(): Reply {
  return refusal(
    new ProtocolError('unavailable', 'too many large answers are under way', RETRY_AFTER_SECONDS),
  );
}

function isGone({ raw }: Origin): boolean {
  return raw.socket.destroyed;
}

/** A body in pieces, each counted when it leaves. It fails when there are fewer bytes than were announced. */
function counted(body: StreamedBytes, reader: Transfer | undefined): Readable {
  return streamOf(countedPieces(body, reader));
}

async function* countedPieces(body: StreamedBytes, reader: Transfer | undefined): AsyncGenerator<Buffer> {
  let left = body.size;
  let inThisTurn = 0;
  for await (const piece of body.pieces()) {
    left -= piece.length;
    reader?.moved(piece.length);
    inThisTurn += piece.length;
    if (inThisTurn >= ANSWER_IN_A_TURN) {
      await turnForLongWork();
      inThisTurn = 0;
    }
    yield piece;
  }
  if (left !== 0) throw new Error('A body has another size than it was said to have');
}
