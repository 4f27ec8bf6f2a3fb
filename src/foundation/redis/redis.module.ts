import { type DynamicModule, Module } from '@nestjs/common';
import { Meters } from '../metrics/meters.service.js';
import { RedisConnection, type RedisPlace } from './redis-connection.service.js';

/** Makes the connection to Redis injectable everywhere; without REDIS_URL it is never live. */
@Module({})
export class RedisModule {
  static forRoot(place: RedisPlace): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers: [
        {
          provide: RedisConnection,
          inject: [Meters],
          useFactory: (meters: Meters) => new RedisConnection(place, meters),
        },
      ],
      exports: [RedisConnection],
    };
  }
}
