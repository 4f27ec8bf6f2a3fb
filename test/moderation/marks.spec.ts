import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const NO_END = 253_402_300_799;

interface AuditLine {
  kind: string;
  target: string;
  room: string | null;
  before: object;
  after: object;
}

describe('plaza user', () => {
  let server: OpenServer;
  let actors: Actors;
  let count = 0;

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
  });

  afterAll(async () => {
    await server.stop();
  });

  async function show({ sessionId }: SessionClient): Promise<Record<string, object>> {
    return JSON.parse(await server.operate('user', 'show', sessionId, '--json')) as Record<string, object>;
  }

  async function newest(kind: string): Promise<AuditLine | undefined> {
    const lines = JSON.parse(await server.operate('audit', '--action', kind, '--json')) as AuditLine[];
    return lines.at(-1);
  }

  async function member(): Promise<SessionClient> {
    const person = actors.person(`person ${++count}`);
    await person.pollInfo('lobby');
    return person;
  }

  it('mute, shadow and trust mark people in a room or everywhere, and their opposites end that', async () => {
    const person = await member();
    const { sessionId } = person;
    await server.operate('user', 'mute', sessionId, '--room', 'lobby');
    await server.operate('user', 'shadow', sessionId, '--room', 'garden');
    await server.operate('user', 'trust', sessionId);
    expect(await show(person)).toMatchObject({
      marks: { trusted: true },
      rooms: { lobby: { muted_until: NO_END }, garden: { shadowed: true } },
    });
    expect(await server.operate('user', 'show', sessionId)).toMatch(
      /everywhere: trusted=on\nroom garden: shadowed=on\nroom lobby: muted_until=for good\n/,
    );
    await server.operate('user', 'unmute', sessionId, '--room', 'lobby');
    await server.operate('user', 'unshadow', sessionId, '--room', 'garden');
    await server.operate('user', 'untrust', sessionId);
    expect(await show(person)).toMatchObject({ marks: {}, rooms: {} });
  });

  it('mute takes several people, a time and a reason, all of which the log has', async () => {
    const [one, other] = [await member(), await member()];
    const ids = [one.sessionId, other.sessionId];
    await server.operate('user', 'mute', ...ids, '--for', '4h', '--reason', 'loud at night');
    const until = Math.floor(server.clock.seconds()) + 4 * 3600;
    expect(await show(one)).toMatchObject({ marks: { muted_until: expect.closeTo(until, -1) as number } });
    expect(await newest('mute')).toMatchObject({
      target: other.id,
      room: null,
      before: { mutedUntil: null },
      after: { mutedUntil: expect.closeTo(until, -1) as number, reason: 'loud at night' },
    });
    await server.operate('user', 'unmute', ...ids);
    expect(await newest('unmute')).toMatchObject({ after: { mutedUntil: null } });
  });

  it('marks keep other decisions of staff, and leave nothing behind', async () => {
    const person = await member();
    await server.operate('perms', 'set', person.sessionId, '--room', 'lobby', '--upload', 'off');
    await server.operate('user', 'trust', person.sessionId, '--room', 'lobby');
    expect(await show(person)).toMatchObject({ rooms: { lobby: { upload: false, trusted: true } } });
    await server.operate('perms', 'set', person.sessionId, '--room', 'lobby', '--upload', 'default');
    expect(await show(person)).toMatchObject({ rooms: { lobby: { trusted: true } } });
    expect(JSON.parse(await server.operate('perms', 'show', '--room', 'lobby', '--json'))).toEqual({});
    await server.operate('user', 'untrust', person.sessionId, '--room', 'lobby');
    const left = `SELECT 1 FROM permission_overrides o JOIN users u ON u.id = o.user_id WHERE u.session_id = $1`;
    expect(await server.sql(left, [person.id])).toEqual([]);
  });

  it('marks wait for people whom the server has not seen', async () => {
    const person = actors.person(`person ${++count}`);
    await server.operate('user', 'shadow', person.sessionId, '--room', 'lobby');
    await server.operate('user', 'mute', person.sessionId);
    await server.operate('user', 'trust', person.sessionId);
    await person.pollInfo('lobby');
    const [row] = await server.sql(
      `SELECT u.trusted, u.muted_until, o.shadowed FROM users u JOIN permission_overrides o ON o.user_id = u.id
       WHERE u.session_id = $1`,
      [person.id],
    );
    expect(row).toEqual({ trusted: true, muted_until: NO_END, shadowed: true });
    const [waiting] = await server.sql('SELECT trusted, muted_until FROM users WHERE session_id = $1', [
      person.sessionId,
    ]);
    expect(waiting).toEqual({ trusted: false, muted_until: null });
  });

  it.each(['mute', 'shadow'])('%s spares staff', async (command) => {
    const mod = await actors.moderator();
    for (const where of [[], ['--room', 'lobby']]) {
      const { code, stderr } = await server.plaza('user', command, mod.sessionId, ...where);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('staff') as string });
    }
    await server.operate('user', command, mod.sessionId, '--room', 'garden');
    await server.operate('user', `un${command}`, mod.sessionId, '--room', 'garden');
  });

  it('untrust makes a stranger of somebody who has posted, and the log has their former trust', async () => {
    const person = await member();
    await server.sql(
      `INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day, member_since)
       SELECT r.id, u.id, 1000, 5, 3, 3, 2000 FROM rooms r, users u WHERE u.session_id = $1`,
      [person.id],
    );
    expect(await show(person)).toMatchObject({
      trust: { lobby: { level: 'member', by: '5 published posts on 3 days', missing: '25 posts, 7 days' } },
    });
    await server.operate('user', 'untrust', person.sessionId, '--room', 'lobby', '--reason', 'spam');
    expect(await newest('untrust')).toMatchObject({
      room: 'lobby',
      before: { trusted: false, rooms: [], earned: { lobby: { posts: 5, days: 3, memberSince: 2000 } } },
      after: { trusted: false, reason: 'spam' },
    });
    expect(await show(person)).toMatchObject({
      trust: {
        lobby: { level: 'newcomer', by: 'being a member of another room' },
        garden: { level: 'member' },
      },
    });
    await server.operate('user', 'untrust', person.sessionId);
    expect(await show(person)).toMatchObject({
      trust: {
        lobby: { level: 'stranger', by: 'no post that is published', missing: '3 posts, 2 days, 24 hours' },
        garden: { level: 'stranger' },
      },
    });
  });

  it.each([
    [['mute', 'nobody']],
    [['mute', `05${'0'.repeat(64)}`, '--for', 'ever']],
    [['mute', `05${'0'.repeat(64)}`, '--for', '0h']],
    [['shadow', `05${'0'.repeat(64)}`, '--for', '4h']],
    [['trust', `05${'0'.repeat(64)}`, '--reason', 'two\nlines']],
    [['trust']],
  ])('%j is wrong usage', async (args) => {
    const { code, stderr } = await server.plaza('user', ...args);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
