import type * as database from '../../src/foundation/database/database.js';
import { type MessageView } from '../../src/records/messages/message.js';
import type * as author from '../../src/messages/server-author.service.js';
import type * as rooms from '../../src/records/rooms/rooms.repository.js';
import type * as users from '../../src/users/users.service.js';
import { type SessionClient } from '../client/client.js';
import { readMessage, signatureHolds, unpad } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { Database } = await compiled<typeof database>('foundation/database/database.js');
const { ServerAuthor } = await compiled<typeof author>('messages/server-author.service.js');
const { RoomsRepository } = await compiled<typeof rooms>('records/rooms/rooms.repository.js');
const { UsersService } = await compiled<typeof users>('users/users.service.js');

describe('messages that the server posts itself', () => {
  let server: OpenServer;
  let other: OpenServer;
  let actors: Actors;
  let alice: SessionClient;

  /** Posts at another server than the one that answers the clients. */
  const say = (post: author.ServerPost, from = other): Promise<MessageView> =>
    from.get(Database).transact(async (tx) => {
      const room = await from.get(RoomsRepository).lock(tx, 'lobby');
      if (!room) throw new Error('there is no lobby');
      return from.get(ServerAuthor).post(tx, room, post);
    });

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

  it('reach other processes’ pollers without a change by these', async () => {
    const { seqno } = (await alice.postMessage('lobby', 'before')).expect(201).json;
    await say({ body: 'news', displayName: 'House' });
    await eventually(async () => (await alice.messagesSince('lobby', seqno)).json.length === 1);
  });

  it('can be for one user alone', async () => {
    await alice.rooms();
    const target = await other.get(UsersService).resolve(alice.id);
    if (!target) throw new Error('alice is unknown');
    const { id } = await say({ body: 'only you', displayName: 'House', whisperTo: target });
    expect((await alice.message('lobby', id)).json).toMatchObject({
      whisper: true,
      whisper_mods: false,
      whisper_to: alice.id,
    });
    expect((await actors.bob.message('lobby', id)).status).toBe(404);
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
