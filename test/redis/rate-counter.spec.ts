import type * as ledgers from '../../src/foundation/rates/rate-ledger.js';
import { type RateOutcome, type RateUse } from '../../src/foundation/rates/rate.js';
import type * as counters from '../../src/foundation/rates/redis-counter.js';
import type * as connecting from '../../src/foundation/redis/redis-connection.service.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';

const RATES = [
  { name: 'edits', perSecond: 0.05, burstSeconds: 600 },
  { name: 'bytes', perSecond: 1000, burstSeconds: 30 },
  { name: 'thirds', perSecond: 1 / 3, burstSeconds: 3 },
];
/** Milliseconds by which two counters that are asked one after the other may differ. */
const APART = 500;

describeWithRedis('rates that are counted in Redis', () => {
  let redis: TestRedis;
  let server: OpenServer;
  let connection: connecting.RedisConnection;
  let counter: counters.RedisCounter;

  beforeAll(async () => {
    redis = await startRedis();
    server = await openServer({ env: { REDIS_URL: redis.url } });
    const { RedisConnection } = await compiled<typeof connecting>(
      'foundation/redis/redis-connection.service.js',
    );
    const { RedisCounter } = await compiled<typeof counters>('foundation/rates/redis-counter.js');
    connection = server.get(RedisConnection);
    counter = new RedisCounter(connection);
  });

  afterAll(async () => {
    await server.stop();
    await redis.stop();
  });

  function use(key: string, told: number, wanted: number, rate = RATES[0]): RateUse {
    if (!rate) throw new Error('there is no such rate');
    return { rate, key, told, wanted };
  }

  it('are counted as in the supervisor', async () => {
    const { RateLedger } = await compiled<typeof ledgers>('foundation/rates/rate-ledger.js');
    const ledger = new RateLedger();
    const uses = RATES.flatMap((rate) => [
      use('alice', 0, 1, rate),
      use('alice', 0.25, 3, rate),
      use('bob', 40, 0, rate),
      use('bob', 0, 1, rate),
      use('alice', 12.5, 100, rate),
    ]);
    const fromRedis: RateOutcome[] = [];
    const fromLedger: RateOutcome[] = [];
    for (const one of uses) {
      fromRedis.push(...(await counter.settle([one])));
      fromLedger.push(ledger.settle(one));
    }
    const slow = (index: number): boolean => uses[index]?.rate.name !== 'bytes';
    const taken = (outcomes: RateOutcome[]): number[] =>
      outcomes.filter((_, index) => slow(index)).map((outcome) => outcome.taken);
    expect(taken(fromRedis)).toEqual(taken(fromLedger));
    fromRedis.forEach(({ debt }, index) => {
      expect(Math.abs(debt - (fromLedger[index]?.debt ?? 0))).toBeLessThan(APART);
    });
  });

  it('are counted for several keys in one command, each by itself and each use after the one before', async () => {
    const uses = [use('carol', 0, 29), use('dan', 0, 1), use('carol', 0, 5)];
    const outcomes = await counter.settle(uses);
    expect(outcomes.map(({ taken }) => taken)).toEqual([29, 1, 1]);
  });

  it('are forgotten when a burst is whole again', async () => {
    await counter.settle([use('eve', 0, 1, { name: 'quick', perSecond: 20, burstSeconds: 1 })]);
    const client = connection.live;
    const count = async (): Promise<number> =>
      (await client?.keys(connection.key('rate:quick:*')))?.length ?? 0;
    await eventually(async () => (await count()) === 0);
  });

  it('can be counted again after a start of Redis, which knows no script then', async () => {
    await redis.kill();
    await redis.start();
    await eventually(() => counter.isReady);
    expect((await counter.settle([use('alice', 0, 1)])).map(({ taken }) => taken)).toEqual([1]);
  });

  it('are refused at once while Redis is away', async () => {
    await redis.kill();
    await eventually(() => !counter.isReady);
    await expect(counter.settle([use('alice', 0, 1)])).rejects.toThrow('Redis is away');
    await redis.start();
  });
});
