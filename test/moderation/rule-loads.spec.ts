import type * as databases from '../../src/foundation/database/database.js';
import type * as caches from '../../src/moderation/rules/rule-cache.service.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('rules that two transactions ask for at once', () => {
  let server: OpenServer;

  beforeAll(async () => {
    server = await openServer();
  });

  afterAll(() => server.stop());

  it('reach the one although the other, which asked the database for both, has failed', async () => {
    const { Database } = await compiled<typeof databases>('foundation/database/database.js');
    const { RuleCache } = await compiled<typeof caches>('moderation/rules/rule-cache.service.js');
    const [database, cache] = [server.get(Database), server.get(RuleCache)];
    const failing = database.transact(async (tx) => {
      const failed = tx.run('SELECT 1 / 0');
      const asked = cache.ofRoom('lobby', tx);
      const other = database.transact(
        async (second) => (await cache.ofRoom('lobby', second)).longestRepetition,
      );
      await expect(other).resolves.toBe(0);
      await Promise.all([failed, asked]);
    });
    await expect(failing).rejects.toThrow('division by zero');
  });
});
