import { EventEmitter, once } from 'node:events';
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

  it('reach the one although the other, which asked first, waits for its lock', async () => {
    const { Database } = await compiled<typeof databases>('foundation/database/database.js');
    const { RuleCache } = await compiled<typeof caches>('moderation/rules/rule-cache.service.js');
    const [database, cache] = [server.get(Database), server.get(RuleCache)];
    const lock = `SELECT FROM rooms WHERE token = 'lobby' FOR NO KEY UPDATE`;
    const events = new EventEmitter();
    const [isLocked, isAsked] = [once(events, 'locked'), once(events, 'asked')];
    const holder = database.transact(async (tx) => {
      await tx.run(lock);
      events.emit('locked');
      await isAsked;
      return cache.ofRoom('lobby', tx);
    });
    await isLocked;
    const waiting = database.transact(async (tx) => {
      const rules = Promise.all([tx.run(lock), cache.ofRoom('lobby', tx)]);
      events.emit('asked');
      return rules;
    });
    const none = expect.objectContaining({ longestRepetition: 0 }) as object;
    await expect(holder).resolves.toEqual(none);
    await expect(waiting).resolves.toEqual([1, none]);
  });
});
