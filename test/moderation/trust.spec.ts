import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

interface Record {
  room: string;
  posts: number;
  member: boolean;
}

describe('the trust that somebody has earned', () => {
  let server: OpenServer;
  let actors: Actors;
  let mod: SessionClient;
  let count = 0;

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    mod = await actors.moderator();
  });

  afterAll(async () => {
    await server.stop();
  });

  async function member(): Promise<SessionClient> {
    const person = actors.person(`person ${++count}`);
    for (const room of ['lobby', 'garden']) (await person.postMessage(room, `hello ${count}`)).expect(201);
    await server.sql(
      `UPDATE trust SET posts = 5, days = 3, member_since = 1000
       WHERE user_id = (SELECT id FROM users WHERE session_id = $1)`,
      [person.id],
    );
    return person;
  }

  async function trustOf({ id }: SessionClient): Promise<Record[]> {
    const rows = await server.sql(
      `SELECT r.token AS room, t.posts, t.member_since IS NOT NULL AS member
       FROM trust t JOIN rooms r ON r.id = t.room_id JOIN users u ON u.id = t.user_id
       WHERE u.session_id = $1 ORDER BY r.token`,
      [id],
    );
    return rows as unknown as Record[];
  }

  async function plaza(...args: string[]): Promise<void> {
    expect(await server.plaza(...args)).toMatchObject({ code: 0, stderr: '' });
  }

  async function undoLatest(kind: string): Promise<void> {
    const { stdout } = await server.plaza('audit', '--action', kind, '--json');
    const [event] = (JSON.parse(stdout) as { id: number }[]).slice(-1);
    await plaza('undo', String(event?.id));
  }

  const GARDEN = { room: 'garden', posts: 5, member: true };
  const LOBBY = { ...GARDEN, room: 'lobby' };

  it('is counted anew after a moderator has deleted one of their messages there', async () => {
    const person = await member();
    const { id } = (await person.postMessage('lobby', 'off topic')).expect(201).json;
    (await mod.deleteMessage('lobby', id)).expect(200);
    expect(await trustOf(person)).toEqual([GARDEN, { ...LOBBY, posts: 0 }]);
  });

  it('stays when they delete a message of their own', async () => {
    const person = await member();
    const { id } = (await person.postMessage('lobby', 'a typo')).expect(201).json;
    (await person.deleteMessage('lobby', id)).expect(200);
    expect(await trustOf(person)).toEqual([GARDEN, { ...LOBBY, posts: 6 }]);
  });

  it('is lost when a moderator has deleted all of theirs, until that is undone', async () => {
    const person = await member();
    (await mod.deleteAll('lobby', person.id)).expect(200);
    expect(await trustOf(person)).toEqual([GARDEN]);
    await undoLatest('messages.delete_all');
    expect(await trustOf(person)).toEqual([GARDEN, expect.objectContaining({ room: 'lobby', member: true })]);
  });

  it('is lost with a ban there or everywhere, until that is undone', async () => {
    const person = await member();
    await plaza('user', 'ban', person.id, '--room', 'lobby');
    expect(await trustOf(person)).toEqual([GARDEN]);
    await undoLatest('ban');
    expect(await trustOf(person)).toEqual([GARDEN, LOBBY]);
    await plaza('user', 'ban', person.id, '--global');
    expect(await trustOf(person)).toEqual([]);
    await undoLatest('ban');
    expect(await trustOf(person)).toEqual([GARDEN, LOBBY]);
  });

  it('is lost with a clean-up', async () => {
    await server.clock.advance('1 day');
    const [one, other] = [await member(), await member()];
    await plaza('user', 'ban', '--room', 'lobby', '--since', '10m', '--delete', '--yes');
    expect(await trustOf(one)).toEqual([GARDEN]);
    await plaza('user', 'ban', '--global', '--since', '10m', '--yes');
    expect([await trustOf(one), await trustOf(other)]).toEqual([[], []]);
  });
});
