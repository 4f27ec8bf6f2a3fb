import * as z from 'zod';
import { clampedInteger } from '../../protocol/requests/query.schemas.js';
import { counterSchema, roomTokenSchema } from '../../protocol/requests/path.schemas.js';

const messageShape = { room: roomTokenSchema, message: counterSchema };

/** All reactions of a message. */
export const reactionsParams = z.object(messageShape);

/** One reaction of a message: the rest of the path, slashes included. Whether it can be one, the service says. */
export const reactionParams = z
  .object({ ...messageShape, '*': z.string().min(1) })
  .transform(({ room, message, '*': reaction }) => ({ room, message, reaction }));

/** More than any client shows, and about a megabyte. */
const MOST_REACTORS = 10_000;

/** How many of those who reacted; 0 for all, of whom the first ten thousand are told. */
export const reactorsQuery = z.object({
  limit: clampedInteger(0, MOST_REACTORS, 0).transform((limit) => (limit === 0 ? MOST_REACTORS : limit)),
});

export type ReactionsParams = z.output<typeof reactionsParams>;
export type ReactionParams = z.output<typeof reactionParams>;
export type ReactorsQuery = z.output<typeof reactorsQuery>;
