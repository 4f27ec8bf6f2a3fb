import type * as history from '../../src/messages/history.service.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { withdraw } from '../support/message-states.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('the history of messages', () => {
  let server: OpenServer;

  const kept = async (): Promise<number> => (await server.sql('SELECT id FROM message_history')).length;

  const pruneAfter = async (days: string): Promise<number> => {
    const { MessageHistoryService } = await compiled<typeof history>('messages/history.service.js');
    const other = await openServer({ beside: server, env: { HISTORY_DAYS: days } });
    try {
      return await other.get(MessageHistoryService).prune();
    } finally {
      await other.stop();
    }
  };

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    const { alice } = new Actors(server);
    const { id } = (await alice.postMessage('lobby', 'one')).expect(201).json;
    (await alice.editMessage('lobby', id, 'two')).expect(200);
    await server.clock.advance('26 days');
    for (const text of ['three', 'four']) (await alice.editMessage('lobby', id, text)).expect(200);
  });

  afterAll(() => server.stop());

  it('is forgotten after thirty days', async () => {
    await server.clock.advance('3.9 days');
    await server.runJob('old texts of messages');
    expect(await kept()).toBe(3);
    await server.clock.advance('0.2 days');
    await server.runJob('old texts of messages');
    expect(await kept()).toBe(2);
  });

  it('is forgotten after as many days as HISTORY_DAYS says', async () => {
    expect(await pruneAfter('5')).toBe(0);
    expect(await pruneAfter('4')).toBe(2);
    expect(await kept()).toBe(0);
  });

  it('is kept for a day at least when the message is withdrawn, whatever HISTORY_DAYS says', async () => {
    const { bob } = new Actors(server);
    const [withdrawn, edited] = await Promise.all(
      ['spam', 'hello'].map(async (text) => (await bob.postMessage('lobby', text)).expect(201).json.id),
    );
    await withdraw(server, withdrawn ?? 0);
    (await bob.editMessage('lobby', edited ?? 0, 'hello!')).expect(200);
    await server.clock.advance('1 hour');
    expect(await pruneAfter('0')).toBe(1);
    expect(await kept()).toBe(1);
    await server.clock.advance('1 day');
    expect(await pruneAfter('0')).toBe(1);
  });
});
