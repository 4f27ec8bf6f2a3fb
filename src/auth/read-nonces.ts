import { boundedCache } from '../foundation/caches/bounded-cache.js';
import { type Proof } from '../records/nonces/proof.js';

/** Nonces kept, some megabytes. */
const CAPACITY = 32_000;

/**
 * Nonces of requests that only read and came inside an onion request (protocol 3, "Repeats"). Such a request changes
 * nothing and its answer is sealed for the one who asked, so this process remembers the latest of them and no more.
 */
export class ReadNonces {
  private readonly marks = boundedCache<string, number>(CAPACITY);

  /** Remembers a nonce; false when another request has used it. */
  note({ nonce, mark }: Proof): boolean {
    const key = nonce.toString('latin1');
    const known = this.marks.get(key);
    if (known !== undefined) return known === mark;
    this.marks.set(key, mark);
    return true;
  }

  /** Whether a request has used the nonce (16 raw bytes). */
  has(nonce: Buffer): boolean {
    return this.marks.get(nonce.toString('latin1')) !== undefined;
  }
}
