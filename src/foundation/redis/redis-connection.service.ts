import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { errorLine } from '../error-line.js';
import { type Meters } from '../metrics/meters.service.js';
import { openRedis } from './open-redis.js';

/** Milliseconds for which a start waits for Redis. */
const START_PATIENCE = 1_000;

export interface RedisPlace {
  /** REDIS_URL; undefined for a community without Redis. */
  readonly url: string | undefined;
  /** Begins each key and channel of this community, since several may share one Redis. */
  readonly prefix: string;
  /** Known to all machines of the community and to nobody else. */
  readonly secret: Buffer;
}

/**
 * This process's connection to Redis, which it has when REDIS_URL is set. It connects again by itself, and the log says
 * once that it is lost and once that it is back. Redis may be away at any time: whoever asks `live` has an answer of
 * their own for that, and handles the failure of each command.
 */
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private redis: Redis | undefined;
  private isLost = false;
  private reason = 'there is no connection yet';

  constructor(
    /** Where it is, for connections of their own to it. */
    readonly place: RedisPlace,
    meters: Meters,
  ) {
    if (place.url === undefined) return;
    meters
      .gauge({
        name: 'plaza_redis_up',
        help: 'Processes that are connected to the Redis of REDIS_URL.',
      })
      .watch(() => (this.live ? 1 : 0));
  }

  /** Whether this community has a Redis, be it away or not. */
  get isConfigured(): boolean {
    return this.place.url !== undefined;
  }

  /** The connection, while there is one that takes commands. Each command fails after a second at the latest. */
  get live(): Redis | undefined {
    return this.redis?.status === 'ready' ? this.redis : undefined;
  }

  /** A few words about why there is no connection, as far as it is known. */
  get whyAway(): string {
    return this.reason;
  }

  /** A key or channel of this community: `plaza:<community>:<name>`. */
  key(name: string): string {
    return this.place.prefix + name;
  }

  /** A key for an address or a Session ID, which nobody can read from it. */
  hiddenKey(name: string, subject: string): string {
    const digest = createHmac('sha256', this.place.secret)
      .update(`redis ${name} ${subject}`)
      .digest('base64url');
    return this.key(`${name}:${digest}`);
  }

  /** Begins to connect and waits for the outcome of the first attempt, for a second at most. */
  async onModuleInit(): Promise<void> {
    if (this.place.url === undefined) return;
    const redis = await openRedis(this.place.url, { connectionName: 'plaza' });
    this.redis = redis;
    redis.on('error', (error: unknown) => (this.reason = errorLine(error)));
    const attempted = new Promise<void>((resolve) => {
      redis.on('ready', () => {
        resolve();
        this.onReady();
      });
      redis.on('close', () => {
        resolve();
        this.onClose();
      });
    });
    await Promise.race([attempted, sleep(START_PATIENCE, undefined, { ref: false })]);
  }

  /** The last hook: until here requests are still being answered. */
  onApplicationShutdown(): void {
    const { redis } = this;
    this.redis = undefined;
    redis?.disconnect();
  }

  private onReady(): void {
    if (this.isLost) this.logger.log('Redis is back');
    this.isLost = false;
    this.reason = 'it closed the connection';
  }

  private onClose(): void {
    if (this.isLost || !this.redis) return;
    this.isLost = true;
    this.logger.warn(`Redis can not be reached and is tried again until it is back: ${this.reason}`);
  }
}
