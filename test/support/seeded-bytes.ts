import { createCipheriv, createHash } from 'node:crypto';

/** Endless random-looking bytes that are the same in every run, so that a failure can be repeated. */
export class SeededBytes {
  private readonly stream;

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    this.stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  bytes(size: number): Buffer {
    return this.stream.update(Buffer.alloc(size));
  }

  /** An integer from 0 to below the bound. */
  below(bound: number): number {
    return this.bytes(4).readUInt32LE() % bound;
  }
}
