import { type Proof } from '../records/nonces/proof.js';

const NONCE_BYTES = 16;
/** The last bits of the first two bytes of a nonce say in which group it is kept. */
const GROUPS = 2 ** 14;
/** Nonces of a group: of a thousand requests a few share a group, and hardly ever as many as this. */
const PLACES = 4;

/**
 * Nonces of requests that only read and came inside an onion request (protocol 3, "Repeats"). Such a request changes
 * nothing and its answer is sealed for the one who asked, so this process remembers the latest few of each group and no
 * more. They take 1.5 MB, of which the garbage collector sees nothing.
 */
export class ReadNonces {
  private readonly nonces = Buffer.alloc(GROUPS * PLACES * NONCE_BYTES);
  private readonly marks = new Float64Array(GROUPS * PLACES);
  /** The place of each group that the next nonce takes. */
  private readonly nextPlaces = new Uint8Array(GROUPS);

  constructor() {
    // An empty place holds zeros, which are a nonce of the first group: its places begin with one of another group.
    for (let place = 0; place < PLACES; place++) this.nonces[place * NONCE_BYTES] = 1;
  }

  /** Remembers a nonce; false when another request has used it. */
  note({ nonce, mark }: Pick<Proof, 'nonce' | 'mark'>): boolean {
    const known = this.placeOf(nonce);
    if (known !== undefined) return this.marks[known] === mark;
    const group = groupOf(nonce);
    const next = this.nextPlaces[group] ?? 0;
    this.nextPlaces[group] = (next + 1) % PLACES;
    const place = group * PLACES + next;
    this.nonces.set(nonce, place * NONCE_BYTES);
    this.marks[place] = mark;
    return true;
  }

  /** Whether a request has used the nonce (16 raw bytes). */
  has(nonce: Buffer): boolean {
    return this.placeOf(nonce) !== undefined;
  }

  private placeOf(nonce: Buffer): number | undefined {
    const first = groupOf(nonce) * PLACES;
    for (let place = first; place < first + PLACES; place++) if (this.holds(place, nonce)) return place;
    return undefined;
  }

  private holds(place: number, nonce: Buffer): boolean {
    const start = place * NONCE_BYTES;
    for (let at = 0; at < NONCE_BYTES; at++) if (this.nonces[start + at] !== nonce[at]) return false;
    return true;
  }
}

function groupOf(nonce: Buffer): number {
  return nonce.readUInt16BE() % GROUPS;
}
