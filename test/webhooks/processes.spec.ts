import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { Receiver } from './receiver.js';

describe('a notice', () => {
  let server: TestServer;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.open();
    server = await startServer({
      env: { DEFENCE: 'on', WEBHOOK_ALLOW_PRIVATE: 'true' },
      workers: 2,
      movableClock: true,
    });
    // The reader of events has begun when it has a cursor.
    await eventually(async () => {
      const cursors = await server.sql(`SELECT 1 FROM event_cursors WHERE reader = 'webhooks'`);
      return cursors.length === 1;
    });
    expect((await server.plaza('webhook', 'add', receiver.url)).code).toBe(0);
  });

  afterAll(async () => {
    await server.stop();
    await receiver.close();
  });

  it('that was on its way when the server was killed arrives again, under the same id', async () => {
    // Whether it was taken is never told to the server that is killed.
    receiver.answer = () => undefined;
    expect((await server.plaza('raid', 'on', '--room', 'lobby')).code).toBe(0);
    await eventually(() => receiver.received.length === 1);
    await server.kill();
    receiver.answer = 204;
    await server.start();
    await server.clock.advance('1 minute');
    await eventually(() => receiver.received.length === 2);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    await eventually(async () => (await server.sql('SELECT 1 FROM webhook_deliveries')).length === 0);
    expect(await server.sql('SELECT delivered, lost FROM webhooks')).toEqual([{ delivered: 1, lost: 0 }]);
  });

  it('that is on its way keeps no server from stopping', async () => {
    receiver.answer = () => undefined;
    expect((await server.plaza('raid', 'off', '--room', 'lobby')).code).toBe(0);
    expect((await server.plaza('raid', 'on', '--room', 'lobby')).code).toBe(0);
    await eventually(() => receiver.received.length === 3);
    await server.kill('SIGTERM');
    const [delivery] = await server.sql(
      'SELECT attempts, due_at > plaza_now() AS later FROM webhook_deliveries',
    );
    expect(delivery).toEqual({ attempts: 1, later: true });
    expect(await server.sql('SELECT failure FROM webhooks')).toEqual([{ failure: null }]);
  });
});
