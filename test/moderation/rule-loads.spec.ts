import type * as databases from '../../src/foundation/database/database.js';
import type * as caches from '../../src/moderation/rules/rule-cache.service.js';
import { compiled } from '../support/compiled.js';
import { holdTransaction } from '../support/held-transaction.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('rules that two transactions ask for at once', () => {
  let server: OpenServer;

  beforeAll(async () => {
    server = await openServer();
  });

  afterAll(() => server.stop());

  it('reach the one although the other, which asked first, waits for its lock', async () => {
    const { Database } = await compiled<typeof databases>('foundation/database/database.js');
    const { RuleCache } = await compiled<typeof caches>('moderation/rules/rule-cache.service.js');
    const [database, cache] = [server.get(Database), server.get(RuleCache)];
    const lock = `SELECT FROM rooms WHERE token = 'lobby' FOR NO KEY UPDATE`;
    const holder = await holdTransaction(database);
    await holder.tx.run(lock);
    let waiting: Promise<unknown> | undefined;
    await new Promise<void>((asked) => {
      waiting = database.transact((tx) => {
        const both = Promise.all([tx.run(lock), cache.ofRoom('lobby', tx)]);
        asked();
        return both;
      });
    });
    const none = expect.objectContaining({ longestRepetition: 0 }) as object;
    expect(await cache.ofRoom('lobby', holder.tx)).toEqual(none);
    await holder.end();
    await expect(waiting).resolves.toEqual([1, none]);
  });
});
