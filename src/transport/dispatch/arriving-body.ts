import { type IncomingMessage } from 'node:http';
import { Transfer } from '../../foundation/limits/transfer.js';

/** A request body that comes in several pieces, of which some are still to come. */
export class ArrivingBody extends Transfer {
  private readonly pieces: Buffer[] = [];
  private waitsSince: number | undefined;
  /** Bytes that have arrived. */
  size = 0;

  /** @param drop refuses the request, because others wait for the memory that its body takes */
  constructor(
    private readonly stream: IncomingMessage,
    drop: () => void,
  ) {
    super(drop);
  }

  add(piece: Buffer): void {
    this.pieces.push(piece);
    this.size += piece.length;
    this.moved(piece.length);
  }

  /** The whole body, once. */
  whole(): Buffer {
    return Buffer.concat(this.pieces.splice(0), this.size);
  }

  /** Has the sender wait: nothing more is read. */
  wait(): void {
    this.waitsSince = performance.now();
    this.held = true;
    this.stream.pause();
  }

  goOn(): void {
    this.waitsSince = undefined;
    this.held = false;
    this.stream.resume();
  }

  waitsLongerThan(seconds: number): boolean {
    return this.waitsSince !== undefined && performance.now() - this.waitsSince > seconds * 1000;
  }
}
