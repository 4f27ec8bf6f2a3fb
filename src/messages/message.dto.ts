import * as z from 'zod';
import { ED25519_SIGNATURE_BYTES } from '../protocol/crypto/sizes.js';
import { boundedList } from '../protocol/requests/bounded-list.js';
import { base64Schema } from '../protocol/requests/base64.schema.js';
import { clampedInteger, limitSchema } from '../protocol/requests/query.schemas.js';
import { flagSchema } from '../protocol/requests/flag.schema.js';
import { counterSchema, roomTokenSchema } from '../protocol/requests/path.schemas.js';
import { sessionIdSchema } from '../records/users/session-id.js';
import { MOST_FILES } from './claimed-files.js';

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
