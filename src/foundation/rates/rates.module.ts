import cluster from 'node:cluster';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Clock } from '../clock.js';
import { Settings } from '../config/settings.js';
import { Meters } from '../metrics/meters.service.js';
import { RedisConnection } from '../redis/redis-connection.service.js';
import { type SharedCounter } from './rate.js';
import { RedisCounter } from './redis-counter.js';
import { SharedRates } from './shared-rates.service.js';
import { SupervisorCounter } from './supervisor-counter.js';

/** The counter that this process shares with most others; undefined when it is the only one. */
function counterOf({ workers }: Settings, redis: RedisConnection): SharedCounter | undefined {
  if (redis.isConfigured) return new RedisCounter(redis);
  return cluster.isWorker && workers > 1 ? new SupervisorCounter() : undefined;
}

/** Makes rates that are counted over all processes injectable everywhere. */
@Global()
@Module({})
export class RatesModule {
  /** @param clock by whose monotonic time they refill */
  static forRoot(clock: Clock): DynamicModule {
    return {
      module: RatesModule,
      providers: [
        {
          provide: SharedRates,
          inject: [Settings, RedisConnection, Meters],
          useFactory: (settings: Settings, redis: RedisConnection, meters: Meters) =>
            new SharedRates(counterOf(settings, redis), meters, () => clock.monotonic()),
        },
      ],
      exports: [SharedRates],
    };
  }
}
