import { type SessionClient } from '../client/client.js';
import { type MessageRow } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { type CommandResult } from '../support/community.js';
import { eventually } from '../support/eventually.js';
import { holdByText } from '../support/message-states.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const LOBBY = { rooms: ['lobby'] };
const IN_LOBBY = ['--room', 'lobby'];

interface AuditLine {
  id: number;
  action: string;
  target: string | null;
  undoes: number | null;
}

describe('undoing an event', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;
  let mod: SessionClient;
  let admin: SessionClient;
  let posts = 0;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '10000' }, heldClock: true });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    mod = await actors.moderator();
    admin = await actors.admin();
    for (const person of [alice, bob, mod, admin]) (await person.pollInfo('lobby')).expect(200);
    await holdByText(server);
  });

  afterAll(() => server.stop());

  async function post(text: string, author = alice, options = {}): Promise<MessageRow> {
    const timestamp = server.clock.milliseconds() + ++posts;
    return (await author.postMessage('lobby', text, { timestamp, ...options })).expect(201).json;
  }

  async function latest(action: string): Promise<AuditLine> {
    const lines = JSON.parse(
      await server.operate('audit', '--action', action, '--limit', '1', '--json'),
    ) as AuditLine[];
    const [line] = lines;
    if (!line) throw new Error(`There is no ${action}`);
    return line;
  }

  /** Undoes the latest event of a kind, after a look at what that would do. */
  async function undo(action: string): Promise<string> {
    const { id } = await latest(action);
    const before = await server.sql('SELECT count(*) FROM events');
    const foreseen = await server.operate('undo', String(id), '--dry-run');
    expect(await server.sql('SELECT count(*) FROM events')).toEqual(before);
    const done = await server.operate('undo', String(id));
    // Ids that are given out are not given out again.
    const withoutIds = (text: string): string => text.replaceAll(/\d+ is \d+/g, '');
    expect(withoutIds(done)).toBe(withoutIds(foreseen.replace('would undo', 'undone')));
    expect(await latest('undo')).toMatchObject({ undoes: id });
    return done.trimEnd();
  }

  async function refused(id: number | string, ...args: string[]): Promise<CommandResult> {
    const answer = await server.plaza('undo', String(id), ...args);
    expect(answer.stdout).toBe('');
    expect(answer.stderr.split('\n')).toHaveLength(2);
    return answer;
  }

  async function newest(reader: SessionClient): Promise<MessageRow | undefined> {
    return (await reader.recentMessages('lobby', { limit: 1 })).expect(200).json[0];
  }

  it('lifts a ban and gives the role back that it took', async () => {
    await server.operate('user', 'ban', alice.id, ...IN_LOBBY);
    expect(await undo('ban')).toBe(`undone ban: ${alice.id} is not banned from lobby any more`);
    expect((await alice.pollInfo('lobby')).status).toBe(200);
    await server.operate('user', 'ban', mod.id, ...IN_LOBBY);
    await undo('ban');
    expect((await mod.pollInfo('lobby')).json).toMatchObject({ moderator: true, admin: false });
    await server.operate('user', 'ban', bob.id, '--global');
    await undo('ban');
    expect((await bob.rooms()).status).toBe(200);
  });

  it('bans again, but does not lift a ban that came before', async () => {
    await server.operate('user', 'ban', bob.id, ...IN_LOBBY);
    await server.operate('user', 'ban', bob.id, ...IN_LOBBY, '--timeout', '50');
    expect(await refused((await latest('ban')).id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('banned before') as string,
    });
    await server.operate('user', 'unban', bob.id, ...IN_LOBBY);
    await undo('unban');
    expect((await bob.pollInfo('lobby')).status).toBe(403);
    await server.operate('user', 'unban', bob.id, ...IN_LOBBY);
  });

  it('restores the state of a room and the newcomers that it expected', async () => {
    const stateNow = async (): Promise<unknown> =>
      (JSON.parse(await server.operate('raid', 'show', ...IN_LOBBY, '--json')) as { state: string }).state;
    await server.operate('raid', 'on', ...IN_LOBBY);
    expect(await undo('raid.state')).toBe('undone raid.state: room lobby is calm');
    expect(await stateNow()).toBe('calm');
    await server.operate('raid', 'on', ...IN_LOBBY);
    await server.operate('raid', 'off', ...IN_LOBBY);
    expect(await undo('raid.state')).toBe('undone raid.state: room lobby is guarded');
    const { id } = await latest('raid.state');
    await server.operate('raid', 'off', ...IN_LOBBY);
    expect((await refused(id)).stderr).toContain('the room is calm meanwhile');
    await server.operate('room', 'expect', 'lobby', '50', '2h');
    await server.operate('room', 'expect', 'lobby', '200', '2h');
    expect(await undo('raid.expect')).toBe('undone raid.expect: lobby expects 50 newcomers');
    await server.clock.advance('3 hours');
    await server.operate('room', 'expect', 'lobby', '7', '1h');
    expect(await undo('raid.expect')).toBe('undone raid.expect: lobby expects no newcomers');
  });

  it('restores roles, permissions and the settings of a room', async () => {
    (await admin.setRole(mod.id, LOBBY, { moderator: false })).expect(200);
    await undo('role.change');
    expect((await mod.pollInfo('lobby')).json).toMatchObject({ moderator: true });
    await server.operate('perms', 'set', alice.id, ...IN_LOBBY, '--write', 'off', '--upload', 'on');
    await undo('permissions.change');
    expect((await alice.pollInfo('lobby')).json).toMatchObject({ write: true });
    const show = async (): Promise<string> =>
      (await server.operate('room', 'show', 'lobby')).replace(/^active users: .*$/m, '');
    const shown = await show();
    await server.operate('room', 'set', 'lobby', '--slow-mode', '30', '--post-rate-limit', '7');
    await undo('room.settings');
    await server.operate('room', 'set', 'lobby', '--name', 'Other', '--default-write', 'off');
    expect(await undo('room.update')).toContain('room lobby has its former');
    expect(await show()).toBe(shown);
  });

  it('restores mutes, shadow bans and trust as they were', async () => {
    const marks = async (): Promise<unknown> => {
      const shown = JSON.parse(await server.operate('user', 'show', alice.id, '--json')) as Record<
        string,
        unknown
      >;
      return [
        shown.rooms,
        await server.sql('SELECT trusted, muted_until, shadowed FROM permission_overrides'),
      ];
    };
    const trust = (): Promise<unknown> =>
      server.sql('SELECT posts, days, first_at FROM trust ORDER BY user_id');
    await post('known', alice);
    for (const [word, opposite] of [
      ['mute', 'unmute'],
      ['shadow', 'unshadow'],
      ['trust', 'untrust'],
    ] as const) {
      const before = [await marks(), await trust()];
      await server.operate('user', word, alice.id, ...IN_LOBBY);
      const marked = [await marks(), await trust()];
      await undo(word);
      expect([await marks(), await trust()]).toEqual(before);
      await server.operate('user', word, alice.id, ...IN_LOBBY);
      await server.operate('user', opposite, alice.id, ...IN_LOBBY);
      await undo(opposite);
      expect([await marks(), await trust()]).toEqual(marked);
      await server.operate('user', opposite, alice.id, ...IN_LOBBY);
    }
  });

  it('pins again and unpins again', async () => {
    const pins = async (): Promise<number[]> =>
      (await bob.room('lobby')).json.pinned_messages.map(({ id }) => id);
    const { id } = await post('pin me');
    (await admin.pin('lobby', id)).expect(200);
    await undo('message.pin');
    expect(await pins()).toEqual([]);
    (await admin.pin('lobby', id)).expect(200);
    (await admin.unpin('lobby', id)).expect(200);
    await undo('message.unpin');
    expect(await pins()).toEqual([id]);
    (await admin.unpinAll('lobby')).expect(200);
    await undo('message.unpin_all');
    expect(await pins()).toEqual([id]);
  });

  it('restores messages that a moderator deleted, for six hours', async () => {
    const row = await post('no spam');
    (await mod.deleteMessage('lobby', row.id)).expect(200);
    expect(await undo('message.delete')).toMatch(/^undone message.delete: 1 message given back .* is \d+$/);
    await eventually(async () => (await newest(bob))?.data === row.data);
    const other = await post('nor this');
    (await mod.deleteMessage('lobby', other.id)).expect(200);
    await server.clock.advance('6.1 hours');
    expect(await refused((await latest('message.delete')).id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('too late') as string,
    });
  });

  it('restores all messages that a moderator deleted of somebody, but not held or too old ones', async () => {
    const carol = actors.person('carol');
    await post('old', carol);
    await server.clock.advance('7 hours');
    const rows = [await post('one', carol), await post('two', carol)];
    await post('hold this', carol);
    (await mod.deleteAll('lobby', carol.id)).expect(200);
    expect(await undo('messages.delete_all')).toContain('2 messages given back with new ids');
    await eventually(async () => (await newest(bob))?.data === rows[1]?.data);
    const [second, first] = (await bob.recentMessages('lobby', { limit: 2 })).json;
    expect([first?.data, second?.data]).toEqual(rows.map(({ data }) => data));
  });

  it('lifts the bans of a clean-up, and restores the messages that it deleted', async () => {
    await server.clock.advance('1 hour');
    const crowd = ['dave', 'erin', 'frank'].map((name) => actors.person(name));
    for (const person of crowd) await post(`by ${person.id}`, person);
    await server.operate('user', 'ban', ...IN_LOBBY, '--since', '10m', '--delete', '--yes');
    expect((await crowd[0]?.pollInfo('lobby'))?.status).toBe(403);
    expect(await undo('people.clean_up')).toBe(
      'undone people.clean_up: 3 people not banned any more, 3 of 3 messages given back with new ids',
    );
    for (const person of crowd) expect((await person.recentMessages('lobby')).status).toBe(200);
    expect((await newest(bob))?.session_id).toBe(crowd[2]?.id);
  });

  it('withdraws messages that were published from the queue, and publishes rejected ones', async () => {
    const kept = await post('hold this for now');
    await server.operate('queue', 'publish', ...IN_LOBBY, String(kept.id));
    expect(await undo('queue.publish')).toBe('undone queue.publish: 1 message taken back');
    await eventually(async () => (await bob.message('lobby', kept.id)).status === 404);
    const other = await post('hold this, too');
    await server.operate('queue', 'reject', ...IN_LOBBY, String(other.id));
    expect(await undo('queue.reject')).toContain('1 message given back with new ids');
    await eventually(async () => (await newest(bob))?.data === other.data);
  });

  it('happens once, however many try at once', async () => {
    const { id: message } = await post('once');
    (await mod.deleteMessage('lobby', message)).expect(200);
    const { id } = await latest('message.delete');
    const answers = await Promise.all([1, 2, 3].map(() => server.plaza('undo', String(id))));
    expect(answers.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
    expect(answers.find(({ code }) => code === 1)?.stderr).toBe(
      `plaza: event ${id} has been undone already\n`,
    );
    const undone = await server.sql('SELECT count(*)::int AS undone FROM events WHERE undoes = $1', [id]);
    expect(undone).toEqual([{ undone: 1 }]);
  });

  it('says in one line when there is nothing to undo', async () => {
    expect(await refused(999_999)).toMatchObject({ code: 1, stderr: 'plaza: there is no event 999999\n' });
    expect(await refused((await latest('undo')).id)).toMatchObject({
      code: 1,
      stderr: "plaza: undo can't be undone\n",
    });
    expect(await refused('soon')).toMatchObject({ code: 2 });
    expect(await refused('1', '2')).toMatchObject({ code: 2 });
  });

  it('shows its number in the first column of the log', async () => {
    const { id } = await latest('undo');
    expect(await server.operate('audit', '--limit', '1')).toMatch(new RegExp(`^${id}\t`));
    (await admin.pin('lobby', (await post('pin me')).id)).expect(200);
    const pinned = await latest('message.pin');
    expect(JSON.parse(await server.operate('undo', String(pinned.id), '--dry-run', '--json'))).toEqual({
      done: false,
      kind: 'message.pin',
      result: `message ${pinned.target} is not pinned`,
    });
  });
});
