import { mostConnections } from './database-connections.js';

describe('the connections to PostgreSQL that a community may have', () => {
  it('are the pool and one more of each worker, two for jobs and two for a backup', () => {
    expect(mostConnections({ databasePoolSize: 10, redisUrl: undefined }, 1, 4)).toBe(48);
    expect(mostConnections({ databasePoolSize: 10, redisUrl: undefined }, 2, 8)).toBe(94);
  });

  it('include none for jobs where their queue is in Redis', () => {
    expect(mostConnections({ databasePoolSize: 10, redisUrl: 'redis://r' }, 2, 8)).toBe(90);
  });
});
