import { type Redis } from 'ioredis';
import { type RedisConnection } from '../redis/redis-connection.service.js';
import { type RateOutcome, type SharedCounter, type RateUse } from './rate.js';

/**
 * As `RateLedger`, by the clock of Redis. A key holds the time, in microseconds, at which its burst is whole again, and
 * expires then. Arguments of each key: microseconds that one costs, those of a burst, how many are told and wanted.
 * Answers of each key: how many are taken, and microseconds until its burst is whole.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for index, key in ipairs(KEYS) do
  local at = 4 * (index - 1)
  local cost, burst = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local told, wanted = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local debt = math.max(0, tonumber(redis.call('GET', key) or 0) - now) + told * cost
  local taken = math.max(0, math.min(wanted, math.floor((burst - debt) / cost + 1e-6)))
  debt = math.ceil(debt + taken * cost)
  if debt > 0 then
    redis.call('SET', key, string.format('%.0f', now + debt), 'PX', math.ceil(debt / 1000))
  end
  answers[2 * index - 1] = taken
  answers[2 * index] = debt
end
return answers
`;
/** Milliseconds. Without Redis limits are coarser, so nobody waits long for it. */
const PATIENCE = 20;
const COMMAND = 'plazaRates';

type WithCommand = Redis &
  Record<typeof COMMAND, (keys: number, ...args: (string | number)[]) => Promise<number[]>>;

/** The counter of all machines, in Redis. */
export class RedisCounter implements SharedCounter {
  readonly patience = PATIENCE;
  /** The connection that knows the script. */
  private prepared: Redis | undefined;

  constructor(private readonly connection: RedisConnection) {}

  get isReady(): boolean {
    return this.connection.live !== undefined;
  }

  async settle(uses: readonly RateUse[]): Promise<readonly RateOutcome[]> {
    const redis = this.connection.live;
    if (!redis) throw new Error('Redis is away');
    if (this.prepared !== redis) redis.defineCommand(COMMAND, { lua: SCRIPT });
    this.prepared = redis;
    const keys = uses.map(({ rate, key }) => this.connection.hiddenKey(`rate:${rate.name}`, key));
    const numbers = uses.flatMap(({ rate: { perSecond, burstSeconds }, told, wanted }) => [
      1_000_000 / perSecond,
      1_000_000 * burstSeconds,
      told,
      wanted,
    ]);
    const answers = await (redis as WithCommand)[COMMAND](keys.length, ...keys, ...numbers);
    return uses.map((_, index) => ({
      taken: answers[2 * index] ?? 0,
      debt: (answers[2 * index + 1] ?? 0) / 1000,
    }));
  }
}
