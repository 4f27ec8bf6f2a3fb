import * as z from 'zod';
import { counterSchema, roomTokenSchema } from '../protocol/requests/path.schemas.js';

/** A file of a room. */
export const fileParams = z.object({ room: roomTokenSchema, file: counterSchema });

/** The same, with a name behind it that nobody looks at. */
export const namedFileParams = fileParams.extend({ filename: z.string().min(1) });

export type FileParams = z.output<typeof fileParams>;
