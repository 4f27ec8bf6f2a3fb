import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('the operator, on the command line', () => {
  let server: OpenServer;
  let actors: Actors;
  let person: SessionClient;

  beforeAll(async () => {
    server = await openServer();
    actors = new Actors(server, 'lobby');
    person = actors.person('carol');
    await person.pollInfo('lobby');
  });

  afterAll(async () => {
    await server.stop();
  });

  async function show(): Promise<Record<string, unknown>> {
    return JSON.parse(await server.operate('user', 'show', person.sessionId, '--json')) as Record<
      string,
      unknown
    >;
  }

  it('bans from a room for some time, shows that, and unbans, while the server runs', async () => {
    await server.operate('user', 'ban', person.sessionId, '--room', 'lobby', '--timeout', '5000');
    expect((await person.postMessage('lobby', 'hello')).status).toBe(403);
    expect(await show()).toMatchObject({
      session_id: person.id,
      banned: false,
      global_moderator: false,
      rooms: { lobby: { banned: true } },
      scheduled: [{ room: 'lobby', banned: false }],
    });
    const lines = (await server.operate('user', 'show', person.id)).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        `session_id: ${person.id}`,
        'global: none',
        'room lobby: banned=on',
        expect.stringMatching(/^at \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ lobby: banned=off$/),
      ]),
    );
    await server.operate('user', 'unban', person.id, '--room', 'lobby');
    expect((await person.postMessage('lobby', 'hello')).status).toBe(201);
    expect(await show()).toMatchObject({ rooms: {}, scheduled: [] });
  });

  it('bans from the whole server', async () => {
    await server.operate('user', 'ban', person.id, '--global');
    expect((await person.get('/rooms')).status).toBe(403);
    expect(await server.operate('user', 'show', person.id)).toContain('global: banned');
    await server.operate('user', 'unban', person.id, '--global');
    expect((await person.get('/rooms')).status).toBe(200);
  });

  it('sets, shows and clears permissions', async () => {
    await server.operate(
      'perms',
      'set',
      person.id,
      '--room',
      'lobby',
      '--write',
      'off',
      '--accessible',
      'on',
    );
    expect((await person.room('lobby')).json.write).toBe(false);
    expect(await server.operate('perms', 'show', '--room', 'lobby')).toBe(
      `${person.id}\taccessible=on write=off\n`,
    );
    const one = await server.operate('perms', 'show', person.sessionId, '--room', 'lobby', '--json');
    expect(JSON.parse(one)).toEqual({ [person.sessionId]: { accessible: true, write: false } });
    await server.operate(
      'perms',
      'set',
      person.id,
      '--room',
      'lobby',
      '--write',
      'default',
      '--accessible',
      'default',
    );
    expect((await person.room('lobby')).json.write).toBe(true);
    expect(await server.operate('perms', 'show', '--room', 'lobby')).toBe('');
  });

  it('changes a room, and raises info_updates for the changes that members see', async () => {
    const start = (await person.room('lobby')).json.info_updates;
    await server.operate(
      'room',
      'set',
      'LOBBY',
      '--name',
      'The lobby',
      '--description',
      'Come in',
      '--default-upload',
      'off',
    );
    expect((await person.room('lobby')).json).toMatchObject({
      name: 'The lobby',
      description: 'Come in',
      upload: false,
      info_updates: start + 2,
    });
    await server.operate('room', 'set', 'lobby', '--description', '', '--default-upload', 'on');
    const details = (await person.room('lobby')).json;
    expect(details).toMatchObject({ upload: true, info_updates: start + 3 });
    expect(details.description).toBe('');
  });

  it('refuses names and descriptions that clients could not list or everybody would have to download', async () => {
    const before = (await person.room('lobby')).json;
    for (const wrong of [
      ['add', 'blank', '--name', '  '],
      ['add', 'long', '--name', 'x'.repeat(257)],
      ['add', 'wordy', '--description', 'x'.repeat(2001)],
      ['set', 'lobby', '--name', ''],
      ['set', 'lobby', '--name', 'x'.repeat(257)],
      ['set', 'lobby', '--description', 'x'.repeat(2001)],
    ]) {
      const { code, stderr } = await server.plaza('room', ...wrong);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/a room's (name|description) (must|has)/)]);
    }
    expect((await person.room('lobby')).json).toMatchObject({ name: before.name });
    expect((await person.rooms()).json.map(({ token }) => token)).not.toContain('blank');
  });

  it('fails with 1 and one line for people and rooms that do not exist, and for protected ones', async () => {
    const stranger = new Identity().sessionId;
    const boss = await actors.globalAdmin();
    const failures = [
      await server.plaza('user', 'show', stranger),
      await server.plaza('user', 'ban', stranger, '--room', 'nowhere'),
      await server.plaza('user', 'ban', boss.sessionId, '--global'),
      await server.plaza('perms', 'show', '--room', 'nowhere'),
      await server.plaza('room', 'set', 'nowhere', '--name', 'x'),
    ];
    expect(failures.map(({ code, stderr }) => [code, stderr.trim()])).toEqual([
      [1, 'plaza: No such user'],
      [1, 'plaza: No such room'],
      [1, 'plaza: Permission denied: a global moderator cannot be banned: remove the role first'],
      [1, 'plaza: No such room'],
      [1, 'plaza: No such room'],
    ]);
    expect(await server.sql('SELECT 1 FROM users WHERE session_id = $1', [stranger])).toEqual([]);
  });

  const ID = `05${'a'.repeat(64)}`;

  it.each([
    [['user', 'ban', ID], '--room TOKEN or --global'],
    [['user', 'ban', ID, '--room', 'lobby', '--timeout', '-5'], 'for how long'],
    [['user', 'unban', 'nobody', '--global'], 'nobody'],
    [['perms', 'set', ID, '--room', 'lobby'], '--read'],
    [['perms', 'set', ID, '--room', 'lobby', '--read', 'yes'], 'on, off and default'],
    [['perms', 'show'], '--room'],
    [['room', 'set', 'lobby'], 'what to change'],
    [['room', 'set', 'lobby', '--default-read', 'true'], 'on or off'],
  ])('exits with 2 and one line for %j', async (args, reason) => {
    const { code, stdout, stderr } = await server.plaza(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
