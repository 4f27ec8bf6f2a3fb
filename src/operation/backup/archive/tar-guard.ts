import { Transform, type TransformCallback } from 'node:stream';
import { BackupError } from './backup-error.js';

const BLOCK = 512;
/** Where a header has the size of its entry, in octal digits, and the type of its entry. */
const SIZE = { start: 124, end: 136 };
const TYPE = 156;
/** A regular file, as it is written today and as it was once. */
const REGULAR = new Set([0x30, 0]);
const OCTAL = /^ *[0-7]+[ \0]*$/;

/**
 * Passes a tar file on as long as it has regular files with plain headers alone, as our archives do. tar-stream would
 * collect a long name or an extended header of any announced size in memory, and take a link or a device for a file.
 *
 * Fails with BackupError at the first header that is none of ours.
 */
export class TarGuard extends Transform {
  private header = Buffer.alloc(0);
  /** Bytes of content and padding until the next header. */
  private skip = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.look(chunk);
      done(null, chunk);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private look(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.skip, chunk.length - at);
      this.skip -= skipped;
      at += skipped;
      if (at === chunk.length) return;
      const part = chunk.subarray(at, at + BLOCK - this.header.length);
      at += part.length;
      this.header = Buffer.concat([this.header, part]);
      if (this.header.length < BLOCK) return;
      this.skip = contentBytes(this.header);
      this.header = Buffer.alloc(0);
    }
  }
}

function contentBytes(header: Buffer): number {
  if (header.every((byte) => byte === 0)) return 0;
  const digits = header.toString('latin1', SIZE.start, SIZE.end);
  if (!REGULAR.has(header[TYPE] ?? -1) || !OCTAL.test(digits)) {
    throw new BackupError('it has an entry that is no regular file, or is no tar file');
  }
  return Math.ceil(Number.parseInt(digits, 8) / BLOCK) * BLOCK;
}
