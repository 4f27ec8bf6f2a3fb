import { isBackupDue } from './due-backup.js';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
/** A midnight, UTC. */
const MIDNIGHT = 20_000 * DAY;

function run(begunAt: number, bytes: number | null = 1): { begunAt: number; bytes: number | null } {
  return { begunAt, bytes };
}

it('the first backup is due at once', () => {
  expect(isBackupDue({ everySeconds: DAY }, undefined, undefined, MIDNIGHT)).toBe(true);
  expect(isBackupDue({ dailyAt: 4 * HOUR }, undefined, undefined, MIDNIGHT)).toBe(true);
});

it('the next backup is due one period after the last one began', () => {
  const last = run(MIDNIGHT);
  const due = (now: number): boolean => isBackupDue({ everySeconds: 6 * HOUR }, last, last, now);
  expect([due(MIDNIGHT + 6 * HOUR - 1), due(MIDNIGHT + 6 * HOUR)]).toEqual([false, true]);
});

it('a daily backup is due at its time of day, and one that was missed is due at once', () => {
  const at = (begunAt: number, now: number): boolean =>
    isBackupDue({ dailyAt: 4 * HOUR }, run(begunAt), run(begunAt), now);
  const slot = MIDNIGHT + 4 * HOUR;
  expect(at(slot - DAY, slot - 1)).toBe(false);
  expect(at(slot - DAY, slot)).toBe(true);
  expect(at(slot, slot + 1)).toBe(false);
  expect(at(slot, slot + DAY - 1)).toBe(false);
  // One that was made by hand at another time does not move the others.
  expect(at(slot + HOUR, slot + DAY)).toBe(true);
  expect(at(slot - 2 * DAY, slot - 1)).toBe(true);
});

it('a backup is not due soon after a failure, nor soon after an attempt that was killed', () => {
  const failed = run(MIDNIGHT, null);
  const due = (now: number): boolean => isBackupDue({ everySeconds: HOUR }, failed, run(MIDNIGHT - DAY), now);
  expect([due(MIDNIGHT + 14 * 60), due(MIDNIGHT + 15 * 60)]).toEqual([false, true]);
});
