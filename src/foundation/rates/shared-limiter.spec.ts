import { type Rate, type RateUse } from './rate.js';
import { RateLedger } from './rate-ledger.js';
import { type AskCounter, SharedLimiter } from './shared-limiter.js';

const RATE: Rate = { name: 'key', perSecond: 10, burstSeconds: 30 };
const BURST = 300;
/** The part of it that a process does not tell. */
const UNTOLD = 15;

let now: number;
let uses: RateUse[];
let ledger: RateLedger;

beforeEach(() => {
  now = 1_000;
  uses = [];
  ledger = new RateLedger(() => now);
});

/** Asks a counter that answers some microtasks later. */
const ask: AskCounter = async (question) => {
  uses.push(question.use);
  await Promise.resolve();
  question.isSent = true;
  await Promise.resolve();
  return ledger.settle(question.use);
};

/** As one process has it. */
function limiter(rate = RATE, asking: AskCounter = ask): SharedLimiter {
  return new SharedLimiter(rate, asking, () => now);
}

/** How many of so many at once are let through, in all of these processes together. */
async function admitted(limiters: readonly SharedLimiter[], each: number): Promise<number> {
  const waits = await Promise.all(
    limiters.flatMap((one) => Array.from({ length: each }, () => Promise.resolve(one.take('alice')))),
  );
  return waits.filter((wait) => wait === 0).length;
}

describe('a limit that processes share', () => {
  it('is decided at once and without the shared counter for a key that uses little', () => {
    const one = limiter();
    for (let second = 0; second < 1000; second++) {
      // A twentieth of the rate is one in two seconds.
      if (second % 2 === 0) expect(one.take('alice')).toBe(0);
      now += 1000;
    }
    expect(Array.from({ length: UNTOLD }, () => one.take('bob'))).toEqual(Array(UNTOLD).fill(0));
    expect(uses).toEqual([]);
  });

  it('asks the shared counter once in a twentieth of the burst', async () => {
    const one = limiter();
    for (let count = 0; count < BURST; count++) expect(await one.take('alice')).toBe(0);
    expect(uses.length).toBeLessThanOrEqual(20);
    expect(uses.length).toBeGreaterThan(15);
    expect(await one.take('alice')).toBeGreaterThan(0);
  });

  it.each([1, 2, 8])('is exceeded over %d processes by a twentieth for each at most', async (processes) => {
    const limiters = Array.from({ length: processes }, () => limiter());
    const total = await admitted(limiters, 2 * BURST);
    expect(total).toBeGreaterThanOrEqual(BURST);
    expect(total).toBeLessThanOrEqual(BURST + processes * UNTOLD);
  });

  it('holds over a long time, too', async () => {
    const limiters = Array.from({ length: 4 }, () => limiter());
    await admitted(limiters, BURST);
    let later = 0;
    for (let step = 0; step < 600; step++) {
      now += 100;
      later += await admitted(limiters, 5);
    }
    // A minute's worth, and what each process does not tell in a minute.
    expect(later).toBeGreaterThanOrEqual(600 - 4 * UNTOLD);
    expect(later).toBeLessThanOrEqual(600 + 4 * (UNTOLD + 30));
  });

  it('is exact where a twentieth of it is less than one', async () => {
    const small = { name: 'edits', perSecond: 0.1, burstSeconds: 50 };
    expect(await admitted([limiter(small), limiter(small)], 20)).toBe(5);
  });

  it('asks the shared counter once for all requests of one turn of the event loop', async () => {
    const small = { name: 'edits', perSecond: 0.1, burstSeconds: 50 };
    const [one, other] = [limiter(small), limiter(small)];
    await admitted([one], 3);
    uses = [];
    const waits = await Promise.all(Array.from({ length: 5 }, () => Promise.resolve(other.take('alice'))));
    expect(uses).toHaveLength(1);
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, true, true, true]);
    expect(waits[4]).toBeCloseTo(10);
  });

  it('refuses without asking again when it knows that a key has used too much, and says how long to wait', async () => {
    const [one, other] = [limiter(), limiter()];
    await admitted([one], BURST);
    await admitted([other], UNTOLD);
    expect(await other.take('alice')).toBeGreaterThan(0);
    const asked = uses.length;
    const wait = other.take('alice');
    expect(wait).toBeGreaterThan(0);
    expect(await admitted([one, other], 1000)).toBe(0);
    expect(uses).toHaveLength(asked);
    now += (wait as number) * 1000;
    expect(await other.take('alice')).toBe(0);
  });

  it('does not count the requests that it refuses', async () => {
    const [one, other] = [limiter(), limiter()];
    await admitted([one], BURST);
    await admitted([other], 10 * BURST);
    now += 60_000;
    expect(await admitted([one, other], BURST)).toBeGreaterThanOrEqual(BURST);
  });

  it('lets a charge go beyond the burst, and makes all processes wait for it', async () => {
    const [one, other] = [limiter(), limiter()];
    expect(one.charge('alice', 2 * BURST)).toBeCloseTo(30);
    await Promise.resolve();
    await admitted([other], UNTOLD);
    expect(await other.take('alice')).toBeGreaterThan(30);
  });

  it('hears by itself, where nobody may wait, how much is used elsewhere', async () => {
    const [one, other] = [limiter(), limiter()];
    let total = 0;
    for (let round = 0; round < 2 * BURST; round++) {
      for (const each of [one, other]) if (each.takeNow('alice') === 0) total++;
      await new Promise(setImmediate);
    }
    expect(total).toBeGreaterThanOrEqual(BURST);
    expect(total).toBeLessThanOrEqual(BURST + 2 * UNTOLD);
  });

  it('does not let one key pay for another', async () => {
    const one = limiter();
    await admitted([one], 2 * BURST);
    expect(one.take('bob')).toBe(0);
  });

  it('is switched off by 0', () => {
    const off = limiter({ ...RATE, perSecond: 0 });
    off.charge('alice', 1_000_000);
    expect([off.take('alice'), off.takeNow('alice'), off.charge('alice', 1)]).toEqual([0, 0, 0]);
    expect(uses).toEqual([]);
  });
});

describe('without the shared counter', () => {
  const away: AskCounter = () => undefined;
  /** As of a counter that is asked and does not answer in time. */
  const silent: AskCounter = () => Promise.resolve(undefined);

  it.each([
    ['away', away],
    ['silent', silent],
  ])('that is %s each process counts for itself', async (_, asking) => {
    const [one, other] = [limiter(RATE, asking), limiter(RATE, asking)];
    expect(await admitted([one], 2 * BURST)).toBe(BURST);
    expect(await admitted([other], 2 * BURST)).toBe(BURST);
    now += 10_000;
    // Time gives back the burst, and besides it the twentieth that a process lets pass without asking.
    const later = await admitted([one], 2 * BURST);
    expect(later).toBeGreaterThanOrEqual(100);
    expect(later).toBeLessThanOrEqual(105);
    expect(one.charge('alice', 10)).toBeCloseTo(1);
  });

  it('and with it again, a process still knows the uses that the counter has forgotten', async () => {
    const one = limiter();
    await admitted([one], BURST);
    ledger = new RateLedger(() => now);
    expect(await one.take('alice')).toBeGreaterThan(0);
  });
});

it('a process that is alone asks nobody', () => {
  const alone = new SharedLimiter(RATE, undefined, () => now);
  const waits = Array.from({ length: 2 * BURST }, () => alone.take('alice'));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(BURST);
  expect(alone.takeNow('alice')).toBeGreaterThan(0);
});
