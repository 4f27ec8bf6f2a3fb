import * as z from 'zod';
import { type Caller, type Standing } from '../users/user.js';

/** How far somebody is trusted in a room, from the least to the most. */
export const TRUST_LEVELS = ['stranger', 'newcomer', 'member', 'regular', 'staff'] as const;

export type TrustLevel = (typeof TRUST_LEVELS)[number];

export const SECONDS_PER_DAY = 24 * 60 * 60;

/** In SQL: whether the row `m` of `messages` counts towards trust, published for everyone and still there. */
export const STANDS = `m.state = 'published' AND m.data IS NOT NULL AND m.whisper_to IS NULL AND NOT m.whisper_mods`;

/** Posts that still stand, the days (UTC) they were posted on, and seconds since the first one, that make a member. */
export const MEMBER = { posts: 3, days: 2, seconds: SECONDS_PER_DAY };
/** The same for a regular. */
export const REGULAR = { posts: 30, days: 10 };
/** Promotions to member in a room on one day (UTC). */
export const PROMOTIONS_A_DAY = 20;
/** Seconds for which a member is young. */
export const YOUNG_FOR = 14 * SECONDS_PER_DAY;

/** The record of what somebody has published in a room; see `TrustEntity`. Times in unix seconds. */
export const trustRecordSchema = z.object({
  firstAt: z.number(),
  posts: z.int(),
  days: z.int(),
  memberSince: z.number().nullable(),
  regularSince: z.number().nullable(),
});

export type TrustRecord = z.output<typeof trustRecordSchema>;

/** Somebody's record in a room, and what they are elsewhere. */
export interface Acquaintance {
  /** Undefined when they have published nothing there, or staff has sent them back. */
  record: TrustRecord | undefined;
  /** Whether they are a member of another room. */
  isMemberElsewhere: boolean;
}

/** The acquaintance of somebody whom no room knows. */
export const UNKNOWN: Acquaintance = Object.freeze({ record: undefined, isMemberElsewhere: false });

/**
 * How far somebody is trusted in a room: by their role, by what staff has decided about them, and by what they have
 * published.
 */
export function trustIn(
  roomId: number,
  standing: Standing,
  { record, isMemberElsewhere }: Acquaintance,
): TrustLevel {
  const override = standing.overrides.get(roomId);
  if (standing.moderator || override?.moderator) return 'staff';
  if (standing.trusted || override?.trusted) return 'regular';
  if (override?.write === true || override?.upload === true || record?.regularSince != null) return 'regular';
  if (record?.memberSince != null) return 'member';
  return record || isMemberElsewhere ? 'newcomer' : 'stranger';
}

/** Whether staff's say alone makes somebody a regular of a room, whatever they have published there. */
export function isRegularBySay(roomId: number, standing: Standing): boolean {
  return isAtLeast(trustIn(roomId, standing, UNKNOWN), 'regular');
}

/**
 * How far the room that trusts somebody most does so; rooms in which staff has decided about them count, too.
 * @param records by room id
 */
export function bestTrust(standing: Standing, records: ReadonlyMap<number, TrustRecord>): TrustLevel {
  const rooms = [NO_ROOM, ...records.keys(), ...standing.overrides.keys()];
  const levels = rooms.map((room) =>
    trustIn(room, standing, { record: records.get(room), isMemberElsewhere: false }),
  );
  return TRUST_LEVELS.findLast((level) => levels.includes(level)) ?? 'stranger';
}

/** The id of no room: what holds there holds on the whole server. */
export const NO_ROOM = 0;

/** The acquaintance of somebody among those that were read; a stranger has no row. */
export function acquaintanceOf<Known extends Acquaintance>(
  known: ReadonlyMap<number, Known> | undefined,
  { id }: Caller,
): Known | Acquaintance {
  return (id === null ? undefined : known?.get(id)) ?? UNKNOWN;
}

/** Whether somebody is trusted at least so far. */
export function isAtLeast(level: TrustLevel, least: TrustLevel): boolean {
  return TRUST_LEVELS.indexOf(level) >= TRUST_LEVELS.indexOf(least);
}

/**
 * Whether somebody is established in a room: no defence against raids concerns them.
 * @param now unix seconds
 */
export function isEstablished(level: TrustLevel, record: TrustRecord | undefined, now: number): boolean {
  if (level === 'member') return now - (record?.memberSince ?? now) > YOUNG_FOR;
  return isAtLeast(level, 'regular');
}
