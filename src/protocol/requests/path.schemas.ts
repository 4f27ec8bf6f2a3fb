import * as z from 'zod';

/** A room token in a path: requests may write it in any case. */
export const roomTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be a room token');

/** A non-negative integer in a path; beyond what a counter can reach it means "past the end". */
export const counterSchema = z
  .string()
  .regex(/^\d{1,40}$/, 'must be a non-negative integer')
  .transform((digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER));

export const roomParams = z.object({ room: roomTokenSchema });

export type RoomParams = z.output<typeof roomParams>;
