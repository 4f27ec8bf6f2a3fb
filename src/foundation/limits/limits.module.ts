import { Global, Module } from '@nestjs/common';
import { MembersFirst } from './members-first.service.js';
import { RateLimits } from './rate-limits.service.js';

/** Limits of what one client, or all of them together, can take of a worker process. */
@Global()
@Module({ providers: [RateLimits, MembersFirst], exports: [RateLimits, MembersFirst] })
export class LimitsModule {}
