import { Meters } from '../foundation/metrics/meters.service.js';
import { type SharedCounter } from '../foundation/rates/rate.js';
import { RateLedger } from '../foundation/rates/rate-ledger.js';
import { SharedRates } from '../foundation/rates/shared-rates.service.js';
import { AnswerBudget } from './answer-budget.js';

const KIBIBYTE = 1024;

let now: number;

beforeEach(() => {
  now = 0;
});

function budget(counter?: SharedCounter): AnswerBudget {
  return new AnswerBudget(new SharedRates(counter, new Meters(), () => now));
}

/** How many answers of this size are kept before the first that is not. */
function taken(take: (index: number) => boolean): number {
  let count = 0;
  while (count < 100_000 && take(count)) count++;
  return count;
}

describe('the disk space of kept answers', () => {
  test('is half a mebibyte for each key, and a small answer counts with its row', () => {
    const answers = budget();
    expect(taken(() => answers.take('alice', 64 * KIBIBYTE))).toBe(7);
    const rows = budget();
    expect(taken(() => rows.take('alice', 0))).toBe(4096);
  });

  test('is bounded for all keys together', () => {
    const all = budget();
    expect(taken((index) => all.take(`key ${index}`, 64 * KIBIBYTE))).toBe(511);
  });

  test('is free again after two minutes', () => {
    const later = budget();
    taken(() => later.take('alice', 64 * KIBIBYTE));
    expect(later.take('alice', 64 * KIBIBYTE)).toBe(false);
    now += 120_000;
    expect(taken(() => later.take('alice', 64 * KIBIBYTE))).toBe(7);
  });

  test('is counted for all processes together', async () => {
    const ledger = new RateLedger(() => now);
    const counter: SharedCounter = {
      isReady: true,
      patience: 20,
      settle: (uses) => Promise.resolve(uses.map((use) => ledger.settle(use))),
    };
    const processes = [budget(counter), budget(counter)];
    let count = 0;
    for (let round = 0; round < 20; round++) {
      for (const each of processes) if (each.take('alice', 64 * KIBIBYTE)) count++;
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    expect(count).toBeGreaterThanOrEqual(7);
    expect(count).toBeLessThanOrEqual(8);
  });
});
