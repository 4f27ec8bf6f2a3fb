import { RateLimiter } from './rate-limiter.js';

let now: number;

beforeEach(() => {
  now = 1_000;
});

/** 10 a second, 3 seconds' worth at once. */
function limiter(capacity?: number): RateLimiter {
  return new RateLimiter(10, 3, () => now, capacity);
}

function admitted(limits: RateLimiter, key: string, attempts: number): number {
  return Array.from({ length: attempts }, () => limits.take(key)).filter((wait) => wait === 0).length;
}

it('a rate limiter lets a burst through and then no more than its rate', () => {
  const limits = limiter();
  expect(admitted(limits, 'alice', 100)).toBe(30);
  now += 1_000;
  expect(admitted(limits, 'alice', 100)).toBe(10);
});

it('a rate limiter says after how long it has room again', () => {
  const limits = limiter();
  admitted(limits, 'alice', 30);
  const wait = limits.take('alice');
  expect(wait).toBeCloseTo(0.1);
  now += wait * 1000;
  expect(limits.take('alice')).toBe(0);
});

it('a rate limiter does not let one key pay for another', () => {
  const limits = limiter();
  admitted(limits, 'alice', 100);
  expect(admitted(limits, 'bob', 100)).toBe(30);
});

it('a rate limiter saves up no more than a burst', () => {
  const limits = limiter();
  limits.take('alice');
  now += 3_600_000;
  expect(admitted(limits, 'alice', 100)).toBe(30);
});

it('a rate limiter makes a key wait for charges beyond its burst', () => {
  const limits = limiter();
  limits.charge('alice', 50);
  expect(limits.take('alice')).toBeCloseTo(2.1);
  now += 2_100;
  expect(limits.take('alice')).toBe(0);
});

it('a rate limiter says how long it takes to pay for a charge', () => {
  const limits = limiter();
  expect(limits.charge('alice', 29.5)).toBe(0);
  expect(limits.charge('alice', 0.5)).toBe(0);
  expect(limits.charge('alice', 10)).toBeCloseTo(1);
  now += 1_000;
  expect(limits.charge('alice', 0)).toBeCloseTo(0);
});

it('a rate limiter remembers a key when it drops older ones', () => {
  const limits = limiter();
  limits.charge('alice', 70);
  for (let step = 0; step < 2; step++) {
    now += 2_000;
    limits.take('bob');
  }
  expect(limits.take('alice')).toBeGreaterThan(0);
});

it('a rate limiter holds a bounded number of keys', () => {
  const limits = limiter(100);
  for (let key = 0; key < 100_000; key++) limits.take(String(key));
  const { young, old } = limits as unknown as Record<'young' | 'old', Map<string, number>>;
  expect(young.size + old.size).toBeLessThanOrEqual(200);
});

it('a rate limiter limits nobody when it is off', () => {
  const limits = new RateLimiter(0, 3, () => now);
  limits.charge('alice', 1_000_000);
  expect(admitted(limits, 'alice', 1_000)).toBe(1_000);
});

it('a rate limiter takes as many whole units as there are', () => {
  const limits = limiter();
  expect(limits.takeUpTo('alice', 10)).toBe(10);
  limits.charge('alice', 0.5);
  expect(limits.takeUpTo('alice', 100)).toBe(19);
  expect(limits.takeUpTo('alice', 1)).toBe(0);
  limits.charge('alice', 50);
  expect(limits.takeUpTo('alice', 1)).toBe(0);
  expect(limits.usedBy('alice')).toBeCloseTo(79.5);
});

it('a rate limiter says how long to wait for some units without taking them', () => {
  const limits = limiter();
  expect(limits.waitFor('alice', 30)).toBe(0);
  expect(limits.waitFor('alice', 31)).toBeCloseTo(0.1);
  expect(limits.usedBy('alice')).toBe(0);
});

it('a rate limiter learns from others how much of a burst is used, and never lowers that', () => {
  const limits = limiter();
  limits.raise('alice', 1000);
  expect(limits.usedBy('alice')).toBeCloseTo(10);
  limits.raise('alice', 500);
  expect(limits.usedBy('alice')).toBeCloseTo(10);
  limits.forget('alice');
  expect(limits.usedBy('alice')).toBe(0);
});
