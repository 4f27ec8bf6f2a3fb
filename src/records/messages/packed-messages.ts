import { type NewMessage } from './message-changes.repository.js';

/** Bytes of a signature, and of a nonce and of a fingerprint of a request. */
const SIGNATURE_BYTES = 64;
const NONCE_BYTES = 16;
const NO_PROOF = Buffer.alloc(NONCE_BYTES);

/**
 * The bytes of new messages as one value. An array of byte strings would travel as hexadecimal text, which is twice as long
 * and which both sides have to write and read.
 */
export interface PackedMessages {
  /** The signature, the nonce, its fingerprint and the data of each message; zeros for a nonce that there is not. */
  bytes: Buffer;
  /** Where each of them begins, counted from 1 as PostgreSQL does. */
  starts: number[];
  /** Bytes of the data of each. */
  sizes: number[];
}

/** SQL of the parts of a message in the value `bytes`, as {@link packMessages} makes it, by its columns `start` and `size`. */
export function unpackMessage(bytes: string): Record<'data' | 'signature' | 'nonce' | 'fingerprint', string> {
  const part = (offset: number, length: number | string): string =>
    `substr(${bytes}::bytea, start + ${offset}, ${length})`;
  return {
    signature: part(0, SIGNATURE_BYTES),
    nonce: part(SIGNATURE_BYTES, NONCE_BYTES),
    fingerprint: part(SIGNATURE_BYTES + NONCE_BYTES, NONCE_BYTES),
    data: part(SIGNATURE_BYTES + 2 * NONCE_BYTES, 'size'),
  };
}

/** Packs the bytes of messages. @throws RangeError when a signature, nonce or fingerprint has not its length */
export function packMessages(messages: readonly NewMessage[]): PackedMessages {
  const parts: Buffer[] = [];
  const starts: number[] = [];
  let end = 1;
  for (const { signature, proof, data } of messages) {
    starts.push(end);
    const { nonce, fingerprint } = proof ?? { nonce: NO_PROOF, fingerprint: NO_PROOF };
    mustHave(SIGNATURE_BYTES, signature);
    mustHave(NONCE_BYTES, nonce);
    mustHave(NONCE_BYTES, fingerprint);
    parts.push(signature, nonce, fingerprint, data);
    end += SIGNATURE_BYTES + 2 * NONCE_BYTES + data.length;
  }
  return { bytes: Buffer.concat(parts), starts, sizes: messages.map(({ data }) => data.length) };
}

function mustHave(length: number, bytes: Buffer): void {
  if (bytes.length !== length) throw new RangeError(`There are ${bytes.length} bytes instead of ${length}`);
}
