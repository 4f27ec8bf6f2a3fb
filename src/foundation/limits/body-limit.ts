import { type Settings } from '../config/settings.js';

/** The onion layer's metadata, and the JSON around a file or message in a batch. */
const ENVELOPE_BYTES = 64 * 1024;

/** The largest request body, in bytes: the largest file or message as base64 in a batch in an onion request. */
export function bodyLimit({ uploadMaxBytes, messageMaxBytes }: Settings): number {
  const base64 = (bytes: number): number => Math.ceil(bytes / 3) * 4;
  // A message is base64 within JSON already, which an old v3 onion request may wrap in base64 again.
  return base64(Math.max(uploadMaxBytes, base64(messageMaxBytes))) + ENVELOPE_BYTES;
}
