import { flood, honestNewcomers } from './support/lives.js';
import { HEADINGS, lineOf, type RaidResult, resultOf } from './support/report.js';
import { days, Stage } from './support/stage.js';
import { type Tick } from './support/timeline.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = days(1);
const HONEST = 30;
/** Cards and digests that a moderator gets of one raid. */
const CARDS = 5;
/** Finely while a room becomes guarded, and then such that a day takes a minute or two. */
const SLOW: Tick = { fine: 20, until: 15 * MINUTE, coarse: 150 };

/** A raid, how long it is looked at, and the bounds that must hold. */
interface BoundRaid {
  name: string;
  seconds: number;
  tick: Tick;
  begin: (stage: Stage) => void | Promise<void>;
  holds: (result: RaidResult) => void;
}

function share({ honest }: RaidResult): number {
  return honest.published / honest.answering;
}

/** The share of those who answer who were published within so many seconds of their post. */
function shareWithin({ honest }: RaidResult, seconds: number): number {
  return honest.after.filter((after) => after <= seconds).length / honest.answering;
}

const RAIDS: BoundRaid[] = [
  {
    name: '5 000 in 60 s',
    seconds: 20 * MINUTE,
    tick: { fine: 1 },
    begin: (stage) => {
      flood(stage, { people: 5_000, seconds: MINUTE });
      honestNewcomers(stage, { people: HONEST, seconds: 10 * MINUTE });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThan(2);
      expect(result.seen).toBeLessThanOrEqual(6);
      expect(result.left).toBe(0);
      expect(result.goneWithin).toBeLessThanOrEqual(20);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '500 in 60 s who solve',
    seconds: 10 * MINUTE,
    tick: { fine: 2 },
    begin: (stage) => {
      flood(stage, { people: 500, seconds: MINUTE, answering: 'mostly' });
      honestNewcomers(stage, { people: HONEST, seconds: 5 * MINUTE });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(2);
      expect(result.seen).toBeLessThanOrEqual(40);
    },
  },
  {
    name: '3 a minute for 24 h',
    seconds: DAY,
    tick: SLOW,
    begin: (stage) => {
      flood(stage, { people: 3 * 24 * 60, seconds: DAY });
      honestNewcomers(stage, { people: HONEST, seconds: DAY - HOUR });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(7 * MINUTE);
      expect(result.seen).toBeLessThanOrEqual(15);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '3 a minute for 24 h who guess',
    seconds: DAY,
    tick: SLOW,
    begin: (stage) => {
      flood(stage, { people: 3 * 24 * 60, seconds: DAY, answering: 'by chance' });
      honestNewcomers(stage, { people: HONEST, seconds: DAY - HOUR });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(7 * MINUTE);
      expect(result.seen).toBeLessThanOrEqual(120);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '3 a minute for 24 h who solve',
    seconds: DAY,
    tick: SLOW,
    begin: (stage) => {
      flood(stage, { people: 3 * 24 * 60, seconds: DAY, answering: 'mostly' });
      honestNewcomers(stage, { people: HONEST, seconds: DAY - HOUR });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(7 * MINUTE);
      expect(result.seen).toBeLessThanOrEqual(240);
    },
  },
  {
    name: '36 an hour for 24 h',
    seconds: DAY,
    tick: { fine: 100, until: 3 * HOUR, coarse: 300 },
    begin: (stage) => {
      flood(stage, { people: 36 * 24, seconds: DAY });
      honestNewcomers(stage, { people: HONEST, seconds: DAY - HOUR });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(2.5 * HOUR);
      expect(result.seen).toBeLessThanOrEqual(80);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '60 honest people in 5 minutes',
    seconds: 30 * MINUTE,
    tick: { fine: 5 },
    begin: (stage) => {
      honestNewcomers(stage, { people: 60, seconds: 5 * MINUTE });
    },
    holds: (result) => {
      expect(shareWithin(result, 5 * MINUTE)).toBeGreaterThanOrEqual(0.6);
      expect(shareWithin(result, 20 * MINUTE)).toBeGreaterThanOrEqual(0.95);
    },
  },
  {
    name: '60 honest people in 5 minutes, expected',
    seconds: 10 * MINUTE,
    tick: { fine: 5 },
    begin: async (stage) => {
      const { code } = await stage.server.plaza('room', 'expect', 'lobby', '200', '2h');
      expect(code).toBe(0);
      honestNewcomers(stage, { people: 60, seconds: 5 * MINUTE });
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeUndefined();
      expect(shareWithin(result, MINUTE)).toBe(1);
    },
  },
];

beforeAll(() => {
  process.stdout.write(`${HEADINGS}\n`);
});

it.each(RAIDS)('stays within its bounds: $name', async ({ name, seconds, tick, begin, holds }) => {
  const started = performance.now();
  const stage = await Stage.open({ tick });
  try {
    await begin(stage);
    await stage.play(seconds);
    const result = resultOf(stage);
    const left = await stage.banRaiders();
    const took = (performance.now() - started) / 1000;
    process.stdout.write(`${lineOf(name, result, { left, took })}\n`);
    holds(result);
    expect(result.established.harmed).toBe(0);
    expect(result.cards).toBeLessThanOrEqual(CARDS);
  } finally {
    await stage.close();
  }
});
