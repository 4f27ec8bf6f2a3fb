import { type SessionClient } from '../client/client.js';
import { TRANSPORTS } from '../client/requester.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const DAY = 86_400;

describe('pins', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let mod: SessionClient;
  let admin: SessionClient;

  const post = async (): Promise<number> => (await alice.postMessage('lobby', 'hello')).expect(201).json.id;
  const infoUpdates = async (): Promise<number> => (await alice.room('lobby')).json.info_updates;
  const pinnedIds = async (): Promise<number[]> =>
    (await alice.room('lobby')).json.pinned_messages.map(({ id }) => id);

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '10000', MAX_PINS: '12' } });
    actors = new Actors(server);
    ({ alice } = actors);
    mod = await actors.moderator();
    admin = await actors.admin();
  });

  beforeEach(async () => {
    (await admin.unpinAll('lobby')).expect(200);
  });

  afterAll(() => server.stop());

  it('are at most MAX_PINS, also when many are made at once; one that is pinned can be pinned again', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, post));
    const answers = await Promise.all(ids.map((id) => admin.pin('lobby', id)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(12);
    expect(statuses.filter((status) => status === 409)).toHaveLength(8);
    const pinned = await pinnedIds();
    expect(pinned).toHaveLength(12);
    (await admin.pin('lobby', pinned[0] ?? 0)).expect(200);
    (await admin.unpin('lobby', pinned[1] ?? 0)).expect(200);
    (await admin.pin('lobby', pinned[1] ?? 0)).expect(200);
  });

  it.each(TRANSPORTS)(
    'show a message in the room’s details, with its pinner and the time (%s)',
    async (transport) => {
      const boss = await new Actors(server, 'lobby', transport).staff('boss', { in: 'lobby', admin: true });
      // The first visit of someone appointed by their 05… ID raises info_updates by itself.
      await boss.rooms();
      const id = await post();
      const before = await infoUpdates();
      const answer = await boss.post(`/room/lobby/pin/${id}`);
      expect(answer.expect(200).json).toEqual({ info_updates: before + 1 });
      const { details } = (await alice.pollInfo('lobby', before)).json;
      expect(details?.pinned_messages).toEqual([
        { id, pinned_at: expect.any(Number) as number, pinned_by: boss.id },
      ]);
      const { pinned_at: at = 0 } = details?.pinned_messages[0] ?? {};
      expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(60);
    },
  );

  it('stand in the order in which they were made, and pinning again makes one the latest', async () => {
    const other = await actors.hiddenAdmin();
    await other.rooms();
    const [first, second] = [await post(), await post()];
    (await admin.pin('lobby', second)).expect(200);
    (await admin.pin('lobby', first)).expect(200);
    expect(await pinnedIds()).toEqual([second, first]);
    const before = await infoUpdates();
    expect((await other.pin('lobby', second)).expect(200).json).toEqual({ info_updates: before + 1 });
    expect(await pinnedIds()).toEqual([first, second]);
    expect((await alice.room('lobby')).json.pinned_messages[1]?.pinned_by).toBe(other.id);
  });

  it('are removed one by one, each raising info_updates', async () => {
    const id = await post();
    (await admin.pin('lobby', id)).expect(200);
    const before = await infoUpdates();
    expect((await admin.unpin('lobby', id)).expect(200).json).toEqual({
      info_updates: before + 1,
      unpinned: true,
    });
    expect(await pinnedIds()).toEqual([]);
  });

  it('that do not exist can’t be removed, which raises no counter', async () => {
    const before = await infoUpdates();
    for (const id of [await post(), 999_999]) {
      expect((await admin.unpin('lobby', id)).expect(200).json).toEqual({
        info_updates: before,
        unpinned: false,
      });
    }
    expect((await admin.unpinAll('lobby')).expect(200).json).toEqual({ info_updates: before, unpinned: 0 });
  });

  it('are removed all at once, raising info_updates for each', async () => {
    for (let pins = 0; pins < 3; pins += 1) (await admin.pin('lobby', await post())).expect(200);
    const before = await infoUpdates();
    expect((await admin.unpinAll('lobby')).expect(200).json).toEqual({
      info_updates: before + 3,
      unpinned: 3,
    });
    expect(await pinnedIds()).toEqual([]);
  });

  it('need no body, and ignore any body', async () => {
    const id = await post();
    for (const body of [undefined, '', '{}', '{broken', []]) {
      expect((await admin.post(`/room/lobby/pin/${id}`, body)).status).toBe(200);
      expect((await admin.post(`/room/lobby/unpin/${id}`, body)).status).toBe(200);
      expect((await admin.post('/room/lobby/unpin/all', body)).status).toBe(200);
    }
  });

  it('are allowed only for messages of the room that everyone may see', async () => {
    await server.addRoom('elsewhere');
    const elsewhere = (await alice.postMessage('elsewhere', 'hi')).expect(201).json.id;
    const deleted = await post();
    (await alice.deleteMessage('lobby', deleted)).expect(200);
    const whispers = [
      await mod.postMessage('lobby', 'psst', { whisperTo: alice.id }),
      await mod.postMessage('lobby', 'psst', { whisperMods: true }),
    ].map((answer) => answer.expect(201).json.id);
    const unseen = await post();
    await server.sql(`UPDATE messages SET state = 'unseen' WHERE id = $1`, [unseen]);
    const before = await infoUpdates();
    for (const id of [elsewhere, deleted, ...whispers, unseen, 999_999]) {
      expect((await admin.pin('lobby', id)).status).toBe(404);
    }
    expect((await admin.post('/room/lobby/pin/first')).status).toBe(404);
    expect(await infoUpdates()).toBe(before);
  });

  it('are made and removed by admins alone', async () => {
    const id = await post();
    for (const person of [alice, mod]) {
      expect((await person.pin('lobby', id)).status).toBe(403);
      expect((await person.unpin('lobby', id)).status).toBe(403);
      expect((await person.unpinAll('lobby')).status).toBe(403);
    }
    expect((await actors.anonymous.pin('lobby', id)).status).toBe(401);
    expect((await admin.pin('nowhere', id)).status).toBe(404);
    const globalAdmin = await actors.globalAdmin();
    expect((await globalAdmin.pin('lobby', id)).status).toBe(200);
  });

  it('keep a message’s files, which live on as any other’s once it is unpinned', async () => {
    const { id: file } = (await alice.upload('lobby', Buffer.from('picture'))).expect(201).json;
    const { id } = (await alice.postMessage('lobby', 'look', { files: [file] })).expect(201).json;
    const expiry = async (): Promise<unknown> =>
      (await server.sql('SELECT expires_at - uploaded_at AS life FROM files WHERE id = $1', [file]))[0]?.life;
    (await admin.pin('lobby', id)).expect(200);
    expect(await expiry()).toBeNull();
    (await admin.unpin('lobby', id)).expect(200);
    expect(await expiry()).toBeCloseTo(15 * DAY);
    (await admin.pin('lobby', id)).expect(200);
    (await admin.unpinAll('lobby')).expect(200);
    expect(await expiry()).toBeCloseTo(15 * DAY);
  });

  it('are written to the audit log', async () => {
    const id = await post();
    await admin.pin('lobby', id);
    await admin.unpin('lobby', id);
    await admin.pin('lobby', id);
    await admin.unpinAll('lobby');
    const lines = await server.sql(
      `SELECT actor, kind AS action, target, before FROM events
       WHERE target = $1 OR (kind = 'message.unpin_all' AND before->'messages' @> to_jsonb($2::bigint))
       ORDER BY id`,
      [String(id), id],
    );
    expect(lines).toEqual([
      { actor: admin.id, action: 'message.pin', target: String(id), before: null },
      { actor: admin.id, action: 'message.unpin', target: String(id), before: null },
      { actor: admin.id, action: 'message.pin', target: String(id), before: null },
      { actor: admin.id, action: 'message.unpin_all', target: null, before: { messages: [id] } },
    ]);
  });

  it('never stay on a message that is deleted at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await post();
      const [pinned, deleted] = await Promise.all([admin.pin('lobby', id), alice.deleteMessage('lobby', id)]);
      expect(deleted.status).toBe(200);
      expect([200, 404]).toContain(pinned.status);
      expect(await pinnedIds()).toEqual([]);
    }
  });

  it('of one message made many times at once are one', async () => {
    const id = await post();
    const before = await infoUpdates();
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.pin('lobby', id)));
    const told = answers.map((answer) => answer.expect(200).json.info_updates).sort((a, b) => a - b);
    expect(told).toEqual(Array.from({ length: 10 }, (_, index) => before + 1 + index));
    expect(await pinnedIds()).toEqual([id]);
  });
});
