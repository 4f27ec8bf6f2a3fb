import * as z from 'zod';

/** An integer in a query that is brought into its range rather than refused. */
export function clampedInteger(min: number, max: number, fallback: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^[+-]?\d{1,40}$/, 'must be an integer')
    .optional()
    .transform((digits) => (digits === undefined ? fallback : Math.min(Math.max(Number(digits), min), max)));
}

/** How many messages somebody asks for. */
export const limitSchema = clampedInteger(1, 256, 100);
