import type * as database from '../../src/foundation/database/database.js';
import { type MessageView } from '../../src/records/messages/message.js';
import type * as author from '../../src/messages/writing/server-author.service.js';
import { type Room } from '../../src/records/rooms/room.js';
import { type User } from '../../src/records/users/user.js';
import type * as rooms from '../../src/records/rooms/rooms.repository.js';
import type * as users from '../../src/users/users.service.js';
import { type SessionClient } from '../client/client.js';
import { readMessage, signatureHolds, unpad } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { Database } = await compiled<typeof database>('foundation/database/database.js');
const { ServerAuthor } = await compiled<typeof author>('messages/writing/server-author.service.js');
const { RoomsRepository } = await compiled<typeof rooms>('records/rooms/rooms.repository.js');
const { UsersService } = await compiled<typeof users>('users/users.service.js');

describe('messages that the server posts itself', () => {
  let server: OpenServer;
  let other: OpenServer;
  let actors: Actors;
  let alice: SessionClient;

  const locked = <T>(
    from: OpenServer,
    work: (tx: database.Transaction, room: Room) => Promise<T>,
  ): Promise<T> =>
    from.get(Database).transact(async (tx) => {
      const room = await from.get(RoomsRepository).lock(tx, 'lobby');
      if (!room) throw new Error('there is no lobby');
      return work(tx, room);
    });

  /** Posts at another server than the one that answers the clients. */
  const say = (post: author.ServerPost, from = other): Promise<MessageView> =>
    locked(from, (tx, room) => from.get(ServerAuthor).post(tx, room, post));

  async function targetOf(person: SessionClient): Promise<User> {
    await person.rooms();
    const target = await other.get(UsersService).resolve(person.id);
    if (!target) throw new Error('somebody is unknown');
    return target;
  }

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '10000' } });
    other = await openServer({ beside: server });
    actors = new Actors(server);
    ({ alice } = actors);
  });

  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  it('are signed messages of a 15… ID, with the display name and enough padding', async () => {
    const { id } = await say({ body: 'Welcome 🙂', displayName: 'House' });
    const row = (await alice.message('lobby', id)).expect(200).json;
    expect(row.session_id).toMatch(/^15[0-9a-f]{64}$/);
    expect(signatureHolds(row)).toBe(true);
    const data = Buffer.from(row.data ?? '', 'base64');
    expect(data.length - unpad(data).length).toBeGreaterThanOrEqual(2);
    const { body, displayName, sigTimestamp } = readMessage(data);
    expect([body, displayName]).toEqual(['Welcome 🙂', 'House']);
    expect(Math.abs((sigTimestamp ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('come from one author for each display name, across processes', async () => {
    const first = await say({ body: 'one', displayName: 'House' });
    const again = await say({ body: 'two', displayName: 'House' }, server);
    const butler = await say({ body: 'three', displayName: 'Butler' });
    expect(again.session_id).toBe(first.session_id);
    expect(butler.session_id).not.toBe(first.session_id);
  });

  it('take their seqno in turn with everyone else’s, and pollers get them', async () => {
    const { seqno } = (await alice.postMessage('lobby', 'before')).expect(201).json;
    const posted = await say({ body: 'between', displayName: 'House' });
    expect(posted.seqno).toBe(seqno + 1);
    expect((await alice.postMessage('lobby', 'after')).expect(201).json.seqno).toBe(seqno + 2);
    await eventually(async () => {
      const rows = (await alice.messagesSince('lobby', seqno)).json;
      expect(rows.map((row) => readMessage(row.data ?? '').body)).toEqual(['between', 'after']);
    });
  });

  it('reach pollers at other processes without a change by these processes', async () => {
    const { seqno } = (await alice.postMessage('lobby', 'before')).expect(201).json;
    await say({ body: 'news', displayName: 'House' });
    await eventually(async () => (await alice.messagesSince('lobby', seqno)).json.length === 1);
  });

  it('can be for one user alone', async () => {
    const target = await targetOf(alice);
    const { id } = await say({ body: 'only you', displayName: 'House', whisperTo: target });
    expect((await alice.message('lobby', id)).json).toMatchObject({
      whisper: true,
      whisper_mods: false,
      whisper_to: alice.id,
    });
    expect((await actors.bob.message('lobby', id)).status).toBe(404);
  });

  it('whisper under the name and in the language that their room has chosen', async () => {
    await server.plaza('room', 'set', 'lobby', '--language', 'de', '--moderation-name', 'Hausmeister');
    const target = await targetOf(alice);
    await locked(other, async (tx, room) =>
      other.get(ServerAuthor).postWhispers(tx, room, [{ to: target, text: 'Hallo.' }]),
    );
    const [newest] = (await alice.recentMessages('lobby')).json;
    expect(newest).toMatchObject({ whisper_to: alice.id });
    const { body, displayName } = readMessage(newest?.data ?? '');
    expect([body, displayName]).toEqual(['Nur du kannst das sehen. Hallo.', 'Hausmeister']);
    await server.plaza('room', 'set', 'lobby', '--language', 'default', '--moderation-name', 'default');
  });

  it('can be cards with reactions as buttons, each by their author, which one person alone sees', async () => {
    const target = await targetOf(alice);
    const { seqno } = (await alice.postMessage('lobby', 'before')).expect(201).json;
    const buttons = ['🐢', '🌵', '🍌', '🐧'];
    const ids = await locked(other, async (tx, room) =>
      other.get(ServerAuthor).postCards(tx, room, [
        { to: target, text: 'One', buttons },
        { to: target, text: 'Two', buttons: ['🐢'] },
      ]),
    );
    const cards = (await alice.messagesSince('lobby', seqno)).json;
    expect(cards.map(({ id }) => id)).toEqual(ids);
    const author = cards[0]?.session_id;
    expect(cards[0]?.reactions).toEqual(
      Object.fromEntries(buttons.map((button, index) => [button, { index, count: 1, reactors: [author] }])),
    );
    expect(cards[1]?.reactions).toEqual({ '🐢': { index: 0, count: 1, reactors: [author] } });
    expect((await actors.bob.messagesSince('lobby', seqno)).json).toEqual([]);
  });

  it('can be deleted by a moderator like any other', async () => {
    const { id, session_id: author } = await say({ body: 'wrong room', displayName: 'House' });
    const mod = await actors.moderator();
    expect((await mod.deleteMessage('lobby', id)).status).toBe(200);
    expect((await mod.deleteAll('lobby', author)).status).toBe(200);
  });

  it('posted many at once each have a seqno of their own', async () => {
    const posts = await Promise.all(
      Array.from({ length: 12 }, (_, index) => say({ body: 'hi', displayName: `Bot ${index % 3}` })),
    );
    expect(new Set(posts.map(({ seqno }) => seqno)).size).toBe(12);
    expect(new Set(posts.map((post) => post.session_id)).size).toBe(3);
  });
});
