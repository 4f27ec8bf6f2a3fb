import {
  COUNTED,
  type CountedKind,
  type RoomDefence,
  type RoomDefenceNow,
} from '../../records/defence/room-defence.js';
import { SECONDS_PER_DAY } from '../../records/defence/trust.js';
import { fits, limitsOf, mostOf } from './budgets.js';
import { countsIn, greatest, withTime } from './windows.js';

/** A room's defence in which something was counted, and the one whose day is over, if one is. */
export interface CountedOn {
  defence: RoomDefence;
  over?: RoomDefence;
}

/** A room's defence with one more of something now, which also makes the day's busiest windows. */
export function withOneMore(
  defence: RoomDefence,
  counted: CountedKind,
  { busyDays, now }: Pick<RoomDefenceNow, 'busyDays' | 'now'>,
): RoomDefence {
  const limits = limitsOf(counted, { defence, busyDays, now });
  const times = withTime(defence[counted], now, mostOf(counted, limits));
  const busiest = { ...defence.busiest, [counted]: greatest(defence.busiest[counted], countsIn(times, now)) };
  return { ...defence, [counted]: times, busiest };
}

/** Counts a stranger's reaction in a room; undefined when it is beyond what strangers give together. */
export function countReaction(room: RoomDefenceNow): CountedOn | undefined {
  const { defence, over } = turnDay(room.defence, dayOf(room.now));
  const counts = countsIn(defence.strangerReactions, room.now);
  if (!fits(counts, limitsOf('strangerReactions', { ...room, defence }))) return undefined;
  return { defence: withOneMore(defence, 'strangerReactions', room), ...(over && { over }) };
}

/**
 * A room's defence on a new day: what was busy yesterday is kept elsewhere.
 * @returns the day that is over, if the room had begun to count it
 */
export function turnDay(defence: RoomDefence, today: number): CountedOn {
  if (defence.day === today) return { defence };
  const isKnown =
    defence.day > 0 && (defence.busiest.isRaided ?? COUNTED.some((counted) => defence.busiest[counted]));
  const isStillRaided = defence.state === 'guarded';
  return {
    defence: { ...defence, day: today, busiest: isStillRaided ? { isRaided: true } : {} },
    ...(isKnown && { over: defence }),
  };
}

/** Days since 1970 (UTC) of a moment in unix seconds. */
export function dayOf(now: number): number {
  return Math.floor(now / SECONDS_PER_DAY);
}
