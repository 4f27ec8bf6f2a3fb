import { isFlooded, nextLevel, roomForSolvers, withAnswer, withSolved } from './answer-counts.js';

const NOW = 1_000_000.5;
const NOTHING = { rightAnswers: [], wrongAnswers: [], solved: [], attempts: [] };

/** Times of `count` events, the last one `ago` seconds before now, `apart` seconds from each other. */
function times(count: number, ago: number, apart = 0): number[] {
  return Array.from({ length: count }, (_, index) => Math.ceil(NOW) - ago - (count - 1 - index) * apart);
}

describe('the budget of those who solved', () => {
  it.each<[string, 1 | 2, number[], number]>([
    ['nobody', 1, [], 10],
    ['nobody', 2, [], 20],
    ['three', 1, times(3, 30), 7],
    ['ten within ten minutes', 1, times(10, 300), 0],
    ['ten within ten minutes, none of them by pictures', 2, times(10, 300), 10],
    ['sixty within the hour', 1, times(60, 700, 40), 0],
    ['160 within the day', 2, times(160, 4000, 400), 0],
    ['160 two days ago', 1, times(160, 172_800), 10],
  ])('leaves, after %s, at level %i', (_what, level, solved, left) => {
    expect(roomForSolvers({ solved, rightAnswers: [] }, level, NOW)).toBe(left);
  });

  it.each([
    ['ten by pictures', 10, 10, 20],
    ['ten by pictures and twenty by words', 10, 30, 0],
    ['ten by pictures, while fifty more wait', 60, 10, 20],
    ['four by pictures and six by words', 4, 10, 14],
  ])('counts level 2 apart from level 1: %s', (_what, right, solved, left) => {
    const counts = { solved: times(solved, 300), rightAnswers: times(right, 300) };
    expect(roomForSolvers(counts, 2, NOW)).toBe(left);
  });

  it('counts people who were published, and forgets those of days ago', () => {
    const { solved } = withSolved({ ...NOTHING, solved: [1, ...times(1, 60)] }, 2, NOW);
    expect(solved).toEqual([1_000_001 - 60, 1_000_001, 1_000_001]);
  });
});

describe('the level of a question', () => {
  it.each<[string, number, number, 1 | 2]>([
    ['without answers', 0, 0, 1],
    ['with five wrong ones of five', 0, 5, 1],
    ['with six wrong ones of six', 0, 6, 2],
    ['with six wrong ones of fifteen, which is the share', 9, 6, 1],
    ['with seven wrong ones of sixteen', 9, 7, 2],
  ])('%s follows from the share of wrong answers', (_what, right, wrong, level) => {
    const answers = { ...NOTHING, rightAnswers: times(right, 10), wrongAnswers: times(wrong, 10) };
    expect(nextLevel(answers, NOW)).toBe(level);
  });

  it('falls back to pictures an hour later', () => {
    expect(nextLevel({ ...NOTHING, wrongAnswers: times(6, 3601) }, NOW)).toBe(1);
  });

  it('rises when the budget of level 1 is used up', () => {
    expect(nextLevel({ ...NOTHING, solved: times(10, 30) }, NOW)).toBe(2);
  });
});

describe('answers', () => {
  it('are counted as right or wrong, for an hour, and a thousand at most', () => {
    const wrong = withAnswer({ ...NOTHING, wrongAnswers: times(1, 4000) }, false, NOW);
    expect(wrong.wrongAnswers).toEqual([1_000_001]);
    const right = withAnswer({ ...NOTHING, rightAnswers: times(1_000, 5) }, true, NOW);
    expect(right.rightAnswers).toHaveLength(1_000);
    expect(right.rightAnswers.at(-1)).toBe(1_000_001);
    expect(right.wrongAnswers).toEqual([]);
  });
});

describe('a room', () => {
  it('is flooded from 120 attempts in two hours on', () => {
    expect(isFlooded({ attempts: times(119, 5, 60) }, NOW)).toBe(false);
    expect(isFlooded({ attempts: times(120, 5, 60) }, NOW)).toBe(true);
    expect(isFlooded({ attempts: times(300, 7201) }, NOW)).toBe(false);
  });
});
