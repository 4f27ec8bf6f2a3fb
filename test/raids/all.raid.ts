import { Raid, type RaidPlan } from './support/raid.js';
import { HEADINGS, lineOf } from './support/report.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A raid and the bounds that must hold. */
interface BoundRaid extends RaidPlan {
  bounds: { guardedWithin?: number; seen: number; honestShare: number };
}

const RAIDS: BoundRaid[] = [
  {
    name: '5 000 in 60 s',
    seconds: 80,
    step: 1,
    raiders: (at) => Math.min(5_000, (at * 5_000) / 60),
    bounds: { guardedWithin: 2, seen: 6, honestShare: 0.9 },
  },
  {
    name: '5 000 in 60 s, solving at level 1',
    seconds: 300,
    step: 2,
    raiders: (at) => Math.min(500, (at * 500) / 60),
    solving: 'mostly',
    bounds: { guardedWithin: 4, seen: 40, honestShare: 0 },
  },
  {
    name: '3 a minute for 24 h',
    seconds: DAY,
    step: 20,
    raiders: (at) => at / 20,
    bounds: { guardedWithin: 8 * MINUTE, seen: 15, honestShare: 0.9 },
  },
  {
    name: '36 an hour for 24 h',
    seconds: DAY,
    step: 100,
    raiders: (at) => at / 100,
    bounds: { guardedWithin: 3 * HOUR, seen: 80, honestShare: 0.9 },
  },
  {
    name: '60 honest people in 5 minutes',
    seconds: 1_200,
    step: 5,
    raiders: () => 0,
    honest: 60,
    honestWithin: 300,
    bounds: { seen: 0, honestShare: 0.95 },
  },
];

beforeAll(() => {
  process.stdout.write(`${HEADINGS}\n`);
});

it.each(RAIDS)('stays within its bounds: $name', async ({ bounds, ...plan }) => {
  const result = await Raid.run(plan);
  process.stdout.write(`${lineOf(result)}\n`);
  expect(result.seen).toBeLessThanOrEqual(bounds.seen);
  if (bounds.guardedWithin !== undefined)
    expect(result.guardedAfter).toBeLessThanOrEqual(bounds.guardedWithin);
  expect(result.established).toMatchObject({ refused: 0, unseen: 0 });
  expect(result.cards).toBeLessThanOrEqual(5);
  expect(result.honest.published / result.honest.answering).toBeGreaterThanOrEqual(bounds.honestShare);
});
