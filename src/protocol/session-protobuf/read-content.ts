import protobuf, { type Type } from 'protobufjs/light.js';
import { unpad } from '../crypto/padding.js';
import { contentType, envelopeType } from './schema.js';

/** A file that a message shows. A part that its author left out is undefined. */
export interface Attachment {
  /** File id on the server. */
  id: number | undefined;
  contentType: string | undefined;
  /** Bytes. */
  size: number | undefined;
  fileName: string | undefined;
  voiceMessage: boolean;
  /** Pixels. */
  width: number | undefined;
  height: number | undefined;
  url: string | undefined;
}

/** The message that another one answers. */
export interface Quote {
  /** When the quoted message was sent, in unix milliseconds. */
  timestamp: number | undefined;
  /** Session ID, as the author of the quote wrote it. */
  author: string | undefined;
  text: string | undefined;
}

/** A link that a message shows with its title. */
export interface Preview {
  url: string | undefined;
  title: string | undefined;
  picture: Attachment | undefined;
}

/** An invitation to a community that a message shows. */
export interface Invitation {
  url: string | undefined;
  name: string | undefined;
}

/** The content of a message, as far as a server has a use for it. Its author may claim anything in it. */
export interface MessageContent {
  body: string | undefined;
  displayName: string | undefined;
  /** URL of the author's profile picture. */
  profilePicture: string | undefined;
  /** Unix milliseconds. */
  timestamp: number | undefined;
  attachments: Attachment[];
  quote: Quote | undefined;
  previews: Preview[];
  invitation: Invitation | undefined;
}

/** A message without anything in it. */
export const NOTHING_SAID: MessageContent = {
  body: undefined,
  displayName: undefined,
  profilePicture: undefined,
  timestamp: undefined,
  attachments: [],
  quote: undefined,
  previews: [],
  invitation: undefined,
};

const { Reader } = protobuf;

interface AttachmentFields {
  id?: number;
  contentType?: string;
  size?: number;
  fileName?: string;
  flags?: number;
  width?: number;
  height?: number;
  url?: string;
}

interface ContentFields {
  dataMessage?: {
    body?: string;
    attachments?: AttachmentFields[];
    timestamp?: number;
    quote?: { id?: number; author?: string; text?: string };
    preview?: { url?: string; title?: string; image?: AttachmentFields }[];
    profile?: { displayName?: string; profilePicture?: string };
    openGroupInvitation?: { url?: string; name?: string };
  };
  sigTimestamp?: number;
}

interface EnvelopeFields {
  type: number;
  timestamp: number;
  content?: Buffer;
}

const VOICE_MESSAGE = 1;
/**
 * Fields that a message may have to be read, those of its `DataMessage` included: clients send a few dozen. One with
 * thousands of previews or attachments is made to be costly for those who read it.
 */
const MOST_FIELDS = 300;
const DATA_MESSAGE = 1;
/** Tags of the required fields of an `Envelope`: field 1 and field 5, both varints. */
const ENVELOPE_TYPE = 1 << 3;
const ENVELOPE_TIMESTAMP = 5 << 3;
const LENGTH_DELIMITED = 2;
/** The number that no field has: decoders refuse bytes with such a field. */
const NO_FIELD = 0;
const NOTHING = Buffer.alloc(0);

/**
 * Reads what a message says (protocol 9), in the order in which clients read: the bytes as they came are taken for an
 * `Envelope` when its required fields are there, else without padding for a `Content`. Bytes can be valid as both,
 * and another order would show a text that no client shows.
 * @param data as it was posted, with its padding if it has any
 * @returns undefined when the data is no message of this kind, which it need not be; never throws
 */
export function readContent(data: Buffer): MessageContent | undefined {
  const envelope = mayBeEnvelope(data)
    ? (decode(envelopeType, data) as EnvelopeFields | undefined)
    : undefined;
  const padded = envelope ? (envelope.content ?? NOTHING) : data;
  const bytes = unpad(padded).content;
  if (!hasFewFields(bytes)) return undefined;
  const content = decode(contentType, bytes) as ContentFields | undefined;
  return content?.dataMessage && toContent(content, content.sigTimestamp ?? envelope?.timestamp);
}

function decode(type: Type, bytes: Buffer): object | undefined {
  try {
    return type.toObject(type.decode(bytes), { longs: Number, bytes: Buffer });
  } catch {
    return undefined;
  }
}

/**
 * Looks for the fields without which bytes are no `Envelope`. Most messages have none, and a decoder that misses them throws,
 * which takes longer than everything else here; so does a reader in the padding of a `Content`, which looks like a field 0.
 */
function mayBeEnvelope(data: Buffer): boolean {
  try {
    const reader = Reader.create(data);
    let [hasType, hasTimestamp] = [false, false];
    while (reader.pos < reader.len && !(hasType && hasTimestamp)) {
      const tag = reader.uint32();
      if (tag >>> 3 === NO_FIELD) return false;
      hasType ||= tag === ENVELOPE_TYPE;
      hasTimestamp ||= tag === ENVELOPE_TIMESTAMP;
      reader.skipType(tag & 7);
    }
    return hasType && hasTimestamp;
  } catch {
    return false;
  }
}

/** Counts the fields of a `Content` without decoding them, and stops at the first that is too many. */
function hasFewFields(bytes: Buffer): boolean {
  try {
    const reader = Reader.create(bytes);
    // Where the data message that is being counted ends; its fields are counted with the others.
    let end = 0;
    for (let count = 0; reader.pos < reader.len; count++) {
      if (count === MOST_FIELDS) return false;
      const tag = reader.uint32();
      const opensDataMessage =
        reader.pos > end && tag >>> 3 === DATA_MESSAGE && (tag & 7) === LENGTH_DELIMITED;
      if (opensDataMessage) end = reader.uint32() + reader.pos;
      else reader.skipType(tag & 7);
    }
    return true;
  } catch {
    return false;
  }
}

function toContent({ dataMessage }: ContentFields, timestamp: number | undefined): MessageContent {
  const { quote, openGroupInvitation: invitation } = dataMessage ?? {};
  return {
    body: dataMessage?.body,
    displayName: dataMessage?.profile?.displayName,
    profilePicture: dataMessage?.profile?.profilePicture,
    timestamp: exact(timestamp ?? dataMessage?.timestamp),
    attachments: (dataMessage?.attachments ?? []).map(toAttachment),
    quote: quote && { timestamp: exact(quote.id), author: quote.author, text: quote.text },
    previews: (dataMessage?.preview ?? []).map(({ url, title, image }) => ({
      url,
      title,
      picture: image && toAttachment(image),
    })),
    invitation: invitation && { url: invitation.url, name: invitation.name },
  };
}

function toAttachment(fields: AttachmentFields): Attachment {
  return {
    id: exact(fields.id),
    contentType: fields.contentType,
    size: fields.size,
    fileName: fields.fileName,
    voiceMessage: ((fields.flags ?? 0) & VOICE_MESSAGE) !== 0,
    width: fields.width,
    height: fields.height,
    url: fields.url,
  };
}

/** A number holds 53 of 64 bits: a larger value was never an id or a time. */
function exact(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}
