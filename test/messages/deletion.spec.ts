import { type SessionClient } from '../client/client.js';
import { TRANSPORTS } from '../client/requester.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const NOBODY = `15${'ab'.repeat(32)}`;

describe('deleting', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;
  let mod: SessionClient;
  let admin: SessionClient;

  const post = async (room = 'lobby', author = alice): Promise<number> =>
    (await author.postMessage(room, 'hello')).expect(201).json.id;
  const seqnoOfRoom = async (room = 'lobby'): Promise<number> =>
    (await admin.room(room)).expect(200).json.message_sequence;
  const banFromLobby = (person: SessionClient, banned: boolean): Promise<unknown> =>
    server.sql(
      `INSERT INTO permission_overrides (room_id, user_id, banned)
       SELECT r.id, u.id, $2 FROM rooms r, users u WHERE r.token = 'lobby' AND u.session_id = $1
       ON CONFLICT (room_id, user_id) DO UPDATE SET banned = excluded.banned`,
      [person.id, banned],
    );
  const audited = (target: string): Promise<Record<string, unknown>[]> =>
    server.sql('SELECT actor, kind AS action, room, before FROM events WHERE target = $1 ORDER BY id', [
      target,
    ]);

  beforeAll(async () => {
    server = await openServer({
      env: { POST_RATE_LIMIT: '10000', EDIT_RATE_LIMIT: '10000', REACTION_RATE_LIMIT: '10000' },
    });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    mod = await actors.moderator();
    admin = await actors.admin();
    await server.addRoom('second');
  });

  afterAll(() => server.stop());

  describe('one message', () => {
    it.each(TRANSPORTS)('leaves a row that tells clients of the deletion (%s)', async (transport) => {
      const carol = new Actors(server, 'lobby', transport).person(`carol over ${transport}`);
      const { id, posted, seqno } = (await carol.postMessage('lobby', 'oops')).json;
      const answer = await carol.deleteMessage('lobby', id);
      expect(answer.expect(200).json).toEqual({});
      const [row] = (await alice.messagesSince('lobby', seqno, { t: 'r' })).json;
      expect(row).toEqual({
        id,
        session_id: carol.id,
        posted,
        edited: expect.any(Number) as number,
        seqno: seqno + 1,
        data: null,
        deleted: true,
      });
    });

    it('removes it from every other way of reading', async () => {
      const id = await post();
      (await alice.deleteMessage('lobby', id)).expect(200);
      expect((await alice.message('lobby', id)).status).toBe(404);
      for (const page of [await alice.recentMessages('lobby'), await alice.messagesBefore('lobby', id + 1)]) {
        expect(page.expect(200).json.map((row) => row.id)).not.toContain(id);
      }
    });

    it('is told only to people who can have known it', async () => {
      const before = await seqnoOfRoom();
      const id = await post();
      await alice.deleteMessage('lobby', id);
      expect((await bob.messagesSince('lobby', before)).json).toEqual([]);
      expect((await bob.messagesSince('lobby', before + 1)).json).toMatchObject([{ id, deleted: true }]);
    });

    it('is written to the audit log when a moderator does it, and not when its author does', async () => {
      const [byMod, byAuthor] = [await post(), await post()];
      const before = (await audited(alice.id)).length;
      (await mod.deleteMessage('lobby', byMod)).expect(200);
      (await alice.deleteMessage('lobby', byAuthor)).expect(200);
      expect((await audited(alice.id)).slice(before)).toEqual([
        { actor: mod.id, action: 'message.delete', room: 'lobby', before: { message: byMod } },
      ]);
    });

    it('is refused to others, to anonymous callers and for a missing message', async () => {
      const id = await post();
      expect((await bob.deleteMessage('lobby', id)).status).toBe(403);
      expect((await actors.anonymous.deleteMessage('lobby', id)).status).toBe(401);
      expect((await alice.deleteMessage('second', id)).status).toBe(404);
      expect((await alice.deleteMessage('nowhere', id)).status).toBe(404);
      expect((await mod.deleteMessage('lobby', 999_999)).status).toBe(404);
      expect((await alice.delete('/room/lobby/message/first')).status).toBe(404);
      expect((await alice.message('lobby', id)).status).toBe(200);
    });

    it('works once', async () => {
      const id = await post();
      (await alice.deleteMessage('lobby', id)).expect(200);
      const before = await seqnoOfRoom();
      expect((await alice.deleteMessage('lobby', id)).status).toBe(404);
      expect(await seqnoOfRoom()).toBe(before);
    });

    it('is refused to its author without write permission', async () => {
      const id = await post();
      await banFromLobby(alice, true);
      expect((await alice.deleteMessage('lobby', id)).status).toBe(403);
      await banFromLobby(alice, false);
    });

    it('removes its reactions, each with a seqno of its own after the deletion’s', async () => {
      const id = await post();
      for (const person of actors.crowd(3)) (await person.react('lobby', id, '👍')).expect(200);
      (await bob.react('lobby', id, '🎉')).expect(200);
      const before = await seqnoOfRoom();
      (await alice.deleteMessage('lobby', id)).expect(200);
      expect(await seqnoOfRoom()).toBe(before + 5);
      const [row] = (await bob.messagesSince('lobby', before)).json;
      expect(row).toMatchObject({ id, seqno: before + 5, deleted: true });
      expect(row).not.toHaveProperty('reactions');
      // A reader who saw the deletion already learns that the reactions are gone, too.
      expect((await bob.messagesSince('lobby', before + 1, { t: 'r' })).json).toEqual([
        { id, seqno: before + 5, reactions: {} },
      ]);
      expect((await bob.messagesSince('lobby', before + 1)).json).toEqual([]);
    });

    it('unpins it and expires its files at once', async () => {
      const { id: file } = (await alice.upload('lobby', Buffer.from('picture'))).expect(201).json;
      const { id } = (await alice.postMessage('lobby', 'look', { files: [file] })).expect(201).json;
      const { info_updates } = (await admin.pin('lobby', id)).expect(200).json;
      (await alice.deleteMessage('lobby', id)).expect(200);
      const room = (await alice.room('lobby')).json;
      expect(room.info_updates).toBe(info_updates + 1);
      expect(room.pinned_messages).toEqual([]);
      expect((await alice.download('lobby', file)).status).toBe(404);
    });

    it('keeps its text for the operator', async () => {
      const id = await post();
      await alice.deleteMessage('lobby', id);
      const kept = await server.sql('SELECT data FROM message_history WHERE message_id = $1', [id]);
      expect(kept).toHaveLength(1);
    });

    it('happens once when its author and a moderator do it at the same time', async () => {
      const id = await post();
      const before = await seqnoOfRoom();
      const answers = await Promise.all([
        alice.deleteMessage('lobby', id),
        mod.deleteMessage('lobby', id),
        alice.deleteMessage('lobby', id),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
      expect(await seqnoOfRoom()).toBe(before + 1);
    });
  });

  describe('all of a user in a room', () => {
    it('deletes each of their messages and files, and nobody else’s', async () => {
      const dave = actors.person('dave');
      const theirs = [await post('lobby', dave), await post('lobby', dave), await post('lobby', dave)];
      const elsewhere = await post('second', dave);
      const alices = await post();
      const { id: file } = (await dave.upload('lobby', Buffer.from('unclaimed'))).expect(201).json;
      (await bob.react('lobby', theirs[1] ?? 0, '👍')).expect(200);
      const before = await seqnoOfRoom();

      expect((await mod.deleteAll('lobby', dave.id)).expect(200).json).toEqual({});

      expect(await seqnoOfRoom()).toBe(before + 4);
      const rows = (await bob.messagesSince('lobby', before)).json;
      expect(rows.map(({ id, seqno, deleted }) => [id, seqno - before, deleted])).toEqual([
        [theirs[0], 1, true],
        [theirs[1], 3, true],
        [theirs[2], 4, true],
      ]);
      expect((await dave.download('lobby', file)).status).toBe(404);
      expect((await dave.message('second', elsewhere)).status).toBe(200);
      expect((await alice.message('lobby', alices)).status).toBe(200);
      expect(await audited(dave.id)).toEqual([
        {
          actor: mod.id,
          action: 'messages.delete_all',
          room: 'lobby',
          before: {
            messages: 3,
            reactions: 0,
            ids: expect.any(Array) as number[],
            // The trust that went with them, for an undo.
            earned: { lobby: expect.objectContaining({ posts: 3 }) as object },
          },
        },
      ]);
    });

    it('succeeds when there is nothing to delete: Android takes a 404 after its ban for a failed ban', async () => {
      const silent = actors.person('silent');
      await silent.pollInfo('lobby');
      expect((await silent.deleteAll('lobby', silent.id)).expect(200).json).toEqual({});
      expect((await mod.deleteAll('lobby', silent.id)).expect(200).json).toEqual({});
      expect(await audited(silent.id)).toEqual([]);
    });

    it('is 404 for an unknown user', async () => {
      expect((await mod.deleteAll('lobby', NOBODY)).status).toBe(404);
      expect((await alice.deleteAll('lobby', NOBODY)).status).toBe(404);
      expect((await mod.deleteAll('lobby', 'somebody')).status).toBe(404);
      expect((await mod.deleteAll('nowhere', alice.id)).status).toBe(404);
    });

    it('is allowed to themselves and to moderators', async () => {
      const id = await post();
      expect((await bob.deleteAll('lobby', alice.id)).status).toBe(403);
      expect((await actors.anonymous.deleteAll('lobby', alice.id)).status).toBe(401);
      expect((await mod.deleteAll('second', alice.id)).status).toBe(403);
      expect((await alice.message('lobby', id)).status).toBe(200);
      const before = (await audited(alice.id)).length;
      expect((await alice.deleteAll('lobby', alice.id)).status).toBe(200);
      expect(await audited(alice.id)).toHaveLength(before);
    });

    it('is allowed only to admins when the user is an admin', async () => {
      await post('lobby', admin);
      await post('lobby', mod);
      expect((await mod.deleteAll('lobby', admin.id)).status).toBe(403);
      expect((await mod.deleteAll('lobby', mod.id)).status).toBe(200);
      const other = await actors.hiddenAdmin();
      expect((await other.deleteAll('lobby', admin.id)).status).toBe(200);
    });

    it('takes an 05… ID, and upper-case hex', async () => {
      await post();
      expect((await mod.deleteAll('lobby', alice.sessionId)).status).toBe(200);
      await post();
      expect((await mod.deleteAll('lobby', alice.id.toUpperCase())).status).toBe(200);
    });

    it('is allowed to someone banned from the room, for their own', async () => {
      const erin = actors.person('erin');
      await post('lobby', erin);
      await banFromLobby(erin, true);
      expect((await erin.deleteAll('lobby', alice.id)).status).toBe(403);
      expect((await erin.deleteAll('lobby', erin.id)).status).toBe(200);
      expect((await erin.deleteAll('lobby', erin.id)).status).toBe(200);
    });

    it('leaves a room image that they uploaded', async () => {
      const { id: image } = (await admin.upload('lobby', Buffer.from('image'))).expect(201).json;
      await server.sql(`UPDATE rooms SET image_id = $1 WHERE token = 'lobby'`, [image]);
      await server.sql('UPDATE files SET expires_at = NULL WHERE id = $1', [image]);
      await post('lobby', admin);
      (await admin.deleteAll('lobby', admin.id)).expect(200);
      expect((await alice.download('lobby', image)).status).toBe(200);
    });

    it('raises info_updates for each of their pins', async () => {
      const frank = actors.person('frank');
      for (let pins = 0; pins < 2; pins += 1) await admin.pin('lobby', await post('lobby', frank));
      const before = (await alice.room('lobby')).json.info_updates;
      (await frank.deleteAll('lobby', frank.id)).expect(200);
      expect((await alice.room('lobby')).json.info_updates).toBe(before + 2);
    });

    it('leaves each message that they post meanwhile either deleted or there, and loses no seqno', async () => {
      const grace = actors.person('grace');
      await post('lobby', grace);
      const before = await seqnoOfRoom();
      const [deleted, ...posted] = await Promise.all([
        mod.deleteAll('lobby', grace.id),
        ...Array.from({ length: 10 }, () => grace.postMessage('lobby', 'spam')),
      ]);
      expect(deleted.status).toBe(200);
      posted.forEach((answer) => answer.expect(201));
      const rows = (await server.sql(
        `SELECT seqno, data IS NULL AS deleted FROM messages m JOIN users u ON u.id = m.user_id
         WHERE u.session_id = $1`,
        [grace.id],
      )) as { seqno: string; deleted: boolean }[];
      expect(new Set(rows.map(({ seqno }) => seqno)).size).toBe(11);
      const deletions = rows.filter((row) => row.deleted).length;
      expect(await seqnoOfRoom()).toBe(before + 10 + deletions);
    });
  });

  describe('all of a user in every room', () => {
    it('counts them by room, also rooms without any', async () => {
      const heidi = actors.person('heidi');
      await server.addRoom('third');
      await post('lobby', heidi);
      await post('lobby', heidi);
      await post('second', heidi);
      expect((await heidi.deleteAllEverywhere(heidi.id)).expect(200).json).toEqual({
        total: 3,
        rooms: { lobby: 2, second: 1, third: 0 },
      });
      expect((await heidi.deleteAllEverywhere(heidi.id)).expect(200).json.total).toBe(0);
    });

    it('covers the rooms that the caller moderates', async () => {
      const ivan = actors.person('ivan');
      await post('lobby', ivan);
      const kept = await post('second', ivan);
      expect((await mod.deleteAllEverywhere(ivan.id)).expect(200).json).toEqual({
        total: 1,
        rooms: { lobby: 1 },
      });
      expect((await ivan.message('second', kept)).status).toBe(200);
      const boss = await actors.globalModerator();
      expect((await boss.deleteAllEverywhere(ivan.sessionId)).json).toMatchObject({ total: 1 });
    });

    it('deletes nothing for people who moderate no room, and no admin’s messages for a moderator', async () => {
      const id = await post('lobby', admin);
      expect((await bob.deleteAllEverywhere(admin.id)).expect(200).json).toEqual({ total: 0, rooms: {} });
      expect((await mod.deleteAllEverywhere(admin.id)).expect(200).json).toEqual({ total: 0, rooms: {} });
      expect((await alice.message('lobby', id)).status).toBe(200);
    });

    it('is 404 for an unknown user only, and 401 when the caller is anonymous', async () => {
      expect((await mod.deleteAllEverywhere(NOBODY)).status).toBe(404);
      expect((await mod.delete('/rooms/all/nobody')).status).toBe(404);
      expect((await actors.anonymous.deleteAllEverywhere(alice.id)).status).toBe(401);
    });

    it('leaves out rooms that the caller is banned from or can’t see', async () => {
      const judy = actors.person('judy');
      const id = await post('lobby', judy);
      await banFromLobby(judy, true);
      await eventually(async () => (await judy.pollInfo('lobby')).status === 403);
      await server.addRoom('secret');
      await server.sql(
        `UPDATE rooms SET default_read = false, default_accessible = false WHERE token = 'secret'`,
      );
      const { rooms } = (await judy.deleteAllEverywhere(judy.id)).expect(200).json;
      expect(Object.keys(rooms)).not.toContain('secret');
      expect(Object.keys(rooms)).not.toContain('lobby');
      expect((await alice.message('lobby', id)).status).toBe(200);
    });
  });
});
