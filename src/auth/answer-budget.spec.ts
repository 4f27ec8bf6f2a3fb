import { AnswerBudget } from './answer-budget.js';

const KIBIBYTE = 1024;

/** How many answers of this size are kept before the first that is not. */
function taken(take: (index: number) => boolean): number {
  let count = 0;
  while (count < 100_000 && take(count)) count++;
  return count;
}

describe('the disk space of kept answers', () => {
  test('is half a mebibyte for a key, small answers counted with their rows', () => {
    const budget = new AnswerBudget();
    expect(taken(() => budget.take('alice', 64 * KIBIBYTE, 0))).toBe(7);
    const rows = new AnswerBudget();
    expect(taken(() => rows.take('alice', 0, 0))).toBe(4096);
  });

  test('is bounded for all keys together', () => {
    const all = new AnswerBudget();
    expect(taken((index) => all.take(`key ${index}`, 64 * KIBIBYTE, 0))).toBe(511);
  });

  test('is counted anew after two minutes', () => {
    const later = new AnswerBudget();
    taken(() => later.take('alice', 64 * KIBIBYTE, 0));
    expect(later.take('alice', 64 * KIBIBYTE, 119_999)).toBe(false);
    expect(later.take('alice', 64 * KIBIBYTE, 120_000)).toBe(true);
  });
});
