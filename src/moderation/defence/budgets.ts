import {
  type BusiestWindows,
  type CountedKind,
  type RoomDefence,
} from '../../records/defence/room-defence.js';
import { USUAL_DAYS } from '../../records/defence/room-defence.repository.js';
import { WINDOWS } from './windows.js';

type Limits = readonly [minute: number, tenMinutes: number, hour: number, day: number];

/** The number of things that a room without much life lets strangers and newcomers do together, in each of the windows. */
const BASE: Readonly<Record<CountedKind, Limits>> = {
  firstPosts: [6, 15, 40, 80],
  newcomerPosts: [12, 40, 120, Infinity],
  youngPosts: [20, 80, 240, Infinity],
  /** From so many on the room is guarded. */
  attempts: [8, 20, 40, 80],
  strangerReactions: [10, 30, 80, 200],
};

/** Times the median of what was usual. */
const GROWTH: Readonly<Record<CountedKind, number>> = {
  firstPosts: 2,
  newcomerPosts: 2,
  youngPosts: 2,
  attempts: 3,
  strangerReactions: 2,
};
/** Times the base. */
const MOST = 4;
/**
 * Times the base, for a whole day: somebody who has fresh IDs post as much as they can each day would otherwise double what
 * is usual once more after each week.
 */
const MOST_A_DAY = 2;
/** Posts that each expected person writes soon after the first. */
const POSTS_AFTER_FIRST = 3;
/** The server lets all rooms together have so many times what one may. */
export const SERVER_SHARE = 3;

/** From so many attempts in so many seconds on a room is flooded: a moderator decides about those who solve beyond the budget. */
export const FLOOD = { seconds: 2 * 60 * 60, attempts: 120 };

/** Facts about a room that its budgets follow from. */
export interface UsualTraffic {
  defence: Pick<RoomDefence, 'expected' | 'expectedUntil'>;
  busyDays: readonly BusiestWindows[];
  /** Unix seconds. */
  now: number;
}

/**
 * How many of something a room lets happen in each window. A room with more life has more: a multiple of the median of its
 * busiest such windows on the last days, but never more than a multiple of the base. Days of raids are left out.
 */
export function limitsOf(counted: CountedKind, { defence, busyDays, now }: UsualTraffic): number[] {
  const raided = busyDays.filter(({ isRaided }) => isRaided).length;
  const usual = busyDays.filter(({ isRaided }) => !isRaided);
  const expected = (defence.expectedUntil ?? 0) > now ? defence.expected : 0;
  const more = counted === 'newcomerPosts' ? expected * POSTS_AFTER_FIRST : expected;
  return BASE[counted].map((base, window) => {
    const most = base * (window === WINDOWS.length - 1 ? MOST_A_DAY : MOST);
    const busiest = usual.map((day) => day[counted]?.[window] ?? 0);
    const grown = GROWTH[counted] * median(busiest, Math.max(1, USUAL_DAYS - raided));
    return Math.min(Math.max(base, grown), most) + more;
  });
}

/** Whether one more fits into every window. */
export function fits(counts: readonly number[], limits: readonly number[]): boolean {
  return counts.every((count, window) => count < (limits[window] ?? Infinity));
}

/** How many times of something must be remembered to tell whether they fit, and whether the room is flooded. */
export function mostOf(counted: CountedKind, limits: readonly number[]): number {
  const most = Math.max(...limits.filter(Number.isFinite)) + 1;
  return counted === 'attempts' ? Math.max(most, FLOOD.attempts) : most;
}

/** @param days the missing ones had nothing */
function median(values: readonly number[], days: number): number {
  const sorted = [...values, ...Array<number>(Math.max(0, days - values.length)).fill(0)].sort(
    (a, b) => a - b,
  );
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
