import { HEADINGS, lineOf, type RaidResult, resultOf } from './report.js';
import { Stage, type StageOptions } from './stage.js';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Honest newcomers who come while a room is raided. */
export const HONEST = 30;
/** Cards and digests that a moderator gets of one raid. */
const CARDS = 5;

/** A raid, and the bounds that must hold. */
export interface BoundRaid extends StageOptions {
  name: string;
  run: (stage: Stage) => Promise<void>;
  holds: (result: RaidResult, stage: Stage) => void | Promise<void>;
}

/** Runs each raid on a server of its own, prints a line of the table, and asks for the bounds of all and its own. */
export function describeRaids(raids: readonly BoundRaid[]): void {
  beforeAll(() => {
    process.stdout.write(`${HEADINGS}\n`);
  });

  it.each(raids)('stays within its bounds: $name', async ({ name, run, holds, ...options }) => {
    const started = performance.now();
    const stage = await Stage.open(options);
    try {
      await run(stage);
      const result = resultOf(stage);
      const left = await stage.banRaiders();
      const took = (performance.now() - started) / 1000;
      process.stdout.write(`${lineOf(name, result, { left, took })}\n`);
      await holds(result, stage);
      expect(result.established.harmed).toBe(0);
      expect(result.cards).toBeLessThanOrEqual(CARDS);
    } finally {
      await stage.close();
    }
  });
}

/** The share of the honest newcomers who answer that is published. */
export function share({ honest }: RaidResult): number {
  return honest.published / honest.answering;
}

/** The same, within so many seconds of their post. */
export function shareWithin({ honest }: RaidResult, seconds: number): number {
  return honest.after.filter((after) => after <= seconds).length / honest.answering;
}
