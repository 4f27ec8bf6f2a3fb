import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { ChangeFeed } from '../../foundation/database/change-feed.js';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { RedisConnection } from '../../foundation/redis/redis-connection.service.js';

/** How a process fares, in its own words. */
export interface SelfReport {
  /** Whether it hears of changes at once; otherwise it asks the database each time. */
  hearsChanges: boolean;
  /** Whether it reaches Redis; null for a community without it. */
  reachesRedis: boolean | null;
  /** Seconds by which its clock is ahead of the database's. */
  clockAhead: number;
  /** Milliseconds that the database took to answer it. */
  databaseMs: number;
  /** Bytes of memory. */
  memory: number;
}

/** Makes the report that each process of a community gives of itself. */
@Injectable()
export class SelfReports {
  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly redis: RedisConnection,
  ) {}

  /** @throws DatabaseUnavailableError */
  async make(): Promise<SelfReport> {
    const asked = performance.now();
    const row = await this.database.row({ now: column.number }, `SELECT ${NOW} AS now`);
    const databaseMs = performance.now() - asked;
    // The database looked at its clock about halfway through.
    const clockAhead = this.clock.seconds() - databaseMs / 2000 - (row?.now ?? 0);
    return {
      hearsChanges: this.feed.isListening,
      reachesRedis: this.redis.isConfigured ? this.redis.live !== undefined : null,
      clockAhead: Math.round(clockAhead * 1000) / 1000,
      databaseMs: Math.round(databaseMs * 10) / 10,
      memory: process.memoryUsage.rss(),
    };
  }
}
