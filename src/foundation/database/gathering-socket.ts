import { Socket } from 'node:net';

type Written = (error?: Error | null) => void;

/**
 * A connection to PostgreSQL that sends together what is written in one turn of the event loop. node-postgres writes each
 * statement by itself, so a transaction that asks for eight at once would make eight system calls, and wake the other side
 * eight times. (With TLS, node-postgres writes to a stream of its own above this one, and nothing is gathered.)
 */
export class GatheringSocket extends Socket {
  private isGathering = false;

  override write(data: Uint8Array | string, written?: Written): boolean;
  override write(data: Uint8Array | string, encoding?: BufferEncoding, written?: Written): boolean;
  override write(data: Uint8Array | string, encoding?: BufferEncoding | Written, written?: Written): boolean {
    this.cork();
    return typeof encoding === 'string' ? super.write(data, encoding, written) : super.write(data, encoding);
  }

  override cork(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    super.cork();
    // Runs after all that the turn has made ready to run, so also after whatever waited for a promise that is settled.
    process.nextTick(() => {
      this.isGathering = false;
      super.uncork();
    });
  }

  override uncork(): void {
    // Left to the end of the turn.
    if (!this.isGathering) super.uncork();
  }
}
