import { MessageHistoryService } from '../../src/messages/history.service.js';
import { type Environment, startServer, type TestServer } from '../support/server.js';
import { Actors } from '../support/actors.js';
import { withdraw } from '../support/message-states.js';
import { openMessageServices } from '../support/services.js';

const DAY = 86_400;

describe('what messages said before', () => {
  let server: TestServer;

  const prune = async (environment: Environment = {}): Promise<number> => {
    const services = await openMessageServices(server, environment);
    try {
      return await services.get(MessageHistoryService).prune();
    } finally {
      await services.close();
    }
  };
  const ages = async (): Promise<number[]> =>
    (
      await server.sql(
        `SELECT round(extract(epoch FROM now()) - replaced_at)::int / ${DAY} AS days
         FROM message_history ORDER BY replaced_at`,
      )
    ).map((row) => Number(row.days));

  beforeAll(async () => {
    server = await startServer();
    const { alice } = new Actors(server);
    const { id } = (await alice.postMessage('lobby', 'one')).expect(201).json;
    for (const text of ['two', 'three', 'four']) (await alice.editMessage('lobby', id, text)).expect(200);
    await server.sql(
      `UPDATE message_history SET replaced_at = replaced_at - CASE data WHEN (SELECT data FROM message_history
         ORDER BY id LIMIT 1) THEN 31 * ${DAY} ELSE 5 * ${DAY} END`,
    );
  });

  afterAll(() => server.stop());

  it('is forgotten after thirty days', async () => {
    expect(await ages()).toEqual([31, 5, 5]);
    expect(await prune()).toBe(1);
    expect(await ages()).toEqual([5, 5]);
    expect(await prune()).toBe(0);
  });

  it('is forgotten after as many days as HISTORY_DAYS says', async () => {
    expect(await prune({ HISTORY_DAYS: '6' })).toBe(0);
    expect(await prune({ HISTORY_DAYS: '4' })).toBe(2);
    expect(await ages()).toEqual([]);
  });

  it('is kept for a day at least when the message is withdrawn, whatever HISTORY_DAYS says', async () => {
    const { bob } = new Actors(server);
    const [withdrawn, edited] = await Promise.all(
      ['spam', 'hello'].map(async (text) => (await bob.postMessage('lobby', text)).expect(201).json.id),
    );
    await withdraw(server, withdrawn ?? 0);
    (await bob.editMessage('lobby', edited ?? 0, 'hello!')).expect(200);
    expect(await prune({ HISTORY_DAYS: '0' })).toBe(1);
    expect(await ages()).toEqual([0]);
    await server.sql(`UPDATE message_history SET replaced_at = replaced_at - ${DAY}`);
    expect(await prune({ HISTORY_DAYS: '0' })).toBe(1);
  });
});
