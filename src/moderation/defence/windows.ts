import { type Times } from '../../records/defence/room-defence.js';

/** Seconds of the windows in which things are counted. */
export const WINDOWS = [60, 600, 3_600, 86_400] as const;

const [, , , LONGEST] = WINDOWS;

/** Those of these times that lie in the last so many seconds. */
export function within(times: Times, seconds: number, now: number): number[] {
  return times.filter((time) => time > now - seconds);
}

/** How many of these times lie in each window that ends now, in the order of {@link WINDOWS}. */
export function countsIn(times: Times, now: number): number[] {
  return WINDOWS.map((seconds) => {
    let count = 0;
    // The newest are last, so this looks at no more than it counts.
    for (let i = times.length - 1; i >= 0 && (times[i] ?? 0) > now - seconds; i--) count += 1;
    return count;
  });
}

/**
 * Times with one more, rounded up so that a window never holds more than it seems to; without those that no window holds
 * any more.
 * @param now  unix seconds
 * @param most beyond so many the oldest are dropped: no window needs them
 */
export function withTime(times: Times, now: number, most: number): number[] {
  const at = Math.max(Math.ceil(now), times.at(-1) ?? 0);
  const kept = within(times, LONGEST, now);
  kept.push(at);
  return kept.length > most ? kept.slice(-most) : kept;
}

/** The greater of two counts of each window. */
export function greatest(some: readonly number[] | undefined, others: readonly number[]): number[] {
  return others.map((count, index) => Math.max(count, some?.[index] ?? 0));
}
