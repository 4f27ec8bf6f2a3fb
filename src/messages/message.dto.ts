import * as z from 'zod';
import { decodeBase64 } from '../crypto/encoding.js';
import { ED25519_SIGNATURE_BYTES } from '../crypto/sizes.js';
import { boundedList } from '../dispatch/bounded-list.js';
import { flagSchema } from '../dispatch/flag.schema.js';
import { counterSchema, roomTokenSchema } from '../rooms/room.dto.js';
import { sessionIdSchema } from '../users/session-id.js';
import { MOST_FILES } from './claimed-files.js';

/** Base64 with or without padding, decoded. */
export const base64Schema = z.string().transform((text, context) => {
  const bytes = decodeBase64(text);
  if (bytes) return bytes;
  context.addIssue('must be base64');
  return z.NEVER;
});

const signatureSchema = base64Schema.refine((bytes) => bytes.length === ED25519_SIGNATURE_BYTES, {
  message: `must be ${ED25519_SIGNATURE_BYTES} bytes`,
});

/** Ids of files; Android sends them as strings. */
const fileIdsSchema = boundedList(
  z.union(
    [
      z.int().nonnegative(),
      z
        .string()
        .regex(/^\d{1,16}$/)
        .transform(Number)
        .refine(Number.isSafeInteger),
    ],
    {
      error: 'must be the id of a file',
    },
  ),
  MOST_FILES,
)
  .nullish()
  .transform((ids) => ids ?? []);

const contentShape = { data: base64Schema, signature: signatureSchema, files: fileIdsSchema };

/** A post. */
export const postBody = z.object({
  ...contentShape,
  whisper_to: sessionIdSchema.nullish().transform((id) => id ?? undefined),
  whisper_mods: flagSchema.nullish().transform((flag) => flag ?? false),
});

/** An edit; a whisper stays what it is. */
export const editBody = z.object(contentShape);

/** An integer in a query that is brought into its range rather than refused. */
export function clampedInteger(min: number, max: number, fallback: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^[+-]?\d{1,40}$/, 'must be an integer')
    .optional()
    .transform((digits) => (digits === undefined ? fallback : Math.min(Math.max(Number(digits), min), max)));
}

export const limitSchema = clampedInteger(1, 256, 100);

const reactorsSchema = clampedInteger(0, 20, 4);

/** `t=r`: the client wants rows of which only the reactions changed. */
export const sinceQuery = z.object({
  limit: limitSchema,
  reactors: reactorsSchema,
  t: z.string().default(''),
});

export const pageQuery = z.object({ limit: limitSchema, reactors: reactorsSchema });

export const singleQuery = z.object({ reactors: reactorsSchema });

export const sinceParams = z.object({ room: roomTokenSchema, seqno: counterSchema });

export const messageParams = z.object({ room: roomTokenSchema, message: counterSchema });

/** All messages of a user in a room. */
export const authorInRoomParams = z.object({ room: roomTokenSchema, author: sessionIdSchema });

/** All messages of a user. */
export const authorParams = z.object({ author: sessionIdSchema });

export type PostBody = z.output<typeof postBody>;
export type EditBody = z.output<typeof editBody>;
export type SinceQuery = z.output<typeof sinceQuery>;
export type PageQuery = z.output<typeof pageQuery>;
export type SingleQuery = z.output<typeof singleQuery>;
export type SinceParams = z.output<typeof sinceParams>;
export type MessageParams = z.output<typeof messageParams>;
export type AuthorInRoomParams = z.output<typeof authorInRoomParams>;
export type AuthorParams = z.output<typeof authorParams>;
