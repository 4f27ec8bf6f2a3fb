import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const THUMB = '👍';
/** Four code points, seven UTF-16 units. */
const RED_HAIRED = '👨🏿‍🦰';

describe('reactions', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;
  let mod: SessionClient;

  const post = async (text = 'hello'): Promise<number> =>
    (await alice.postMessage('lobby', text)).expect(201).json.id;
  const seqnoOfRoom = async (): Promise<number> => (await alice.room('lobby')).json.message_sequence;

  beforeAll(async () => {
    server = await openServer({
      env: { POST_RATE_LIMIT: '10000', EDIT_RATE_LIMIT: '10000', REACTION_RATE_LIMIT: '10000' },
    });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    mod = await actors.moderator();
  });

  afterAll(() => server.stop());

  describe('adding one', () => {
    it('raises the room’s counter by one and is shown with its reactors', async () => {
      const id = await post();
      const before = await seqnoOfRoom();
      const { json } = (await bob.react('lobby', id, THUMB)).expect(200);
      expect(json).toEqual({ added: true, seqno: before + 1 });
      expect(await seqnoOfRoom()).toBe(before + 1);
      const row = (await alice.message('lobby', id)).json;
      expect(row.seqno).toBe(before + 1);
      expect(row.reactions).toEqual({ [THUMB]: { index: 0, count: 1, reactors: [bob.id] } });
    });

    it('tells the person who reacted that it was them', async () => {
      const id = await post();
      await bob.react('lobby', id, THUMB);
      expect((await bob.message('lobby', id)).json.reactions[THUMB]?.you).toBe(true);
      expect((await alice.message('lobby', id)).json.reactions[THUMB]).not.toHaveProperty('you');
      expect((await actors.anonymous.message('lobby', id)).json.reactions[THUMB]).not.toHaveProperty('you');
    });

    it('changes nothing when it was added before', async () => {
      const id = await post();
      const { seqno } = (await bob.react('lobby', id, THUMB)).json;
      expect((await bob.react('lobby', id, THUMB)).expect(200).json).toEqual({ added: false, seqno });
      expect(await seqnoOfRoom()).toBe(seqno);
    });

    it('keeps the order of first use, whoever joins later', async () => {
      const id = await post();
      for (const [person, emoji] of [
        [alice, '3'],
        [bob, '1'],
        [alice, '1'],
        [bob, '2'],
        [bob, '3'],
      ] as const) {
        (await person.react('lobby', id, emoji)).expect(200);
      }
      const { reactions } = (await alice.message('lobby', id)).json;
      expect(reactions).toEqual({
        '3': { index: 0, count: 2, reactors: [alice.id, bob.id], you: true },
        '1': { index: 1, count: 2, reactors: [bob.id, alice.id], you: true },
        '2': { index: 2, count: 1, reactors: [bob.id] },
      });
    });

    it.each([
      [THUMB],
      [RED_HAIRED],
      ['a/b'],
      ['/'],
      ['100%'],
      ['?'],
      ['#;&=+ '],
      ['__proto__'],
      ['👍'.repeat(12)],
    ])('accepts %j as a reaction over every transport', async (emoji) => {
      const id = await post();
      for (const transport of ['plain', 'onion-v4-aes-gcm', 'onion-v3'] as const) {
        const person = new Actors(server, 'lobby', transport).person(`${transport} reactor`);
        const answer = await person.put(`/room/lobby/reaction/${id}/${encodeURIComponent(emoji)}`);
        expect(answer.expect(200).json).toMatchObject({ added: true });
      }
      const { reactions } = (await alice.message('lobby', id)).json;
      expect(Object.entries(reactions).map(([key, { count }]) => [key, count])).toEqual([[emoji, 3]]);
    });

    it('reads an emoji that an onion request leaves raw', async () => {
      const id = await post();
      const answer = await bob.put(`/room/lobby/reaction/${id}/${RED_HAIRED}`);
      expect(answer.expect(200).json).toMatchObject({ added: true });
      expect((await alice.reactors('lobby', id, RED_HAIRED)).json).toHaveLength(1);
    });

    it('needs no body, and ignores one', async () => {
      const id = await post();
      const path = `/room/lobby/reaction/${id}`;
      expect((await bob.put(`${path}/a`)).status).toBe(200);
      expect((await bob.put(`${path}/b`, '')).status).toBe(200);
      expect((await bob.put(`${path}/c`, '{broken')).status).toBe(200);
    });

    it.each([
      ['13 code points', '👍'.repeat(13), 400],
      ['a NUL', 'a\0b', 400],
      ['nothing', '', 404],
    ])('refuses %s', async (_what, emoji, status) => {
      const id = await post();
      const before = await seqnoOfRoom();
      const path = `/room/lobby/reaction/${id}/${encodeURIComponent(emoji)}`;
      expect((await bob.put(path)).status).toBe(status);
      expect((await bob.delete(path)).status).toBe(status);
      expect(await seqnoOfRoom()).toBe(before);
    });

    it('refuses half a surrogate pair in an onion request’s path', async () => {
      const id = await post();
      const answer = await bob.put(`/room/lobby/reaction/${id}/\ud83d`);
      expect(answer.status).toBe(400);
      expect((await alice.message('lobby', id)).json.reactions).toEqual({});
    });

    it('is refused to anonymous callers', async () => {
      const id = await post();
      expect((await actors.anonymous.put(`/room/lobby/reaction/${id}/a`)).status).toBe(401);
      expect((await actors.anonymous.delete(`/room/lobby/reaction/${id}/a`)).status).toBe(401);
    });

    it('is 404 for a message that is missing, deleted, a whisper or in another room', async () => {
      await server.addRoom('next-door');
      const elsewhere = (await alice.postMessage('next-door', 'hi')).expect(201).json.id;
      const deleted = await post();
      (await alice.deleteMessage('lobby', deleted)).expect(200);
      const whisper = (await mod.postMessage('lobby', 'psst', { whisperTo: bob.id })).expect(201).json.id;
      for (const id of [elsewhere, deleted, whisper, 999_999, Number.MAX_SAFE_INTEGER]) {
        expect((await bob.react('lobby', id, THUMB)).status).toBe(404);
        expect((await bob.unreact('lobby', id, THUMB)).status).toBe(404);
        expect((await bob.reactors('lobby', id, THUMB)).status).toBe(404);
        expect((await mod.removeReactions('lobby', id)).status).toBe(404);
      }
    });
  });

  describe('removing one', () => {
    it('raises the counter by one, and removes the reaction with its last reactor', async () => {
      const id = await post();
      await bob.react('lobby', id, 'first');
      await bob.react('lobby', id, 'second');
      const before = await seqnoOfRoom();
      expect((await bob.unreact('lobby', id, 'first')).expect(200).json).toEqual({
        removed: true,
        seqno: before + 1,
      });
      await bob.react('lobby', id, 'first');
      const { reactions } = (await alice.message('lobby', id)).json;
      expect([reactions.second?.index, reactions.first?.index]).toEqual([0, 1]);
    });

    it('removes only the caller’s own', async () => {
      const id = await post();
      const { seqno } = (await bob.react('lobby', id, THUMB)).json;
      expect((await alice.unreact('lobby', id, THUMB)).expect(200).json).toEqual({ removed: false, seqno });
      expect((await alice.message('lobby', id)).json.reactions[THUMB]?.count).toBe(1);
    });
  });

  describe('removing everyone’s', () => {
    const crowdReacts = async (id: number): Promise<void> => {
      for (const person of actors.crowd(3)) {
        (await person.react('lobby', id, 'a')).expect(200);
        (await person.react('lobby', id, 'b')).expect(200);
      }
    };

    it('takes as many seqnos as there were reactions of the kind', async () => {
      const id = await post();
      await crowdReacts(id);
      const before = await seqnoOfRoom();
      const answer = await mod.removeReactions('lobby', id, 'a');
      expect(answer.expect(200).json).toEqual({ removed: 3, seqno: before + 3 });
      expect(await seqnoOfRoom()).toBe(before + 3);
      expect(Object.keys((await alice.message('lobby', id)).json.reactions)).toEqual(['b']);
    });

    it('takes those of every kind when none is named', async () => {
      const id = await post();
      await crowdReacts(id);
      const before = await seqnoOfRoom();
      expect((await mod.removeReactions('lobby', id)).json).toEqual({ removed: 6, seqno: before + 6 });
      expect((await mod.removeReactions('lobby', id)).json).toEqual({ removed: 0, seqno: before + 6 });
      expect((await alice.message('lobby', id)).json.reactions).toEqual({});
      expect((await alice.messagesSince('lobby', before, { t: 'r' })).json).toEqual([
        { id, seqno: before + 6, reactions: {} },
      ]);
    });

    it('is for moderators, and written to the audit log', async () => {
      const id = await post();
      await crowdReacts(id);
      expect((await alice.removeReactions('lobby', id)).status).toBe(403);
      expect((await actors.anonymous.delete(`/room/lobby/reactions/${id}`)).status).toBe(401);
      (await mod.removeReactions('lobby', id, 'b')).expect(200);
      expect(
        await server.sql('SELECT actor, kind AS action, room, before FROM events WHERE target = $1', [
          String(id),
        ]),
      ).toEqual([
        { actor: mod.id, action: 'reactions.remove', room: 'lobby', before: { count: 3, reaction: 'b' } },
      ]);
    });

    it('refuses texts that can’t be a reaction', async () => {
      const id = await post();
      expect((await mod.removeReactions('lobby', id, 'x'.repeat(13))).status).toBe(400);
      expect((await mod.delete(`/room/lobby/reactions/${id}/`)).status).toBe(404);
    });
  });

  describe('the list of reactors', () => {
    it('names them with the time of their reaction, oldest first', async () => {
      const id = await post();
      const crowd = actors.crowd(4);
      for (const person of crowd) (await person.react('lobby', id, THUMB)).expect(200);
      const { json } = (await actors.anonymous.reactors('lobby', id, THUMB)).expect(200);
      expect(json.map(([sessionId]) => sessionId)).toEqual(crowd.map((person) => person.id));
      const times = json.map(([, at]) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.abs((times[0] ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    });

    it.each([
      [2, 2],
      [0, 4],
      [-1, 4],
      ['9'.repeat(39), 4],
    ])('holds for limit=%s %i of four', async (limit, length) => {
      const id = await post();
      for (const person of actors.crowd(4)) await person.react('lobby', id, THUMB);
      expect((await alice.reactors('lobby', id, THUMB, { limit })).expect(200).json).toHaveLength(length);
    });

    it('is empty for a reaction that nobody used, and 400 for a limit that is no number', async () => {
      const id = await post();
      expect((await alice.reactors('lobby', id, THUMB)).expect(200).json).toEqual([]);
      expect((await alice.reactors('lobby', id, THUMB, { limit: 'all' })).status).toBe(400);
    });

    it('with the messages names the first ones, as many as asked for', async () => {
      const id = await post();
      const crowd = actors.crowd(5);
      for (const person of crowd) await person.react('lobby', id, THUMB);
      const reactorsOf = async (reactors?: number | string): Promise<string[] | undefined> =>
        (await alice.recentMessages('lobby', { limit: 1, reactors })).json[0]?.reactions[THUMB]?.reactors;
      expect(await reactorsOf()).toEqual(crowd.slice(0, 4).map((person) => person.id));
      expect(await reactorsOf(2)).toEqual(crowd.slice(0, 2).map((person) => person.id));
      expect(await reactorsOf(99)).toHaveLength(5);
      expect(await reactorsOf(0)).toBeUndefined();
      expect(await reactorsOf(-5)).toBeUndefined();
    });
  });

  describe('in messages/since', () => {
    it('are rows of their own with t=r, and are left out without', async () => {
      const id = await post();
      const before = await seqnoOfRoom();
      await bob.react('lobby', id, THUMB);
      expect((await alice.messagesSince('lobby', before, { t: 'r' })).json).toEqual([
        { id, seqno: before + 1, reactions: { [THUMB]: { index: 0, count: 1, reactors: [bob.id] } } },
      ]);
      expect((await alice.messagesSince('lobby', before)).json).toEqual([]);
    });

    it('come with a message that is new itself, whose seqno is the latest', async () => {
      const before = await seqnoOfRoom();
      const id = await post();
      await bob.react('lobby', id, THUMB);
      for (const query of [{}, { t: 'r' }]) {
        const rows = (await alice.messagesSince('lobby', before, query)).json;
        expect(rows).toMatchObject([{ id, seqno: before + 2, session_id: alice.id }]);
        expect(rows[0]?.reactions).toHaveProperty(THUMB);
      }
    });
  });

  it('in a room that nobody reads by default are for those who may read', async () => {
    await server.addRoom('closed');
    const admin = await actors.staff('closed admin', { in: 'closed', admin: true });
    const { id } = (await admin.postMessage('closed', 'members only')).expect(201).json;
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'closed'`);
    expect((await bob.react('closed', id, THUMB)).status).toBe(403);
    await eventually(async () => (await bob.reactors('closed', id, THUMB)).status === 403);
    await server.sql(`UPDATE rooms SET default_accessible = false WHERE token = 'closed'`);
    expect((await bob.react('closed', id, THUMB)).status).toBe(404);
    expect((await admin.react('closed', id, THUMB)).status).toBe(200);
  });

  describe('at once', () => {
    it('count once when one person sends fifty of the same', async () => {
      const id = await post();
      const before = await seqnoOfRoom();
      const answers = await Promise.all(Array.from({ length: 50 }, () => bob.react('lobby', id, THUMB)));
      expect(answers.filter((answer) => answer.expect(200).json.added)).toHaveLength(1);
      expect(new Set(answers.map((answer) => answer.json.seqno))).toEqual(new Set([before + 1]));
      expect((await alice.message('lobby', id)).json.reactions[THUMB]?.count).toBe(1);
      expect(await seqnoOfRoom()).toBe(before + 1);
    });

    it('of many people all count, each with a seqno of its own', async () => {
      const id = await post();
      const before = await seqnoOfRoom();
      const crowd = actors.crowd(30);
      const answers = await Promise.all(crowd.map((person) => person.react('lobby', id, THUMB)));
      const seqnos = answers.map((answer) => answer.expect(200).json.seqno).sort((a, b) => a - b);
      expect(seqnos).toEqual(crowd.map((_, index) => before + 1 + index));
      expect((await alice.message('lobby', id)).json.reactions[THUMB]?.count).toBe(30);
    });

    it('never outlive the message that is being deleted', async () => {
      for (let round = 0; round < 5; round += 1) {
        const id = await post();
        const crowd = actors.crowd(10);
        const [deleted, ...reacted] = await Promise.all([
          alice.deleteMessage('lobby', id),
          ...crowd.map((person) => person.react('lobby', id, THUMB)),
        ]);
        expect(deleted.status).toBe(200);
        for (const { status } of reacted) expect([200, 404]).toContain(status);
        expect(await server.sql('SELECT id FROM reactions WHERE message_id = $1', [id])).toEqual([]);
        const [row] = await server.sql('SELECT * FROM messages WHERE id = $1', [id]);
        const added = reacted.filter(({ status }) => status === 200).length;
        expect(Number(row?.seqno) - Number(row?.seqno_data)).toBe(added);
      }
    });

    it('added and removed by one person leave the reaction or nothing, never an empty one', async () => {
      const id = await post();
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          index % 2 ? bob.react('lobby', id, THUMB) : bob.unreact('lobby', id, THUMB),
        ),
      );
      const { reactions } = (await alice.message('lobby', id)).json;
      const rows = await server.sql('SELECT id FROM reactions WHERE message_id = $1', [id]);
      expect(rows).toHaveLength(Object.keys(reactions).length);
      for (const { count } of Object.values(reactions)) expect(count).toBe(1);
    });
  });
});
