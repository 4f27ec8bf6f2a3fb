import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const LOBBY = { rooms: ['lobby'] };

type Entry = Record<'actor' | 'action' | 'target' | 'room' | 'before' | 'after', unknown>;

describe('the audit log', () => {
  let server: OpenServer;
  let actors: Actors;
  let boss: SessionClient;
  let admin: SessionClient;
  let person: SessionClient;

  beforeAll(async () => {
    server = await openServer();
    actors = new Actors(server, 'lobby');
    boss = await actors.globalAdmin();
    admin = actors.person('admin');
    person = actors.person('carol');
    await person.pollInfo('lobby');
    (await boss.setRole(admin.id, LOBBY, { admin: true })).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** The events that were recorded while `work` ran, without ids and times. */
  async function recordedBy(work: () => Promise<unknown>): Promise<Entry[]> {
    const [last] = await server.sql('SELECT coalesce(max(id), 0) AS id FROM events');
    await work();
    const rows = await server.sql(
      'SELECT actor, kind AS action, target, room, before, after FROM events WHERE id > $1 ORDER BY id',
      [last?.id],
    );
    return rows as Entry[];
  }

  it('tells who changed whose role where, as it was and as it is', async () => {
    const entries = await recordedBy(async () => {
      await admin.setRole(person.id, LOBBY, { moderator: true, visible: false });
      await boss.setRole(person.id, { global: true }, { admin: true });
      await boss.setRole(person.id, { global: true }, { moderator: false });
    });
    const none = { moderator: false, admin: false };
    const hidden = { moderator: true, admin: false, visible: false };
    const globalAdmin = { moderator: true, admin: true, visible: false };
    const common = { action: 'role.change', target: person.id };
    expect(entries).toEqual([
      { ...common, actor: admin.id, room: 'lobby', before: { ...none, visible: true }, after: hidden },
      { ...common, actor: boss.id, room: null, before: { ...none, visible: false }, after: globalAdmin },
      { ...common, actor: boss.id, room: null, before: globalAdmin, after: { ...none, visible: false } },
    ]);
  });

  it('tells of bans, with the role they took and their end', async () => {
    const entries = await recordedBy(async () => {
      await admin.ban(person.id, LOBBY, 500);
      await admin.unban(person.id, LOBBY);
      await boss.ban(person.id, { global: true });
      await boss.unban(person.id, { global: true });
    });
    const common = { actor: admin.id, target: person.id, room: 'lobby' };
    const globally = { actor: boss.id, target: person.id, room: null };
    const ordinary = { banned: false, moderator: false, admin: false };
    expect(entries).toEqual([
      {
        ...common,
        action: 'ban',
        before: { ...ordinary, moderator: true },
        after: { until: expect.any(Number) as number },
      },
      { ...common, action: 'unban', before: null, after: null },
      { ...globally, action: 'ban', before: ordinary, after: { until: null } },
      { ...globally, action: 'unban', before: null, after: null },
    ]);
  });

  it('tells of permissions, set and scheduled', async () => {
    const entries = await recordedBy(async () => {
      await admin.setPermissions('lobby', person.id, { write: false });
      await admin.scheduleChange('lobby', person.id, { in: 60, write: true });
      await admin.setPermissions('lobby', person.id, { default_write: true });
    });
    const common = { actor: admin.id, target: person.id, room: 'lobby' };
    const unset = { read: null, accessible: null, write: null, upload: null };
    expect(entries).toEqual([
      {
        ...common,
        action: 'permissions.change',
        before: unset,
        after: { ...unset, write: false, unscheduled: 0 },
      },
      {
        ...common,
        action: 'permissions.schedule',
        before: null,
        after: { read: null, write: true, upload: null, at: expect.any(Number) as number },
      },
      {
        ...common,
        action: 'permissions.change',
        before: { ...unset, write: false },
        after: { ...unset, unscheduled: 1 },
      },
    ]);
  });

  it('tells which of a room’s properties changed', async () => {
    const entries = await recordedBy(() =>
      admin.updateRoom('lobby', { name: 'The lobby', description: 'Come in', default_write: true }),
    );
    expect(entries).toEqual([
      {
        actor: admin.id,
        action: 'room.update',
        target: null,
        room: 'lobby',
        before: { name: 'lobby', description: null },
        after: { name: 'The lobby', description: 'Come in' },
      },
    ]);
  });

  it('omits requests that changed nothing or were refused', async () => {
    const entries = await recordedBy(async () => {
      await admin.setRole(admin.id, LOBBY, { admin: true });
      await admin.unban(person.id, LOBBY);
      await admin.setPermissions('lobby', person.id, { default_read: true });
      await admin.updateRoom('lobby', { name: 'The lobby' });
      await actors.alice.ban(person.id, LOBBY);
      await admin.ban(admin.id, LOBBY);
      await admin.setRole(person.id, { rooms: ['lobby', 'nowhere'] }, { moderator: true });
      await admin.put('/room/lobby', { name: 'Changed', image: 12345 });
    });
    expect(entries).toEqual([]);
  });

  describe('printed by plaza audit', () => {
    async function audit(...args: string[]): Promise<Entry[]> {
      const { code, stdout } = await server.plaza('audit', '--json', ...args);
      expect(code).toBe(0);
      return JSON.parse(stdout) as Entry[];
    }

    it('tells of the acts of the command line as plaza, and of the first room', async () => {
      const entries = await audit('--actor', 'plaza');
      expect(entries.map(({ action, target, room }) => ({ action, target, room }))).toEqual([
        { action: 'room.create', target: null, room: 'lobby' },
        { action: 'role.change', target: boss.sessionId, room: null },
      ]);
    });

    it('is filtered by room, actor, target, action, time and number, all at once', async () => {
      const bans = await audit(
        '--room',
        'LOBBY',
        '--actor',
        admin.id,
        '--target',
        person.sessionId,
        '--action',
        'ban',
      );
      expect(bans).toHaveLength(1);
      const since = await audit('--since', '2h', '--limit', '2');
      expect(since.map(({ action }) => action)).toEqual(['permissions.change', 'room.update']);
      expect(await audit('--since', '2999-01-01')).toEqual([]);
    });

    it('has a line for each entry, for people', async () => {
      const { stdout } = await server.plaza('audit', '--action', 'room.update');
      const [line, ...others] = stdout.trimEnd().split('\n');
      expect(others).toEqual([]);
      expect(line?.split('\t')).toEqual([
        expect.stringMatching(/^\d+$/),
        expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
        admin.id,
        'room.update',
        '-',
        'lobby',
        '{"name":"lobby","description":null}',
        '{"name":"The lobby","description":"Come in"}',
      ]);
    });

    it.each([
      [['--action', 'nonsense'], 'nonsense'],
      [['--since', 'yesterday'], 'yesterday'],
      [['--limit', '0'], 'positive integer'],
      [['--room', 'not a token'], 'not a token'],
    ])('exits with 2 and one line for %j', async (args, reason) => {
      const { code, stdout, stderr } = await server.plaza('audit', ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(reason);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    });
  });
});
