import { readdirSync, readFileSync } from 'node:fs';
import { type Redis } from 'ioredis';
import type * as connecting from '../../src/foundation/redis/redis-connection.service.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { type OpenServer, openServer } from '../support/open-server.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { startServer } from '../support/server.js';

async function connectionOf(server: OpenServer): Promise<connecting.RedisConnection> {
  const { RedisConnection } = await compiled<typeof connecting>(
    'foundation/redis/redis-connection.service.js',
  );
  return server.get(RedisConnection);
}

async function isReady({ url }: { url: string }): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).status === 200;
}

describe('a server without Redis', () => {
  it('has no connection', async () => {
    const server = await openServer();
    try {
      const connection = await connectionOf(server);
      expect([connection.isConfigured, connection.live]).toEqual([false, undefined]);
    } finally {
      await server.stop();
    }
  });

  it('loads no part of its library, which is in files that nothing imports at its start', () => {
    const files = readdirSync('dist/server').filter((file) => file.endsWith('.js'));
    const texts = new Map(files.map((file) => [file, readFileSync(`dist/server/${file}`, 'utf8')]));
    const library = files.filter((file) => texts.get(file)?.includes('MaxRetriesPerRequestError'));
    expect(library).not.toEqual([]);
    const importsAtStart = (text: string): string[] =>
      [...text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, file = '']) => file);
    const importers = files.filter((file) =>
      importsAtStart(texts.get(file) ?? '').some((imported) => library.includes(imported)),
    );
    expect(importers.filter((file) => !library.includes(file))).toEqual([]);
  });
});

describeWithRedis('a server with Redis', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.stop();
  });

  it('serves while Redis is away, and says in its log and its metrics when that goes and comes back', async () => {
    await redis.kill();
    const env = { REDIS_URL: redis.url, METRICS_PORT: '0' };
    const server = await startServer({ workers: 2, env });
    const isUpIn = async (processes: number): Promise<boolean> =>
      (await scrape(metricsUrl(server))).value('plaza_redis_up') === processes;
    const lines = (text: string): number => server.log().split(text).length - 1;
    try {
      expect(await isReady(server)).toBe(true);
      expect(await isUpIn(0)).toBe(true);
      expect([lines('Redis can not be reached'), lines('Redis is back')]).toEqual([2, 0]);

      await redis.start();
      await eventually(() => isUpIn(2));
      expect([lines('Redis can not be reached'), lines('Redis is back')]).toEqual([2, 2]);

      await redis.kill();
      await eventually(() => isUpIn(0));
      expect(await isReady(server)).toBe(true);
      expect(lines('Redis can not be reached')).toBe(4);

      await redis.start();
      await eventually(() => isUpIn(2));
    } finally {
      await server.stop();
    }
  });

  describe('in this process', () => {
    let server: OpenServer;
    let connection: connecting.RedisConnection;
    const live = (): Redis => {
      if (!connection.live) throw new Error('Redis is away');
      return connection.live;
    };

    beforeAll(async () => {
      server = await openServer({ env: { REDIS_URL: redis.url } });
      connection = await connectionOf(server);
    });

    afterAll(async () => {
      await server.stop();
    });

    it('is connected when it begins to serve', async () => {
      expect(await live().ping()).toBe('PONG');
    });

    it('prefixes keys with its community', async () => {
      const key = connection.key('rates:alice');
      expect(key).toBe(`plaza:${server.publicKey.slice(0, 16)}:rates:alice`);
      const other = await openServer({ env: { REDIS_URL: redis.url } });
      try {
        expect((await connectionOf(other)).key('rates:alice')).not.toBe(key);
      } finally {
        await other.stop();
      }
    });

    it('fails commands that were under way when Redis went away, and sends none twice', async () => {
      const counting = live().incr(connection.key('count'));
      await counting;
      redis.freeze();
      const lost = live().incr(connection.key('count'));
      const failed = expect(lost).rejects.toThrow();
      await redis.kill();
      await failed;
      await eventually(() => connection.live === undefined);
      await redis.start();
      await eventually(() => connection.live !== undefined);
      expect(await live().get(connection.key('count'))).toBeNull();
    });

    it('gives up a connection that does not answer, and connects again', async () => {
      redis.freeze();
      try {
        await expect(live().ping()).rejects.toThrow('Command timed out');
        await eventually(() => connection.live === undefined);
      } finally {
        redis.thaw();
      }
      await eventually(() => connection.live !== undefined);
      expect(await live().ping()).toBe('PONG');
    });
  });

  it('ends its connections when it stops', async () => {
    const observer = await redis.connect();
    const connections = async (): Promise<number> =>
      String(await observer.client('LIST')).split('name=plaza ').length - 1;
    try {
      await eventually(async () => (await connections()) === 0);
      const server = await openServer({ env: { REDIS_URL: redis.url } });
      expect(await connections()).toBe(1);
      await server.stop();
      await eventually(async () => (await connections()) === 0);
    } finally {
      observer.disconnect();
    }
  });
});
