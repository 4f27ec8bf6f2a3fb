import { type RedisPlace } from '../../foundation/redis/redis-connection.service.js';

/** Where the queue of a community lies: in its Redis if it has one, and in PostgreSQL otherwise. */
export interface QueueAddress {
  /** `postgres://user:password@host:port/database`, past a pooler, because a worker listens. */
  readonly databaseUrl: string;
  readonly redis: Pick<RedisPlace, 'url' | 'prefix'>;
}
