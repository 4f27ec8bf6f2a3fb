import { createHash } from 'node:crypto';
import { type Pieces } from '../protocol/requests/reply.js';
import { ANSWER_IN_A_TURN, LARGE_BODY, turnForLongWork } from '../foundation/limits/turns.js';

/** SHA-256 of bytes in memory, 32 raw bytes. Large ones are hashed piece by piece, so that nobody waits for all of them. */
export async function sha256Of(bytes: Buffer): Promise<Buffer> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes.length; start += ANSWER_IN_A_TURN) {
    if (bytes.length >= LARGE_BODY) await turnForLongWork();
    hash.update(bytes.subarray(start, start + ANSWER_IN_A_TURN));
  }
  return hash.digest();
}

/** SHA-256 of bytes as they come, 32 raw bytes. */
export async function sha256OfStream(bytes: Pieces): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest();
}
