import { jest } from '@jest/globals';
import { AnswerLease, AnswerMemory, type AnswerOwner } from './answer-memory.js';

const MB = 1024 * 1024;
const LIMIT = 64 * MB;
const SHARE = LIMIT / 8;
const PATIENCE_MS = 15_000;

let memory: AnswerMemory;
let leases: AnswerLease[];

beforeEach(() => {
  memory = new AnswerMemory(LIMIT);
  leases = [];
});

/** Nobody waits any longer than a test. */
afterEach(() => {
  for (const lease of leases) memory.end(lease);
});

function lease(owner: AnswerOwner, isGone = false): AnswerLease {
  const made = new AnswerLease(owner, () => isGone);
  leases.push(made);
  return made;
}

function member(name = 'alice', isGone = false): AnswerLease {
  return lease({ name, isStranger: false }, isGone);
}

function stranger(name: string): AnswerLease {
  return lease({ name, isStranger: true });
}

/** Strangers, each with a key of their own, take as much as they get in pieces of a size; what they hold. */
function fillByStrangers(piece: number): AnswerLease[] {
  const filled: AnswerLease[] = [];
  for (let count = 0; ; count++) {
    const answer = stranger(`stranger ${count}`);
    if (!memory.take(answer, piece)) return filled;
    filled.push(answer);
  }
}

it('the memory of an answer is counted while the answer is under way, and given back once', () => {
  const answer = member();
  expect(memory.take(answer, 10 * MB)).toBe(true);
  expect(memory.take(answer, MB)).toBe(true);
  expect(memory.inUse).toBe(11 * MB);
  memory.end(answer);
  memory.end(answer);
  expect(memory.inUse).toBe(0);
  expect(memory.take(answer, 1)).toBe(false);
});

it('memory that an answer can do without is lent up to a quarter of all, and never to an owner who may have no more', () => {
  const answer = member();
  expect(memory.takeIfAmple(answer, 10 * MB)).toBe(true);
  expect(memory.takeIfAmple(member('bob'), 7 * MB)).toBe(false);
  expect(memory.takeIfAmple(member('bob'), 6 * MB)).toBe(true);
  expect(memory.inUse).toBe(LIMIT / 4);
  expect(memory.take(member('carol'), MB)).toBe(true);
  memory.end(answer);
  expect(memory.takeIfAmple(answer, 1)).toBe(false);
  expect(memory.takeIfAmple(member('bob'), 3 * MB)).toBe(false);
});

it('strangers leave a part of the memory to members, whatever they hold', () => {
  fillByStrangers(100_000);
  expect(memory.inUse).toBeLessThanOrEqual((LIMIT * 3) / 4);
  expect(memory.take(member(), 100_000)).toBe(true);
});

it('large answers of strangers leave a part of the memory to small ones of other strangers', () => {
  fillByStrangers(2 * MB);
  expect(memory.take(stranger('newcomer'), 200_000)).toBe(true);
});

it('an owner’s first answer may be large, and their other answers have a share together', () => {
  expect(memory.take(member(), 2 * SHARE)).toBe(true);
  expect(memory.take(member(), 100_000)).toBe(false);
  expect(memory.take(member('bob'), 100_000)).toBe(true);
  for (let count = 0; count < 8; count++) expect(memory.take(member('carol'), MB)).toBe(true);
  expect(memory.take(member('carol'), MB)).toBe(false);
});

it('an answer waits for its turn, and is not woken by memory that does not help it', async () => {
  const [large, small] = [member('alice'), member('bob')];
  memory.take(large, 50 * MB);
  memory.take(small, MB);
  const answer = member('carol');
  const turn = memory.takeInTurn(answer, 20 * MB, 0);
  memory.end(small);
  expect(answer.size).toBe(0);
  memory.end(large);
  expect(await turn).toBe(true);
  expect(answer.size).toBe(20 * MB);
});

it('small answers get their turn while large ones wait', async () => {
  const filled = fillByStrangers(MB);
  memory.takeAnyway(stranger('greedy'), 10 * MB);
  const large = memory.takeInTurn(stranger('large'), 20 * MB, 0);
  const small = memory.takeInTurn(stranger('small'), 200_000, 0);
  for (const answer of filled.slice(0, 12)) memory.end(answer);
  expect(await small).toBe(true);
  for (const answer of filled) memory.end(answer);
  expect(await large).toBe(true);
});

it('an answer that waits for too long is refused', async () => {
  jest.useFakeTimers();
  try {
    memory.take(member('alice'), 56 * MB);
    const turn = memory.takeInTurn(member('bob'), 10 * MB, 0);
    jest.advanceTimersByTime(PATIENCE_MS);
    expect(await turn).toBe(false);
  } finally {
    jest.useRealTimers();
  }
});

it('the number of waiting answers is bounded, of one owner and in all, and so is the memory that they hold', async () => {
  const all = member('all');
  memory.take(all, 56 * MB);
  const turns = Array.from({ length: 9 }, () => memory.takeInTurn(member('alice'), 10 * MB, 0));
  expect(turns.pop()).toBe(false);
  expect(memory.takeInTurn(member('bob'), 10 * MB, SHARE + 1)).toBe(false);
  for (let count = turns.length; count < 64; count++) {
    turns.push(memory.takeInTurn(member(`person ${count}`), 10 * MB, 0));
  }
  expect(memory.takeInTurn(member('late'), 10 * MB, 0)).toBe(false);
  memory.end(all);
  expect(turns.every((turn) => turn instanceof Promise)).toBe(true);
  expect(await turns[0]).toBe(true);
});

it('a reader who has left while waiting makes room for others at once', async () => {
  memory.take(member('all'), 56 * MB);
  const gone = Array.from({ length: 64 }, (_, count) =>
    memory.takeInTurn(member(`gone ${count}`, true), 10 * MB, 0),
  );
  expect(memory.takeInTurn(member('late'), 10 * MB, 0)).toBeInstanceOf(Promise);
  expect(await Promise.all(gone.map(async (turn) => turn))).toEqual(Array<boolean>(64).fill(false));
});

it('a reader blocks only those who would get its memory', () => {
  const [reader, other] = [member('reader'), stranger('other')];
  memory.take(reader, 9 * MB);
  memory.take(other, 40 * MB);
  expect(memory.isWantedFrom(reader)).toBe(false);
  void memory.takeInTurn(stranger('newcomer'), 2 * MB, 0);
  expect([reader, other].map((answer) => memory.isWantedFrom(answer))).toEqual([false, true]);
  void memory.takeInTurn(member('reader'), 2 * MB, 0);
  expect(memory.isWantedFrom(reader)).toBe(true);
});
