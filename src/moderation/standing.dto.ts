import * as z from 'zod';
import { boundedList } from '../protocol/requests/bounded-list.js';
import { flagSchema } from '../protocol/requests/flag.schema.js';
import { sessionIdSchema } from '../records/users/session-id.js';
import { type RoleChange } from './roles.js';
import { GLOBAL, OWN_ROOMS, type Scope } from './scope.js';

/** Rooms that one request may name. */
const MAX_ROOMS = 1000;
/** Characters of a room's token. */
const LONGEST_TOKEN = 64;

export const userParams = z.object({ user: sessionIdSchema });

/** `rooms` xor `global`; `global: false` beside rooms and an empty list beside `global: true` are as if left out. */
const scopeShape = {
  rooms: boundedList(z.string().max(LONGEST_TOKEN), MAX_ROOMS).nullish(),
  global: flagSchema.nullish(),
};

/** An optional switch that clients also send as null. */
const maybe = flagSchema.nullish().transform((flag) => flag ?? null);

function toScope(
  { rooms, global }: { rooms?: string[] | null | undefined; global?: boolean | null | undefined },
  context: z.RefinementCtx,
): Scope {
  const named = rooms ?? [];
  if (global && named.length > 0) context.addIssue('takes rooms or global: true, not both');
  if (global) return GLOBAL;
  if (named.length === 0) context.addIssue('takes rooms or global: true');
  if (!named.includes(OWN_ROOMS)) return { global: false, rooms: named };
  if (named.length === 1) return { global: false, rooms: OWN_ROOMS };
  context.addIssue('"*" must be the only room');
  return z.NEVER;
}

/** Appoints or dismisses (protocol 7.3). */
export const roleBody = z
  .object({ ...scopeShape, moderator: maybe, admin: maybe, visible: maybe })
  .transform(({ moderator, admin, visible, ...where }, context): { scope: Scope; change: RoleChange } => {
    if (moderator === null && admin === null) context.addIssue('takes moderator or admin');
    if (moderator === false && admin === true) context.addIssue('an admin is always a moderator');
    return { scope: toScope(where, context), change: { moderator, admin, visible } };
  });

/** Bans for good or for `timeout` seconds; as in the reference 0 is for good and less is over at the next tick. */
export const banBody = z
  .object({ ...scopeShape, timeout: z.number().nullish() })
  .transform(({ timeout, ...where }, context) => ({
    scope: toScope(where, context),
    timeout: timeout === 0 ? null : (timeout ?? null),
  }));

export const unbanBody = z
  .object(scopeShape)
  .transform((where, context) => ({ scope: toScope(where, context) }));

export type UserParams = z.output<typeof userParams>;
export type RoleBody = z.output<typeof roleBody>;
export type BanBody = z.output<typeof banBody>;
export type UnbanBody = z.output<typeof unbanBody>;
