import { ByteBudget } from './byte-budget.js';

const SOON = 30;

it('a budget of bytes lends what it has and makes the rest wait, in order', async () => {
  const budget = new ByteBudget(100, 10_000, 10);
  expect(await budget.take(60)).toBe(true);
  const served: string[] = [];
  const second = budget.take(50).then(() => served.push('second'));
  const third = budget.take(10).then(() => served.push('third'));
  expect(budget.inUse).toBe(60);
  budget.give(60);
  await Promise.all([second, third]);
  expect(served).toEqual(['second', 'third']);
  expect(budget.inUse).toBe(60);
});

it('a budget of bytes lets nobody wait for ever, and those behind them no longer than needed', async () => {
  const budget = new ByteBudget(100, SOON, 10);
  await budget.take(60);
  const tooLarge = budget.take(50);
  const small = budget.take(40);
  expect(await tooLarge).toBe(false);
  expect(await small).toBe(true);
  expect(budget.inUse).toBe(100);
});

it('a budget of bytes bounds how many wait', async () => {
  const budget = new ByteBudget(100, SOON, 1);
  await budget.take(100);
  const waiting = budget.take(1);
  expect(await budget.take(1)).toBe(false);
  budget.give(100);
  expect(await waiting).toBe(true);
});

it('a budget of bytes lends all it has to a larger request, once it has lent nothing else', async () => {
  const budget = new ByteBudget(100, 10_000, 10);
  await budget.take(1);
  const large = budget.take(500);
  budget.give(1);
  expect(await large).toBe(true);
  expect(budget.inUse).toBe(100);
  budget.give(500);
  expect(budget.inUse).toBe(0);
});
