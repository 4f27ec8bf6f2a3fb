import { Global, Module } from '@nestjs/common';
import { RateLimits } from './rate-limits.service.js';

/** Limits of what one client, or all of them together, can take of a worker process. */
@Global()
@Module({ providers: [RateLimits], exports: [RateLimits] })
export class LimitsModule {}
