import { databaseCache, workerMemory, workersThatFit } from './memory-shares.js';

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;

describe('the memory of a worker', () => {
  it.each([
    ['2 GiB and two workers', 2, 2],
    ['4 GiB and four workers', 4, 4],
    ['1 GiB and one worker', 1, 1],
    ['64 GiB', 64, 4],
  ])('has its full size with %s', (_what, gibibytes, workers) => {
    expect(workerMemory({ memory: gibibytes * GIBIBYTE, workers, isEmbedded: true })).toEqual({
      bodies: 64 * MEBIBYTE,
      answers: 64 * MEBIBYTE,
      connections: 8192,
      heap: 512,
      isTooLittle: false,
    });
  });

  it('shrinks with the memory, down to what the largest request needs', () => {
    expect(workerMemory({ memory: 512 * MEBIBYTE, workers: 1, isEmbedded: true })).toEqual({
      bodies: 34 * MEBIBYTE,
      answers: 34 * MEBIBYTE,
      connections: 4411,
      heap: 276,
      isTooLittle: false,
    });
    expect(workerMemory({ memory: 200 * MEBIBYTE, workers: 1, isEmbedded: false })).toEqual({
      bodies: 6 * MEBIBYTE,
      answers: 32 * MEBIBYTE,
      connections: 788,
      heap: 160,
      isTooLittle: false,
    });
  });

  it('is too little when even an idle worker does not fit', () => {
    const use = { memory: 320 * MEBIBYTE, isEmbedded: true };
    expect(workerMemory({ ...use, workers: 1 }).isTooLittle).toBe(false);
    expect(workerMemory({ ...use, workers: 4 })).toMatchObject({
      bodies: 4 * MEBIBYTE,
      connections: 512,
      isTooLittle: true,
    });
  });
});

it('a server starts as many workers as the memory is enough for, and at least one', () => {
  const fitting = (mebibytes: number): number =>
    workersThatFit({ memory: mebibytes * MEBIBYTE, isEmbedded: true });
  expect([64, 320, 512, 1024, 2048, 4096].map(fitting)).toEqual([1, 1, 1, 3, 6, 13]);
  expect(workersThatFit({ memory: GIBIBYTE, isEmbedded: false })).toBe(3);
});

it('an embedded database has an eighth of the memory for its cache, within limits', () => {
  expect([GIBIBYTE / 8, GIBIBYTE, 64 * GIBIBYTE].map((memory) => databaseCache(memory) / MEBIBYTE)).toEqual([
    32, 128, 512,
  ]);
});
