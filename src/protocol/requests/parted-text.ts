import { type StoredBytes } from './reply.js';

/** Bytes of a piece, in which large answers are sent. */
export const PIECE_BYTES = 64 * 1024;

/**
 * A large text in parts. It is never joined: a text of megabytes would be twice in the heap, and once more as bytes.
 * It can be read once.
 */
export class PartedText implements StoredBytes {
  readonly size: number;

  /** @param parts texts, and UTF-8 */
  constructor(readonly parts: (string | Buffer)[]) {
    this.size = parts.reduce((sum, part) => sum + byteLength(part), 0);
  }

  readInto(target: Buffer): Promise<void> {
    let at = 0;
    for (const part of this.parts.splice(0)) {
      at += typeof part === 'string' ? target.write(part, at) : part.copy(target, at);
    }
    return Promise.resolve();
  }

  /** Short parts come together as one piece, long ones in several; a part that has been sent is let go. */
  *pieces(): Generator<Buffer> {
    let short: (string | Buffer)[] = [];
    let length = 0;
    const joined = (): Buffer => {
      const piece = Buffer.concat(short.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
      short = [];
      length = 0;
      return piece;
    };
    for (let part = this.parts.shift(); part !== undefined; part = this.parts.shift()) {
      if (part.length < PIECE_BYTES) {
        short.push(part);
        length += part.length;
        if (length >= PIECE_BYTES) yield joined();
        continue;
      }
      if (length > 0) yield joined();
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
    }
    if (length > 0) yield joined();
  }

  close(): void {
    this.parts.length = 0;
  }
}

function byteLength(part: string | Buffer): number {
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}
