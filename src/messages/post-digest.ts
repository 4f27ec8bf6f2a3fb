import { type Sodium } from '../protocol/crypto/sodium.js';
import { type PostBody } from './message.dto.js';

/** A number holds so many bytes exactly. */
const DIGEST_BYTES = 6;

/**
 * A number that recognizes a post among those of its author, whatever request brings it: it is made of all that the
 * author decided about it (protocol 3, "Repeats").
 */
export function postDigest(post: PostBody, sodium: Sodium): number {
  const { data, signature, whisper_to, whisper_mods, files } = post;
  const rest = JSON.stringify([whisper_to ?? null, whisper_mods, files]);
  // A signature has one length, and the rest begins with a bracket that ends it: no two posts make the same bytes.
  return sodium
    .blake2b([signature, Buffer.from(`${data.length} `), data, Buffer.from(rest)], 32)
    .readUIntBE(0, DIGEST_BYTES);
}
