import { pad } from '../crypto/padding.js';
import { contentType } from './schema.js';

/** Clients pad to multiples of this, in bytes. */
const PADDING_BLOCK = 160;
/** Clients take a message with less padding for one without (protocol 9). */
const MIN_PADDING = 2;

/** A plain message. */
export interface PlainMessage {
  body: string;
  /** The name that clients show for the author. */
  displayName: string;
  /** Unix milliseconds. */
  timestamp: number;
}

/** The padded data of a message, ready to be signed: a protobuf `Content` (protocol 9). */
export function writeContent({ body, displayName, timestamp }: PlainMessage): Buffer {
  const bytes = Buffer.from(
    contentType
      .encode({ dataMessage: { body, timestamp, profile: { displayName } }, sigTimestamp: timestamp })
      .finish(),
  );
  return pad(bytes, Math.ceil((bytes.length + MIN_PADDING) / PADDING_BLOCK) * PADDING_BLOCK);
}
