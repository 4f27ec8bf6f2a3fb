import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Readable } from 'node:stream';
import { turnForLongWork } from '../../../foundation/limits/turns.js';
import { type S3Body } from './s3-client.js';

/** Bytes that are hashed without letting others have their turn. */
const HASHED_IN_A_TURN = 512 * 1024;

/** Prepares bytes in memory to be put. */
export function bodyOfBytes(bytes: Buffer): Promise<S3Body> {
  return hashed(pieces(bytes), bytes);
}

/** Prepares a file to be put, which nobody changes meanwhile: it is read to be hashed, and again to be sent. */
export function bodyOfFile(path: string): Promise<S3Body> {
  return hashed(createReadStream(path), () => createReadStream(path));
}

async function hashed(
  bytes: Iterable<Buffer> | AsyncIterable<Buffer>,
  content: Buffer | (() => Readable),
): Promise<S3Body> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let size = 0;
  let inThisTurn = 0;
  for await (const piece of bytes) {
    sha256.update(piece);
    md5.update(piece);
    size += piece.length;
    inThisTurn += piece.length;
    if (inThisTurn < HASHED_IN_A_TURN) continue;
    await turnForLongWork();
    inThisTurn = 0;
  }
  return { size, sha256: sha256.digest(), md5: md5.digest(), content };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += HASHED_IN_A_TURN)
    yield bytes.subarray(start, start + HASHED_IN_A_TURN);
}
