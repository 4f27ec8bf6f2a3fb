import { Transfers } from '../../foundation/limits/transfer.js';
import { type ArrivingBody } from './arriving-body.js';

/** Seconds that a body waits for memory at most: a client gives up after some more. */
const PATIENCE_SECONDS = 20;
/** Seconds after which another body gets its turn to be read beyond the limit. */
const TURN_SECONDS = 5;

/**
 * The memory of one process for request bodies. A body takes memory as its bytes arrive, not when they are announced,
 * and gives it back when its request has been answered.
 *
 * Once the memory is used up, bodies wait, and one at a time is read beyond the limit, by the largest size of a body at
 * most: so there is always a body that gets on, and bodies never wait for each other in a circle. The next one has its
 * turn when that one's request has been answered, or after some seconds, since its answer may be read slowly. While some
 * wait, slow ones are dropped each second, the slowest first. Addresses say nothing here: many people share that of a service node.
 */
export class BodyMemory {
  private used = 0;
  private readonly arriving = new Transfers<ArrivingBody>(() => {
    this.onSecond();
  });
  /** In the order in which they began to wait; with what to do when one has waited for too long. */
  private readonly waiting = new Map<ArrivingBody, () => void>();
  private ahead: { body: ArrivingBody; since: number } | undefined;

  /** Bytes given back since memory was collected. */
  private freed = 0;

  /**
   * @param limit   bytes
   * @param collect frees the memory of bodies that nothing refers to any more, where it is too small to wait until V8 does so
   *   by itself: it lets some 64 MB of them pile up
   */
  constructor(
    private readonly limit: number,
    private readonly collect?: () => void,
  ) {}

  /** Bytes of bodies that arrive or whose requests are being answered. */
  get inUse(): number {
    return this.used;
  }

  /** Counts a piece of a body, and has the body wait when there is no memory left. */
  take(body: ArrivingBody, piece: Buffer, onLostPatience: () => void): void {
    if (body.size === 0) this.arriving.add(body);
    body.add(piece);
    this.used += piece.length;
    if (this.used <= this.limit || this.isAhead(body)) return;
    this.waiting.set(body, onLostPatience);
    body.wait();
  }

  /** Says that a body is whole, or that no more of it will be read. It keeps its memory. */
  ended(body: ArrivingBody): void {
    this.arriving.delete(body);
    this.waiting.delete(body);
    this.wakeNext();
  }

  /** Takes back the memory of a body that has ended; once is enough, and more does no harm. */
  giveBack(body: ArrivingBody): void {
    this.used -= body.size;
    this.freed += body.size;
    body.size = 0;
    if (this.collect && this.freed >= this.limit) {
      this.freed = 0;
      // By then the request that had the body refers to it no more.
      setImmediate(this.collect);
    }
    if (this.ahead?.body === body) this.ahead = undefined;
    this.wakeNext();
  }

  /** Whether a body may go on beyond the limit; nobody else is ahead then. */
  private isAhead(body: ArrivingBody): boolean {
    this.ahead ??= { body, since: performance.now() };
    return this.ahead.body === body;
  }

  private wakeNext(): void {
    for (const [body] of this.waiting) {
      if (this.used >= this.limit && !this.isAhead(body)) return;
      this.waiting.delete(body);
      body.goOn();
    }
  }

  private onSecond(): void {
    if (this.waiting.size === 0) return;
    for (const body of this.arriving.slowest()) if (this.used > this.limit) body.drop();
    for (const [body, lostPatience] of this.waiting)
      if (body.waitsLongerThan(PATIENCE_SECONDS)) lostPatience();
    this.passTurnOn();
    this.wakeNext();
  }

  private passTurnOn(): void {
    if (this.ahead && performance.now() - this.ahead.since > TURN_SECONDS * 1000) this.ahead = undefined;
  }
}
