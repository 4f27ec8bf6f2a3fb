import { createHash, type Hash } from 'node:crypto';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256OfStream } from '../files/content-hash.js';
import { type Pieces } from '../protocol/requests/reply.js';

/** Passes bytes on and counts them. */
export class MeasuredStream extends Transform {
  private readonly hash: Hash = createHash('sha256');
  size = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.hash.update(chunk);
    this.size += chunk.length;
    callback(null, chunk);
  }

  /** SHA-256, in hex, of what has passed; to be asked once, at the end. */
  checksum(): string {
    return this.hash.digest('hex');
  }
}

/**
 * Passes all of a stream through a measured one to what takes it. When either side fails, the other is ended as well, and
 * this rejects with the first error once both have: then nothing is written any more, and what was has been cleared away.
 * @returns what `take` resolves with
 */
export async function passOn<T>(
  source: Readable,
  measured: MeasuredStream,
  take: (content: Readable) => Promise<T>,
): Promise<T> {
  const sides = [take(measured), pipeline(source, measured)] as const;
  try {
    const [taken] = await Promise.all(sides);
    return taken;
  } catch (error) {
    measured.destroy();
    await Promise.allSettled(sides);
    throw error;
  }
}

/** SHA-256 of bytes, in hex. */
export function checksumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of all that a stream has, in hex. */
export async function checksumOfStream(stream: Pieces): Promise<string> {
  return (await sha256OfStream(stream)).toString('hex');
}
