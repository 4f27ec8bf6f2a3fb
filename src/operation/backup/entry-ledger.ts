import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** Keeps account of every entry of an archive, so that a changed, lost or surplus byte is noticed. */
export class EntryLedger {
  private readonly hash = createHash('sha256');

  add(name: string, size: number, sha256: string): void {
    this.hash.update(`${name}\n${size}\n${sha256}\n`);
  }

  /** The checksum of all that was added, in hex; nothing can be added afterwards. */
  close(): string {
    return this.hash.digest('hex');
  }
}

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

/** SHA-256 of bytes, in hex. */
export function checksumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
