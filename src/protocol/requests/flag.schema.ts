import * as z from 'zod';

/**
 * A switch in a JSON body. `0` and `1` count as `false` and `true`: SQLite has no booleans, and the reference server
 * and what was written for it say numbers for `whisper_mods`.
 */
export const flagSchema = z
  .union([z.boolean(), z.literal(0), z.literal(1)], { error: 'must be true or false' })
  .transform(Boolean);
