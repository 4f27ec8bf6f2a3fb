import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('the settings of a room', () => {
  let server: OpenServer;
  let alice: SessionClient;
  let mod: SessionClient;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '3' } });
    const actors = new Actors(server);
    ({ alice } = actors);
    mod = await actors.moderator();
  });

  afterAll(async () => {
    await server.stop();
  });

  async function statuses(person: SessionClient, posts: number): Promise<number[]> {
    const answers = [];
    for (let post = 1; post <= posts; post++) answers.push(await person.postMessage('lobby', `post ${post}`));
    return answers.map(({ status }) => status);
  }

  it('apply in running workers once the command has ended, until those of the server apply again', async () => {
    await server.operate('room', 'set', 'lobby', '--slow-mode', '600', '--post-rate-limit', '2');
    expect(await statuses(alice, 2)).toEqual([201, 429]);
    expect(await statuses(mod, 3)).toEqual([201, 201, 429]);
    await server.operate('room', 'set', 'lobby', '--slow-mode', 'default', '--post-rate-limit', 'default');
    expect(await statuses(alice, 3)).toEqual([201, 201, 429]);
  });

  it('determine when a member may post again', async () => {
    await server.operate('room', 'set', 'lobby', '--slow-mode', '600');
    const refused = await alice.postMessage('lobby', 'too soon');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
    await server.operate('room', 'set', 'lobby', '--slow-mode', '0');
  });

  it('leave out an empty description', async () => {
    await server.operate('room', 'set', 'lobby', '--description', 'Something');
    await server.operate('room', 'set', 'lobby', '--description', '');
    expect(JSON.parse(await server.operate('room', 'show', 'lobby', '--json'))).toMatchObject({
      description: null,
    });
  });

  it('override those of the server’s defence', async () => {
    await server.operate('room', 'set', 'lobby', '--defence', 'watch');
    expect(await server.operate('room', 'show', 'lobby')).toContain('defence: watch\n');
    await server.operate('room', 'set', 'lobby', '--defence', 'default');
    expect(await server.operate('room', 'show', 'lobby')).toContain('defence: off\n');
  });

  it('are shown, and their changes are in the audit log', async () => {
    await server.operate('room', 'set', 'lobby', '--slow-mode', '60', '--description', 'Slow talk');
    const shown = JSON.parse(await server.operate('room', 'show', 'lobby', '--json')) as object;
    expect(shown).toMatchObject({
      token: 'lobby',
      description: 'Slow talk',
      slow_mode: 60,
      post_rate_limit: 3,
      defence: 'off',
    });
    expect(await server.operate('room', 'show', 'lobby')).toContain('slow mode: 60\n');
    const entries = JSON.parse(
      await server.operate('audit', '--action', 'room.settings', '--json'),
    ) as object[];
    expect(entries.at(-1)).toMatchObject({
      actor: 'plaza',
      room: 'lobby',
      before: { slowMode: 0 },
      after: { slowMode: 60 },
    });
  });

  it.each([
    ['--slow-mode', '-1'],
    ['--slow-mode', '21601'],
    ['--post-rate-limit', '0'],
    ['--post-rate-interval', 'soon'],
    ['--defence', 'loud'],
  ])('are refused by plaza room set %s %s', async (flag, value) => {
    const { code, stderr } = await server.plaza('room', 'set', 'lobby', flag, value);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
