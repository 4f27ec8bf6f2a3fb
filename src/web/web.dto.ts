import * as z from 'zod';
import { counterSchema, roomTokenSchema } from '../protocol/requests/path.schemas.js';

export const pictureParams = z.object({ room: roomTokenSchema, file: counterSchema });

/** `before`: the id of a message; the page shows those that were posted before it. */
export const roomPageQuery = z.object({ before: counterSchema.optional() });
