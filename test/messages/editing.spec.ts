import { type SessionClient } from '../client/client.js';
import { encodeMessage, readMessage, signatureHolds } from '../client/message.js';
import { TRANSPORTS } from '../client/requester.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('editing a message', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;

  const post = async (text = 'first'): Promise<number> =>
    (await alice.postMessage('lobby', text)).expect(201).json.id;
  const bodyOf = async (id: number): Promise<string | undefined> =>
    readMessage((await alice.message('lobby', id)).expect(200).json.data ?? '').body;
  const seqnoOfRoom = async (): Promise<number> => (await alice.room('lobby')).json.message_sequence;

  beforeAll(async () => {
    server = await openServer({
      env: { POST_RATE_LIMIT: '10000', EDIT_RATE_LIMIT: '10000', REACTION_RATE_LIMIT: '10000' },
    });
    actors = new Actors(server);
    ({ alice, bob } = actors);
  });

  afterAll(() => server.stop());

  it.each(TRANSPORTS)('replaces its text (%s)', async (transport) => {
    const carol = new Actors(server, 'lobby', transport).person(`carol over ${transport}`);
    const { id, posted, seqno } = (await carol.postMessage('lobby', 'first')).json;
    const answer = await carol.editMessage('lobby', id, 'second');
    expect(answer.expect(200).json).toEqual({});
    const row = (await alice.message('lobby', id)).json;
    expect(row).toMatchObject({ id, posted, session_id: carol.id, seqno: seqno + 1, reactions: {} });
    expect(row.edited).toBeGreaterThanOrEqual(posted);
    expect(readMessage(row.data ?? '').body).toBe('second');
    expect(signatureHolds(row)).toBe(true);
  });

  it('shows pollers the new text at the message’s new seqno, once', async () => {
    const id = await post();
    const before = await seqnoOfRoom();
    await alice.editMessage('lobby', id, 'second');
    const rows = (await bob.messagesSince('lobby', before)).json;
    expect(rows).toMatchObject([{ id, seqno: before + 1 }]);
    expect(readMessage(rows[0]?.data ?? '').body).toBe('second');
    expect(await seqnoOfRoom()).toBe(before + 1);
  });

  it('is seen by pollers also when the bytes stay the same', async () => {
    const data = encodeMessage({ body: 'same' });
    const { id, seqno } = (await alice.postMessage('lobby', '', { data })).json;
    (await alice.editMessage('lobby', id, '', { data })).expect(200);
    const row = (await bob.messagesSince('lobby', seqno)).json[0];
    expect(row).toMatchObject({ id, seqno: seqno + 1, data: data.toString('base64') });
    expect(row?.edited).toBeDefined();
  });

  it('keeps its reactions', async () => {
    const id = await post();
    await bob.react('lobby', id, '👍');
    (await alice.editMessage('lobby', id, 'second')).expect(200);
    expect((await alice.message('lobby', id)).json.reactions).toHaveProperty('👍');
  });

  it('keeps its former text, for the operator', async () => {
    const first = encodeMessage({ body: 'first' });
    const { id, signature } = (await alice.postMessage('lobby', '', { data: first })).json;
    await alice.editMessage('lobby', id, 'second');
    await alice.editMessage('lobby', id, 'third');
    const kept = await server.sql(
      'SELECT data, padded_size, signature FROM message_history WHERE message_id = $1 ORDER BY id',
      [id],
    );
    expect(kept).toHaveLength(2);
    expect(kept[0]?.padded_size).toBe(first.length);
    expect((kept[0]?.signature as Buffer).toString('base64')).toBe(signature);
  });

  it('leaves it a whisper', async () => {
    const mod = await actors.moderator();
    const { id } = (await mod.postMessage('lobby', 'psst', { whisperTo: bob.id })).expect(201).json;
    (await mod.editMessage('lobby', id, 'psst!', { whisperMods: false })).expect(200);
    expect((await bob.message('lobby', id)).json).toMatchObject({ whisper: true, whisper_to: bob.id });
    expect((await alice.message('lobby', id)).status).toBe(404);
  });

  it('claims the files that it names', async () => {
    const { id: file } = (await alice.upload('lobby', Buffer.from('picture'))).expect(201).json;
    const id = await post();
    (await alice.editMessage('lobby', id, 'with picture', { files: [String(file)] })).expect(200);
    const [row] = await server.sql(
      'SELECT message_id, expires_at - uploaded_at AS life FROM files WHERE id = $1',
      [file],
    );
    expect(Number(row?.message_id)).toBe(id);
    expect(row?.life).toBeGreaterThan(14 * 86_400);
  });

  describe('is refused', () => {
    let id: number;

    beforeAll(async () => {
      id = await post();
    });

    afterEach(async () => {
      expect(await bodyOf(id)).toBe('first');
    });

    it('to everyone but its author, moderators included', async () => {
      expect((await bob.editMessage('lobby', id, 'hijacked')).status).toBe(403);
      for (const staff of [await actors.moderator(), await actors.globalAdmin()]) {
        expect((await staff.editMessage('lobby', id, 'corrected')).status).toBe(403);
      }
      const { data, signature } = alice.messageBody('from nobody');
      const answer = await actors.anonymous.put(`/room/lobby/message/${id}`, { data, signature });
      expect(answer.status).toBe(401);
    });

    it('to an author who may no longer write', async () => {
      await server.sql(`UPDATE rooms SET default_write = false WHERE token = 'lobby'`);
      try {
        expect((await alice.editMessage('lobby', id, 'second')).status).toBe(403);
      } finally {
        await server.sql(`UPDATE rooms SET default_write = true WHERE token = 'lobby'`);
      }
    });

    it('for a message that is missing, in another room or deleted', async () => {
      await server.addRoom('elsewhere');
      expect((await alice.editMessage('elsewhere', id, 'x')).status).toBe(404);
      expect((await alice.editMessage('nowhere', id, 'x')).status).toBe(404);
      expect((await alice.editMessage('lobby', 999_999, 'x')).status).toBe(404);
      const deleted = await post();
      await alice.deleteMessage('lobby', deleted);
      expect((await alice.editMessage('lobby', deleted, 'x')).status).toBe(404);
    });

    it('when the signature is not the author’s for these bytes', async () => {
      const before = await seqnoOfRoom();
      const { signature } = alice.messageBody('something else');
      const wrong = await alice.editMessage('lobby', id, 'second', { signature: signature as string });
      expect([wrong.status, wrong.headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
      expect(wrong.text).toContain('signature');
      expect(await seqnoOfRoom()).toBe(before);
    });

    it.each([
      ['no body', undefined],
      ['broken JSON', '{"data"'],
      ['an array', []],
      ['no data', { signature: 'A'.repeat(88) }],
      ['no signature', { data: 'aGk=' }],
      ['data that is no base64', { data: '!!!', signature: 'A'.repeat(86) }],
      ['a short signature', { data: 'aGk=', signature: 'AAAA' }],
      ['files that are no list', { data: 'aGk=', signature: 'A'.repeat(86), files: 5 }],
      ['files that are no ids', { data: 'aGk=', signature: 'A'.repeat(86), files: ['x'] }],
    ])('with %s', async (_what, body) => {
      expect((await alice.put(`/room/lobby/message/${id}`, body)).status).toBe(400);
    });

    it('beyond the size of a message', async () => {
      const data = Buffer.alloc(65_537, 'x');
      expect((await alice.editMessage('lobby', id, '', { data })).status).toBe(413);
    });
  });

  it('leaves one of the two texts when it happens twice at once, with a valid signature and two seqnos', async () => {
    const id = await post();
    const before = await seqnoOfRoom();
    const texts = ['left', 'right'];
    const answers = await Promise.all(texts.map((text) => alice.editMessage('lobby', id, text)));
    answers.forEach((answer) => answer.expect(200));
    const row = (await alice.message('lobby', id)).json;
    expect(row.seqno).toBe(before + 2);
    expect(texts).toContain(readMessage(row.data ?? '').body);
    expect(signatureHolds(row)).toBe(true);
    const kept = await server.sql('SELECT id FROM message_history WHERE message_id = $1', [id]);
    expect(kept).toHaveLength(2);
  });

  it('never brings back a message that is deleted at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await post();
      const [edited, deleted] = await Promise.all([
        alice.editMessage('lobby', id, 'second'),
        alice.deleteMessage('lobby', id),
      ]);
      expect(deleted.status).toBe(200);
      expect([200, 404]).toContain(edited.status);
      expect((await alice.message('lobby', id)).status).toBe(404);
    }
  });
});
