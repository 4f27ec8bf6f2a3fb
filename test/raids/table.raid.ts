import {
  type BoundRaid,
  DAY,
  describeRaids,
  HONEST,
  HOUR,
  MINUTE,
  share,
  shareWithin,
} from './support/bound-raid.js';
import { type Answering, flood, honestNewcomers } from './support/lives.js';
import { type Stage } from './support/stage.js';
import { type Tick } from './support/timeline.js';

/** Finely while a room becomes guarded, and then such that a day takes a minute or two. */
const A_DAY: Tick = [{ seconds: 20, until: 15 * MINUTE }, { seconds: 150 }];
/** IDs that a raider makes on one day without making the room guarded. */
const UNSEEN = 79;
/** Seconds of such a day: a little more than one, so that no window of 24 hours has one more. */
const LONG_DAY = 25 * HOUR;

/** Three strangers a minute for a day, beside honest newcomers. */
async function slowRaid(stage: Stage, answering: Answering): Promise<void> {
  flood(stage, { people: 3 * 24 * 60, seconds: DAY, answering });
  honestNewcomers(stage, { people: HONEST, seconds: DAY - HOUR });
  await stage.play(DAY);
}

/** A raider who raises what is usual: as many IDs a day as stay below the trigger, then twice as many, at last all that go. */
async function pump(stage: Stage): Promise<void> {
  for (let day = 0; day < 20; day += 1) {
    const people = day < 9 ? UNSEEN : day < 19 ? 2 * UNSEEN : 250;
    flood(stage, { people, seconds: DAY, from: day * LONG_DAY, isLooking: true });
  }
  await stage.play(20 * LONG_DAY);
}

/** IDs that write something harmless, few enough each day, and all together at the end. */
async function sleepers(stage: Stage): Promise<void> {
  for (let day = 0; day < 7; day += 1) {
    flood(stage, { people: UNSEEN, seconds: DAY, from: day * LONG_DAY, isLooking: true });
  }
  await stage.play(7 * LONG_DAY);
  expect(stage.place.guardedAt).toBeUndefined();
  stage.began = stage.timeline.now;
  for (const [index, raider] of stage.raiders.entries()) {
    stage.timeline.start(async () => {
      await stage.timeline.sleep(index / 50);
      await raider.post(`Now we are all here, ${raider.client.id.slice(-9)}`);
    });
  }
  await stage.play(20 * MINUTE);
}

const TABLE: BoundRaid[] = [
  {
    name: '5 000 in 60 s',
    tick: [{ seconds: 1 }],
    run: async (stage) => {
      flood(stage, { people: 5_000, seconds: MINUTE });
      honestNewcomers(stage, { people: HONEST, seconds: 10 * MINUTE });
      await stage.play(20 * MINUTE);
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThan(2);
      expect(result.seen).toBeLessThanOrEqual(6);
      expect(result.left).toBe(0);
      expect(result.goneWithin).toBeLessThanOrEqual(15);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '500 in 60 s who solve',
    tick: [{ seconds: 2, until: 5 * MINUTE }, { seconds: MINUTE }],
    run: async (stage) => {
      flood(stage, { people: 500, seconds: MINUTE, answering: 'mostly' });
      honestNewcomers(stage, { people: HONEST, seconds: 5 * MINUTE });
      await stage.play(3 * HOUR);
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(2);
      expect(result.seen).toBeLessThanOrEqual(40);
    },
  },
  {
    name: '3 a minute for 24 h',
    tick: A_DAY,
    run: (stage) => slowRaid(stage, 'never'),
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(7 * MINUTE);
      expect(result.seen).toBeLessThanOrEqual(15);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '3 a minute for 24 h who guess',
    tick: A_DAY,
    run: (stage) => slowRaid(stage, 'by chance'),
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(7 * MINUTE);
      expect(result.seen).toBeLessThanOrEqual(120);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '3 a minute for 24 h who solve',
    tick: A_DAY,
    run: (stage) => slowRaid(stage, 'mostly'),
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(7 * MINUTE);
      expect(result.seen).toBeLessThanOrEqual(240);
    },
  },
  {
    name: '36 an hour for 24 h',
    tick: [{ seconds: 100, until: 3 * HOUR }, { seconds: 300 }],
    run: async (stage) => {
      flood(stage, { people: 36 * 24, seconds: DAY });
      honestNewcomers(stage, { people: HONEST, seconds: DAY - HOUR });
      await stage.play(DAY);
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(2.5 * HOUR);
      expect(result.seen).toBeLessThanOrEqual(80);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '79 a day for a week, then all at once',
    tick: [{ seconds: HOUR, until: 7 * LONG_DAY }, { seconds: 1 }],
    run: sleepers,
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(2);
      expect(result.inTenMinutes).toBeGreaterThan(6);
      expect(result.inTenMinutes).toBeLessThanOrEqual(40);
    },
  },
  {
    name: 'pumping what is usual for 20 days',
    tick: [{ seconds: HOUR }],
    run: pump,
    holds: (result) => {
      // It has raised what is usual, and no further.
      expect(result.inADay).toBeGreaterThan(80);
      expect(result.inADay).toBeLessThanOrEqual(160);
    },
  },
  {
    name: '60 honest people in 5 minutes',
    tick: [{ seconds: 5 }],
    run: async (stage) => {
      honestNewcomers(stage, { people: 60, seconds: 5 * MINUTE });
      await stage.play(30 * MINUTE);
    },
    holds: (result) => {
      expect(shareWithin(result, 5 * MINUTE)).toBeGreaterThanOrEqual(0.6);
      expect(shareWithin(result, 20 * MINUTE)).toBeGreaterThanOrEqual(0.95);
    },
  },
  {
    name: '60 honest people in 5 minutes, expected',
    tick: [{ seconds: 5 }],
    run: async (stage) => {
      const { code } = await stage.server.plaza('room', 'expect', 'lobby', '200', '2h');
      expect(code).toBe(0);
      honestNewcomers(stage, { people: 60, seconds: 5 * MINUTE });
      await stage.play(10 * MINUTE);
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeUndefined();
      expect(shareWithin(result, MINUTE)).toBe(1);
    },
  },
];

describeRaids(TABLE);
