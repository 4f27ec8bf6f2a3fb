import { LEAST_SPEED, Transfer, Transfers } from './transfer.js';

function transfer(): Transfer {
  return new Transfer(() => undefined);
}

/** Lets seconds pass, in each of which so many bytes move. */
function pass(one: Transfer, seconds: number, bytes = 0): void {
  for (let second = 0; second < seconds; second++) {
    one.moved(bytes);
    one.tick();
  }
}

it('a young transfer is not called slow', () => {
  const one = transfer();
  pass(one, 2);
  expect(one.isSlow).toBe(false);
});

it('a transfer that stands still is slow after some seconds, whatever it did before', () => {
  const one = transfer();
  pass(one, 10, 10_000_000);
  expect(one.isSlow).toBe(false);
  pass(one, 4);
  expect(one.isSlow).toBe(true);
});

it('a line of one megabit a second is not slow', () => {
  const one = transfer();
  pass(one, 10, 125_000);
  expect(one.isSlow).toBe(false);
  expect(one.speed).toBeGreaterThan(LEAST_SPEED);
});

it('a transfer that the server delays is not slow, and has its full time again afterwards', () => {
  const one = transfer();
  pass(one, 10, 125_000);
  one.held = true;
  pass(one, 10);
  expect(one.isSlow).toBe(false);
  one.held = false;
  expect(one.isSlow).toBe(false);
  pass(one, 3);
  expect(one.isSlow).toBe(true);
});

it('a list of slow transfers has the slowest first, and no others', () => {
  const all = new Transfers(() => undefined);
  const [stalled, trickling, fast] = [transfer(), transfer(), transfer()];
  for (const one of [fast, trickling, stalled]) all.add(one);
  pass(stalled, 5);
  pass(trickling, 5, 1000);
  pass(fast, 5, 1_000_000);
  expect(all.slowest()).toEqual([stalled, trickling]);
  for (const one of [stalled, trickling, fast]) all.delete(one);
  expect(all.count).toBe(0);
});
