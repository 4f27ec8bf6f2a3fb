import { type DirectMessage, type DirectMessageEnvelope } from '../records/inbox/direct-message.js';

/** The answer to the sender of a message that was delivered. */
export interface EnvelopeView {
  id: number;
  posted_at: number;
  expires_at: number;
  sender: string;
  recipient: string;
}

/** A row of an inbox or outbox. */
export interface DirectMessageView extends EnvelopeView {
  /** Base64. */
  message: string;
}

/** A message without its content. */
export function envelopeView({
  id,
  postedAt,
  expiresAt,
  sender,
  recipient,
}: DirectMessageEnvelope): EnvelopeView {
  return { id, posted_at: postedAt, expires_at: expiresAt, sender, recipient };
}

/** A message as its recipient and its sender read it. */
export function directMessageView(message: DirectMessage): DirectMessageView {
  return { ...envelopeView(message), message: message.body.toString('base64') };
}
