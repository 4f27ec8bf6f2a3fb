import { verifyEd25519, verifyXEd25519 } from './ed25519.js';
import { decodeFields, encodeFields } from './protobuf.js';

const PADDING_BLOCK_BYTES = 160;

/** A file that a message shows, as in protobuf `AttachmentPointer` (protocol 9). */
export interface Attachment {
  /** File id on the server. */
  id: number;
  contentType?: string;
  /** Bytes. */
  size?: number;
  fileName?: string;
  /** 1 marks a voice message. */
  flags?: number;
  /** Pixels. */
  width?: number;
  height?: number;
  url?: string;
}

/** The parts of a message before it is encoded; all but the text have defaults or are left out. */
export interface MessageContent {
  body?: string;
  displayName?: string;
  /** URL of the author's profile picture. */
  profilePicture?: string;
  /** Unix milliseconds; now by default. */
  timestamp?: number;
  attachments?: Attachment[];
  quote?: { timestamp: number; author: string; text?: string };
  preview?: { url: string; title?: string };
  /** An invitation to a community. */
  invitation?: { url: string; name: string };
  /** Wraps the `Content` into an `Envelope`, as newer clients do. */
  envelope?: boolean;
}

/** The parts that could be read back from message data; those that are not there are undefined. */
export interface ReadContent {
  body: string | undefined;
  displayName: string | undefined;
  /** Unix milliseconds. */
  sigTimestamp: number | undefined;
}

/** Padded protobuf bytes of a message: what goes into `data`, in base64, and what its signature covers. */
export function encodeMessage(content: MessageContent): Buffer {
  const timestamp = content.timestamp ?? nextMoment();
  const encoded = encodeFields([
    [1, encodeDataMessage(content, timestamp)],
    [15, timestamp],
  ]);
  const envelope = (bytes: Uint8Array) =>
    encodeFields([
      [1, 6],
      [5, timestamp],
      [8, bytes],
    ]);
  // Padding lies within an envelope, so that clients find its fields in the bytes as they came.
  return content.envelope ? envelope(pad(encoded)) : pad(encoded);
}

let lastMoment = 0;

/** Unix milliseconds, each time others: the same words of the same moment would be the same message. */
function nextMoment(): number {
  lastMoment = Math.max(Date.now(), lastMoment + 1);
  return lastMoment;
}

function encodeDataMessage(content: MessageContent, timestamp: number): Buffer {
  const { quote, preview, invitation } = content;
  return encodeFields([
    [1, content.body],
    ...(content.attachments ?? []).map((attachment) => [2, encodeAttachment(attachment)] as const),
    [7, timestamp],
    [
      8,
      quote &&
        encodeFields([
          [1, quote.timestamp],
          [2, quote.author],
          [3, quote.text],
        ]),
    ],
    [
      10,
      preview &&
        encodeFields([
          [1, preview.url],
          [2, preview.title],
        ]),
    ],
    [101, encodeProfile(content)],
    [
      102,
      invitation &&
        encodeFields([
          [1, invitation.url],
          [3, invitation.name],
        ]),
    ],
  ]);
}

function encodeProfile({ displayName, profilePicture }: MessageContent): Buffer | undefined {
  if (displayName === undefined && profilePicture === undefined) return undefined;
  return encodeFields([
    [1, displayName],
    [2, profilePicture],
  ]);
}

function encodeAttachment(attachment: Attachment): Buffer {
  return encodeFields([
    [1, { fixed64: BigInt(attachment.id) }],
    [2, attachment.contentType],
    [4, attachment.size],
    [7, attachment.fileName],
    [8, attachment.flags],
    [9, attachment.width],
    [10, attachment.height],
    [101, attachment.url],
  ]);
}

/** Session's padding: 0x80, then zeros up to a multiple of 160 bytes. */
export function pad(bytes: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((bytes.length + 1) / PADDING_BLOCK_BYTES) * PADDING_BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  return padded;
}

/** The bytes before the padding; bytes that are not padded come back whole. */
export function unpad(bytes: Uint8Array): Uint8Array {
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return bytes[last] === 0x80 ? bytes.subarray(0, last) : bytes;
}

/** Reads message data (base64 or bytes, padded or not) as a `Content`. Throws on what is no protobuf. */
export function readMessage(data: string | Uint8Array): ReadContent {
  const content = decodeFields(unpad(typeof data === 'string' ? Buffer.from(data, 'base64') : data));
  const dataMessage = nested(content, 1);
  const sigTimestamp = content.get(15);
  return {
    body: text(dataMessage, 1),
    displayName: text(nested(dataMessage, 101), 1),
    sigTimestamp: typeof sigTimestamp === 'bigint' ? Number(sigTimestamp) : undefined,
  };
}

type Fields = ReturnType<typeof decodeFields>;

function nested(fields: Fields, number: number): Fields {
  const value = fields.get(number);
  return value instanceof Buffer ? decodeFields(value) : new Map<number, bigint | Buffer>();
}

function text(fields: Fields, number: number): string | undefined {
  const value = fields.get(number);
  return value instanceof Buffer ? value.toString('utf8') : undefined;
}

/** The parts of a message row that its signature is about; `data` and `signature` are base64. */
export interface SignedRow {
  session_id: string;
  data: string | null;
  signature?: string;
}

/** Whether a message row's signature holds for its sender, `15…` or `05…`: what a client checks before showing it. */
export function signatureHolds(row: SignedRow): boolean {
  if (row.data === null || row.signature === undefined) return false;
  const signature = Buffer.from(row.signature, 'base64');
  if (signature.length !== 64) return false;
  const publicKey = Buffer.from(row.session_id.slice(2), 'hex');
  const verify = row.session_id.startsWith('05') ? verifyXEd25519 : verifyEd25519;
  return verify(signature, Buffer.from(row.data, 'base64'), publicKey);
}
