/** The messages that a user received, or those that they sent. */
export type Mailbox = 'inbox' | 'outbox';

/** A direct message without its content. Times in unix seconds. */
export interface DirectMessageEnvelope {
  id: number;
  postedAt: number;
  expiresAt: number;
  /** `15…`, or `05…` where blinding is not required. */
  sender: string;
  /** `15…`. */
  recipient: string;
}

/** A direct message; its content is opaque to the server. */
export interface DirectMessage extends DirectMessageEnvelope {
  body: Buffer;
}
