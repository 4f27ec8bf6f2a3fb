import { openServer, type OpenServer } from '../support/open-server.js';

describe('the log of what staff did', () => {
  let server: OpenServer;

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
  });

  afterAll(() => server.stop());

  it('is kept for LOG_DAYS, 180 by default', async () => {
    await server.plaza('room', 'set', 'lobby', '--name', 'Old');
    await server.clock.advance('100 days');
    await server.plaza('room', 'set', 'lobby', '--name', 'New');
    await server.clock.advance('79 days');
    await server.runJob('old lines of the log');
    expect((await server.plaza('audit')).stdout).toContain('"Old"');
    await server.clock.advance('2 days');
    await server.runJob('old lines of the log');
    const { stdout } = await server.plaza('audit');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stdout).toContain('{"name":"New"}');
  });
});
