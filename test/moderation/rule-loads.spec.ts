import type * as databases from '../../src/foundation/database/database.js';
import type * as caches from '../../src/moderation/rules/rule-cache.service.js';
import { compiled } from '../support/compiled.js';
import { holdTransaction } from '../support/held-transaction.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('rules that two transactions ask for at once', () => {
  let server: OpenServer;
  let database: databases.Database;
  let cache: caches.RuleCache;

  beforeAll(async () => {
    server = await openServer();
    const { Database } = await compiled<typeof databases>('foundation/database/database.js');
    const { RuleCache } = await compiled<typeof caches>('moderation/rules/rule-cache.service.js');
    [database, cache] = [server.get(Database), server.get(RuleCache)];
  });

  afterAll(() => server.stop());

  it('reach the one although the other, which asked the database for both, has failed', async () => {
    const failing = await holdTransaction(database);
    const failed = expect(failing.tx.run('SELECT 1 / 0')).rejects.toThrow('division by zero');
    const asked = expect(cache.ofRoom('lobby', failing.tx)).rejects.toThrow();
    const other = database.transact(async (tx) => (await cache.ofRoom('lobby', tx)).longestRepetition);
    await expect(other).resolves.toBe(0);
    await Promise.all([failed, asked]);
    await expect(failing.end()).rejects.toThrow();
  });

  it('reach the one although the other, which asked first, waits for its lock', async () => {
    const lock = `SELECT FROM rooms WHERE token = 'lobby' FOR NO KEY UPDATE`;
    const holder = await holdTransaction(database);
    await holder.tx.run(lock);
    let waiting: Promise<unknown> | undefined;
    await new Promise<void>((asked) => {
      waiting = database.transact((tx) => {
        const both = Promise.all([tx.run(lock), cache.ofRoom('elsewhere', tx)]);
        asked();
        return both;
      });
    });
    const none = expect.objectContaining({ longestRepetition: 0 }) as object;
    expect(await cache.ofRoom('elsewhere', holder.tx)).toEqual(none);
    await holder.end();
    await expect(waiting).resolves.toEqual([1, none]);
  });
});
