import { type ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';

/** Bytes: what is smaller is cheap to allocate. */
const SMALLEST = 8 * 1024;
/** Bytes: what is larger is rare and goes back to the system. */
const LARGEST = 2 * 1024 * 1024;
/** Bytes that may lie unused. */
const MOST_FREE = 12 * 1024 * 1024;

/**
 * Memory for large replies, which is used again once they have left. V8 counts what is allocated outside of its heap:
 * pages of a room or files, each in memory of its own, would have it go through the whole heap many times a second.
 */
@Injectable()
export class ReplyMemory {
  /** By capacity, which is a power of two. */
  private readonly free = new Map<number, ArrayBufferLike[]>();
  private freeBytes = 0;

  /** Memory of so many bytes, with anything in it. */
  readonly take = (size: number): Buffer => {
    if (!isKept(size)) return Buffer.allocUnsafe(size);
    const capacity = 2 ** Math.ceil(Math.log2(size));
    const memory = this.free.get(capacity)?.pop();
    if (!memory) return Buffer.allocUnsafeSlow(capacity).subarray(0, size);
    this.freeBytes -= capacity;
    return Buffer.from(memory, 0, size);
  };

  /** Takes the memory of a reply back when its response has left or will never leave. */
  giveBackAfter(response: ServerResponse, reply: Buffer): void {
    if (!isKept(reply.length)) return;
    // By then the kernel has a copy of all bytes, or the socket is closed: nothing reads them any more.
    response.once('close', () => {
      this.giveBack(reply.buffer);
    });
  }

  private giveBack(memory: ArrayBufferLike): void {
    const capacity = memory.byteLength;
    if (this.freeBytes + capacity > MOST_FREE) return;
    this.freeBytes += capacity;
    const others = this.free.get(capacity);
    if (others) others.push(memory);
    else this.free.set(capacity, [memory]);
  }
}

function isKept(size: number): boolean {
  return size >= SMALLEST && size <= LARGEST;
}
