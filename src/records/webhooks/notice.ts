/**
 * The things that a webhook can be told of.
 *
 * - `raid.started`: a room is guarded now.
 * - `report.created`: a member has reported a message.
 * - `appeal.created`: somebody asks staff to think again about what was done to them.
 * - `message.held`: messages wait for a moderator of a room that is not raided, told once for many.
 * - `storage.filling`: the files of a room come near the limit of what it keeps.
 * - `digest`: how a raid goes on, ever more rarely.
 */
export const NOTICE_KINDS = [
  'raid.started',
  'report.created',
  'appeal.created',
  'message.held',
  'storage.filling',
  'digest',
] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Something that webhooks are told of. It never has the text of a message, nor says who wrote one. */
export interface Notice {
  readonly kind: NoticeKind | 'test';
  /** Unix seconds. */
  readonly at: number;
  /** Token; null for what concerns no room. */
  readonly room: string | null;
  /** A short line in words, for a phone's lock screen. */
  readonly title: string;
  /** A sentence or two: the facts, and what to do about them. */
  readonly text: string;
  /** The same facts for programs: ids and counts. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** `standard`: JSON signed as Standard Webhooks; `ntfy`: text with headers, as a topic of ntfy takes it. */
export const WEBHOOK_FORMS = ['standard', 'ntfy'] as const;

export type WebhookForm = (typeof WEBHOOK_FORMS)[number];

/** The address of a receiver, and how it wants to be told. */
export interface Receiver {
  readonly id: number;
  readonly url: string;
  readonly form: WebhookForm;
  /** `whsec_…`; null for a form without signatures. */
  readonly secret: string | null;
}

/** A webhook as its operator sees it. Times in unix seconds. */
export interface Webhook extends Omit<Receiver, 'secret'> {
  /** Token; null for every room. */
  readonly room: string | null;
  readonly kinds: readonly NoticeKind[];
  readonly createdAt: number;
  readonly disabledAt: number | null;
  /** How many notices it has got, how many it will never get, and how many wait for their next attempt. */
  readonly delivered: number;
  readonly lost: number;
  readonly waiting: number;
  readonly deliveredAt: number | null;
  readonly failedAt: number | null;
  readonly failure: string | null;
}
