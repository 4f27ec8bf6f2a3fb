import { type MessageContent, type Quote } from '../../protocol/session-protobuf/read-content.js';
import { type Proof } from '../../records/nonces/proof.js';
import { type Caller } from '../../records/users/user.js';

/** Milliseconds by which clients may round the time of the message that they quote. */
export const ROUNDED = 1;

/** A post that may be an answer to a question of the server. */
export interface PossibleAnswer {
  author: Caller;
  /** With its padding. */
  data: Buffer;
  signature: Buffer;
  content: MessageContent | undefined;
  isWhisper: boolean;
  fileIds: readonly number[];
  digest: number;
  proof: Proof | undefined;
}

/** The text of a post, if it is one that could be an answer: no whisper, and nothing but text. */
export function answerText({ content, isWhisper, fileIds }: PossibleAnswer): string | undefined {
  if (!content || isWhisper || fileIds.length > 0 || content.attachments.length > 0) return undefined;
  return content.body ?? '';
}

/** The message that a quote means. */
export interface QuotedMessage {
  /** Session ID, in lower case. */
  author: string;
  /** Unix milliseconds, rounded down, or up to {@link ROUNDED} beside that. */
  at: number;
}

/** @returns undefined for a quote that names no message */
export function quotedMessage(quote: Quote | undefined): QuotedMessage | undefined {
  if (quote?.timestamp === undefined || quote.author === undefined) return undefined;
  return { author: quote.author.toLowerCase(), at: quote.timestamp };
}

/**
 * The letters, digits and pictures of a text, as people mean them who write it on different keyboards: without case, marks on
 * letters, variants of characters, spaces and punctuation. Persian is written with Arabic letters, too.
 */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\p{Other_Symbol}]/gu, '')
    .replaceAll('ي', 'ی')
    .replaceAll('ك', 'ک');
}
