import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Meters } from '../metrics/meters.service.js';
import { type RateOutcome, type Rate, type SharedCounter, type RateUse } from './rate.js';
import { RateLedger } from './rate-ledger.js';
import { type CounterQuestion } from './shared-limiter.js';
import { SharedRates } from './shared-rates.service.js';

const RATE: Rate = { name: 'key', perSecond: 10, burstSeconds: 30 };
const PATIENCE = 20;

function question(key = 'alice', told = 1): CounterQuestion {
  return { use: { rate: RATE, key, told, wanted: 1 }, isSent: false };
}

/** A counter that a test has answer or not. */
class Counter implements SharedCounter {
  readonly patience = PATIENCE;
  isReady = true;
  isSilent = false;
  readonly messages: (readonly RateUse[])[] = [];
  private readonly ledger = new RateLedger(() => now);

  settle(uses: readonly RateUse[]): Promise<readonly RateOutcome[]> {
    this.messages.push(uses);
    if (this.isSilent) return new Promise(() => undefined);
    return Promise.resolve(uses.map((use) => this.ledger.settle(use)));
  }
}

let now: number;
let counter: Counter;
let rates: SharedRates;

beforeEach(() => {
  now = 1_000;
  counter = new Counter();
  rates = new SharedRates(counter, new Meters(), () => now);
});

it('a worker tells all uses of one turn in one message, and gives each its own answer', async () => {
  const [alice, bob] = await Promise.all([rates.ask(question()), rates.ask(question('bob', 5))]);
  expect(counter.messages).toHaveLength(1);
  expect(alice?.debt).toBeCloseTo(200);
  expect(bob?.debt).toBeCloseTo(600);
  await rates.ask(question());
  expect(counter.messages).toHaveLength(2);
});

it('a worker tells a bounded number of uses in a turn', async () => {
  const asked = Array.from({ length: 5000 }, (_, index) => rates.ask(question(String(index))));
  expect(asked.filter(Boolean)).toHaveLength(500);
  await turn();
  expect(counter.messages.map((uses) => uses.length)).toEqual([500]);
  expect(rates.ask(question())).toBeDefined();
});

it('a worker asks nobody while the counter is away', () => {
  counter.isReady = false;
  expect(rates.ask(question())).toBeUndefined();
  expect(counter.messages).toEqual([]);
});

it('a worker waits for a silent counter once in a second, until it answers again', async () => {
  counter.isSilent = true;
  expect(await rates.ask(question())).toBeUndefined();
  expect(rates.ask(question())).toBeUndefined();
  now += 1_000;
  const probe = rates.ask(question());
  expect(probe).toBeDefined();
  expect(rates.ask(question())).toBeUndefined();
  expect(await probe).toBeUndefined();
  counter.isSilent = false;
  now += 1_000;
  expect(await rates.ask(question())).toMatchObject({ taken: 1 });
  expect(await rates.ask(question())).toMatchObject({ taken: 1 });
  expect(counter.messages).toHaveLength(4);
});

it('a worker does not count an answer as late that arrived while the worker was busy', async () => {
  counter.settle = () => new Promise((resolve) => setImmediate(resolve, [{ taken: 1, debt: 1 }]));
  const asked = rates.ask(question());
  await sleep(0);
  const end = performance.now() + 2 * PATIENCE;
  while (performance.now() < end);
  expect(await asked).toEqual({ taken: 1, debt: 1 });
});

it('a process that is alone asks nobody', () => {
  const alone = new SharedRates(undefined, new Meters());
  expect(alone.ask(question())).toBeUndefined();
  expect(alone.limiter(RATE).take('alice')).toBe(0);
});
