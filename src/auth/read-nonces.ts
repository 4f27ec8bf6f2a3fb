import { type Proof } from '../records/nonces/proof.js';

const NONCE_BYTES = 16;
/** The first two bytes of a nonce say in which place it is kept. */
const PLACES = 2 ** 16;

/**
 * Nonces of requests that only read and came inside an onion request (protocol 3, "Repeats"). Such a request changes
 * nothing and its answer is sealed for the one who asked, so this process remembers some of the latest and no more: in each
 * place one, until another comes to it. They take 1.5 MB, of which the garbage collector sees nothing.
 */
export class ReadNonces {
  private readonly nonces = Buffer.alloc(PLACES * NONCE_BYTES);
  private readonly marks = new Float64Array(PLACES);

  constructor() {
    // An empty place holds zeros, which are a nonce of the first place: that one begins with a nonce of another place.
    this.nonces[0] = 1;
  }

  /** Remembers a nonce; false when another request has used it. */
  note({ nonce, mark }: Pick<Proof, 'nonce' | 'mark'>): boolean {
    const place = placeOf(nonce);
    if (this.holds(place, nonce)) return this.marks[place] === mark;
    this.nonces.set(nonce, place * NONCE_BYTES);
    this.marks[place] = mark;
    return true;
  }

  /** Whether a request has used the nonce (16 raw bytes). */
  has(nonce: Buffer): boolean {
    return this.holds(placeOf(nonce), nonce);
  }

  private holds(place: number, nonce: Buffer): boolean {
    const start = place * NONCE_BYTES;
    for (let at = 0; at < NONCE_BYTES; at++) if (this.nonces[start + at] !== nonce[at]) return false;
    return true;
  }
}

function placeOf(nonce: Buffer): number {
  return nonce.readUInt16BE();
}
