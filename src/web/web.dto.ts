import * as z from 'zod';
import { counterSchema, roomTokenSchema } from '../protocol/requests/path.schemas.js';

export const fileOnPageParams = z.object({ room: roomTokenSchema, file: counterSchema });

export const messageOnPageParams = z.object({ room: roomTokenSchema, message: counterSchema });

/** A search; an empty one is a form to be filled in. */
export const searchQuery = z.object({
  q: z.string().max(100, 'must be at most 100 characters').optional(),
  before: counterSchema.optional(),
});

/**
 * The page shows the messages before or after the one with this id; `before` wins. Other parameters, such as the public
 * key of a community URL, are for clients.
 */
export const roomPageQuery = z.object({
  before: counterSchema.optional(),
  after: counterSchema.optional(),
});
