import * as z from 'zod';

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
export const noticeSchema = z.object({
  kind: z.enum([...NOTICE_KINDS, 'test']),
  /** Unix seconds. */
  at: z.number(),
  /** Token; null for what concerns no room. */
  room: z.string().nullable(),
  /** A short line in words, for a phone's lock screen. */
  title: z.string(),
  /** A sentence or two: the facts, and what to do about them. */
  text: z.string(),
  /** The same facts for programs: ids and counts. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).readonly(),
});

export type Notice = Readonly<z.output<typeof noticeSchema>>;

/** `standard`: JSON signed as Standard Webhooks; `ntfy`: text with headers, as a topic of ntfy takes it. */
export const WEBHOOK_FORMS = ['standard', 'ntfy'] as const;

export type WebhookForm = (typeof WEBHOOK_FORMS)[number];

/** The address of a receiver, and how it wants to be told. */
export const receiverSchema = z.object({
  id: z.int(),
  url: z.string(),
  form: z.enum(WEBHOOK_FORMS),
  /** `whsec_…`; null for a form without signatures. */
  secret: z.string().nullable(),
});

export type Receiver = Readonly<z.output<typeof receiverSchema>>;

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
