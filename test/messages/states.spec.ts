import { type SessionClient } from '../client/client.js';
import { type MessageRow, type MessageUpdate } from '../client/types.js';
import { Actors, identityOf } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { holdByText, publish, withdraw } from '../support/message-states.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const KEPT = ['hold this', 'keep this unseen'];
const COUNTING = { t: 'r' };

let server: OpenServer;
let actors: Actors;
let alice: SessionClient;
let phone: SessionClient;
let bob: SessionClient;
let mod: SessionClient;
let admin: SessionClient;
let anonymous: SessionClient;
/** Everyone but alice. */
let others: SessionClient[];

beforeAll(async () => {
  server = await openServer({
    env: { POST_RATE_LIMIT: '10000', EDIT_RATE_LIMIT: '10000', REACTION_RATE_LIMIT: '10000' },
  });
  actors = new Actors(server);
  ({ alice, bob, anonymous } = actors);
  phone = server.client(identityOf('alice'));
  mod = await actors.moderator();
  admin = await actors.admin();
  others = [bob, mod, admin, anonymous];
  await holdByText(server);
});

afterAll(() => server.stop());

const seqnoOfRoom = async (): Promise<number> =>
  (await admin.room('lobby')).expect(200).json.message_sequence;

async function post(text: string, author = alice, options = {}): Promise<MessageRow> {
  return (await author.postMessage('lobby', text, options)).expect(201).json;
}

/** Ids of all that a person is shown by each way of reading pages, from a seqno and from the newest message on. */
async function pagesOf(
  reader: SessionClient,
  since: number,
): Promise<Record<'since' | 'recent' | 'before', number[]>> {
  const ids = (rows: MessageUpdate[]): number[] => rows.map(({ id }) => id);
  return {
    since: ids((await reader.messagesSince('lobby', since, COUNTING)).expect(200).json),
    recent: ids((await reader.recentMessages('lobby')).expect(200).json),
    before: ids((await reader.messagesBefore('lobby', 1_000_000)).expect(200).json),
  };
}

async function notFound(answers: Promise<{ status: number; text: string }>[]): Promise<void> {
  for (const { status, text } of await Promise.all(answers)) {
    expect([status, text]).toEqual([404, 'No such message']);
  }
}

describe.each(KEPT)('a message in the state of “%s”', (text) => {
  it('is answered and read by its author as a published one, on all their devices', async () => {
    const open = await post('published');
    const kept = await post(text);
    expect(Object.keys(kept)).toEqual(Object.keys(open));
    expect(kept.seqno).toBe(open.seqno + 1);
    for (const device of [alice, phone]) {
      const pages = await pagesOf(device, open.seqno - 1);
      expect(pages.since).toEqual([open.id, kept.id]);
      expect(pages.recent.slice(0, 2)).toEqual([kept.id, open.id]);
      expect(pages.before.slice(0, 2)).toEqual([kept.id, open.id]);
      expect((await device.message('lobby', kept.id)).expect(200).json).toEqual(kept);
    }
  });

  it('is on nobody else’s pages, whoever read them first', async () => {
    const before = await seqnoOfRoom();
    const kept = await post(text);
    const open = await post('published');
    for (const readers of [
      [...others, alice, ...others],
      [phone, alice, ...others],
    ]) {
      for (const reader of readers) {
        const isAuthor = reader === alice || reader === phone;
        const pages = await pagesOf(reader, before);
        expect(pages.since).toEqual(isAuthor ? [kept.id, open.id] : [open.id]);
        expect(pages.recent.includes(kept.id)).toBe(isAuthor);
        expect(pages.before.includes(kept.id)).toBe(isAuthor);
      }
    }
    for (const reader of others) {
      expect((await reader.messagesSince('lobby', kept.seqno, COUNTING)).json.map(({ id }) => id)).toEqual([
        open.id,
      ]);
    }
  });

  it('is not on the page of the room in a browser', async () => {
    await post(`${text} 8c1f`);
    await post('shown to browsers');
    const html = await (await fetch(`${server.url}/r/lobby`)).text();
    expect(html).toContain('shown to browsers');
    expect(html).not.toContain('8c1f');
  });

  it('is 404 for everyone else, as a message that never existed', async () => {
    const { id } = await post(text);
    for (const person of [bob, mod, admin]) {
      await notFound([
        person.message('lobby', id),
        person.editMessage('lobby', id, 'mine now'),
        person.deleteMessage('lobby', id),
        person.react('lobby', id, '🦜'),
        person.unreact('lobby', id, '🦜'),
        person.reactors('lobby', id, '🦜'),
      ]);
    }
    await notFound([
      anonymous.message('lobby', id),
      anonymous.reactors('lobby', id, '🦜'),
      admin.pin('lobby', id),
      admin.removeReactions('lobby', id),
    ]);
  });

  it('can be pinned by nobody, not by its author either', async () => {
    const { id } = await post(text, admin);
    await notFound([admin.pin('lobby', id)]);
  });

  it('takes reactions of its author, which nobody else sees', async () => {
    const before = await seqnoOfRoom();
    const { id, seqno } = await post(text);
    expect((await alice.react('lobby', id, '🦜')).expect(200).json).toEqual({
      added: true,
      seqno: seqno + 1,
    });
    const [row] = (await phone.messagesSince('lobby', seqno, COUNTING)).json;
    expect(row).toEqual({
      id,
      seqno: seqno + 1,
      reactions: { '🦜': { index: 0, count: 1, reactors: [alice.id], you: true } },
    });
    expect((await alice.reactors('lobby', id, '🦜')).json).toHaveLength(1);
    for (const reader of others) {
      expect((await reader.messagesSince('lobby', before, COUNTING)).json).toEqual([]);
    }
    await notFound([bob.react('lobby', id, '🦜'), anonymous.reactors('lobby', id, '🦜')]);
    expect((await alice.unreact('lobby', id, '🦜')).json).toEqual({ removed: true, seqno: seqno + 2 });
  });

  it('can be edited and deleted by its author, and only they are told', async () => {
    const before = await seqnoOfRoom();
    const { id, seqno } = await post(text);
    (await alice.editMessage('lobby', id, 'something else')).expect(200);
    const [edited] = (await phone.messagesSince('lobby', seqno, COUNTING)).json;
    expect(edited).toMatchObject({ id, seqno: seqno + 1, edited: expect.any(Number) as number });
    (await alice.deleteMessage('lobby', id)).expect(200);
    const [deleted] = (await phone.messagesSince('lobby', seqno, COUNTING)).json;
    expect(deleted).toMatchObject({ id, seqno: seqno + 2, deleted: true, data: null });
    for (const reader of others) {
      expect((await reader.messagesSince('lobby', before, COUNTING)).json).toEqual([]);
    }
    expect(
      await server.sql('SELECT count(*)::int AS texts FROM message_history WHERE message_id = $1', [id]),
    ).toEqual([{ texts: 2 }]);
  });

  it('is deleted with everything of its author, whoever deletes that', async () => {
    const carol = actors.person(`carol who says ${text}`);
    const { id } = await post(text, carol);
    (await mod.deleteAll('lobby', carol.id)).expect(200);
    await notFound([carol.message('lobby', id)]);
    expect(await server.sql('SELECT data FROM messages WHERE id = $1', [id])).toEqual([{ data: null }]);
  });

  it('has files that its author alone can read, and none that become the room’s image', async () => {
    const file = (await admin.upload('lobby', Buffer.from('picture'))).expect(201).json.id;
    await post(text, admin, { files: [file] });
    expect((await admin.download('lobby', file)).status).toBe(200);
    for (const reader of [alice, bob, mod, anonymous]) {
      expect((await reader.download('lobby', file)).status).toBe(404);
    }
    expect((await admin.updateRoom('lobby', { image: file })).status).toBe(406);
  });

  it('is answered again as the first time when it is posted again', async () => {
    const body = alice.messageBody(`${text} twice`, { timestamp: Date.now() });
    const send = async (device: SessionClient): Promise<MessageRow> =>
      (await device.post('/room/lobby/message', body)).expect(201).json as MessageRow;
    const first = await send(alice);
    expect(await send(phone)).toEqual(first);
    expect((await alice.recentMessages('lobby')).json.filter(({ data }) => data === first.data)).toHaveLength(
      1,
    );
  });

  it('takes the room’s next seqno', async () => {
    const before = await seqnoOfRoom();
    expect((await post(text)).seqno).toBe(before + 1);
    expect(await seqnoOfRoom()).toBe(before + 1);
  });

  it('that is a whisper is seen by its author, and not by the person to whom it whispers', async () => {
    const before = await seqnoOfRoom();
    const { id } = await post(text, mod, { whisperTo: bob.id, whisperMods: true });
    for (const reader of [bob, admin, alice, anonymous]) {
      expect((await reader.messagesSince('lobby', before)).json).toEqual([]);
      expect((await reader.message('lobby', id)).status).toBe(404);
    }
    expect((await mod.messagesSince('lobby', before)).json.map((row) => row.id)).toEqual([id]);
  });
});

describe('a held message that is published', () => {
  it('comes to everyone with its id and time and a new seqno, at its old place among the others', async () => {
    const kept = await post('hold this until later');
    const open = await post('published');
    await publish(server, kept.id);
    await eventually(async () => (await bob.messagesSince('lobby', open.seqno)).json.length === 1);
    for (const reader of [alice, ...others]) {
      const [row] = (await reader.messagesSince('lobby', open.seqno, COUNTING)).json;
      expect(row).toEqual({ ...kept, seqno: open.seqno + 1 });
      expect((await pagesOf(reader, kept.seqno)).recent.slice(0, 2)).toEqual([open.id, kept.id]);
    }
  });

  it('leaves whispers near it in the pages of moderators, whose counter is lower', async () => {
    const kept = await post('hold this until later');
    const whisper = await post('psst', mod, { whisperMods: true });
    const open = await post('published');
    await publish(server, kept.id);
    await eventually(async () => (await bob.messagesSince('lobby', open.seqno)).json.length === 1);
    const ids = async (reader: SessionClient): Promise<number[]> =>
      (await reader.recentMessages('lobby', { limit: 2 })).json.map(({ id }) => id);
    expect(await ids(anonymous)).toEqual([open.id, kept.id]);
    expect(await ids(admin)).toEqual([open.id, whisper.id]);
  });
});

describe('a withdrawn message', () => {
  it('is a deleted one to everybody who may have seen it, its author included', async () => {
    const { id, seqno, posted } = await post('spam');
    await withdraw(server, id);
    await eventually(async () => (await bob.messagesSince('lobby', seqno)).json.length === 1);
    for (const reader of [alice, phone, ...others]) {
      expect((await reader.messagesSince('lobby', seqno, COUNTING)).json).toEqual([
        {
          id,
          session_id: alice.id,
          posted,
          edited: expect.any(Number) as number,
          seqno: seqno + 1,
          data: null,
          deleted: true,
        },
      ]);
      expect((await pagesOf(reader, seqno + 1)).recent).not.toContain(id);
      await notFound([reader.message('lobby', id), reader.reactors('lobby', id, '🦜')]);
    }
  });

  it('is announced to its author and not to people who came later', async () => {
    const before = await seqnoOfRoom();
    const { id, seqno } = await post('spam');
    await withdraw(server, id);
    await eventually(async () => (await bob.messagesSince('lobby', seqno)).json.length === 1);
    expect((await alice.messagesSince('lobby', before)).json).toMatchObject([{ id, deleted: true }]);
    for (const reader of others) expect((await reader.messagesSince('lobby', before)).json).toEqual([]);
  });

  it('can not be changed, pinned or given reactions by anybody', async () => {
    const { id } = await post('spam', admin);
    await withdraw(server, id);
    await notFound([
      admin.editMessage('lobby', id, 'again'),
      admin.deleteMessage('lobby', id),
      admin.react('lobby', id, '🦜'),
      admin.pin('lobby', id),
      mod.deleteMessage('lobby', id),
    ]);
  });

  it('has files that nobody can read and that stay', async () => {
    const file = (await alice.upload('lobby', Buffer.from('picture'))).expect(201).json.id;
    const { id } = await post('spam', alice, { files: [file] });
    await withdraw(server, id);
    for (const reader of [alice, ...others]) {
      expect((await reader.download('lobby', file)).status).toBe(404);
    }
    expect((await admin.updateRoom('lobby', { image: file })).status).toBe(406);
    expect(await server.sql('SELECT message_id FROM files WHERE id = $1', [file])).toEqual([
      { message_id: String(id) },
    ]);
  });

  it('can not have its text in its row, where a reading could find it', async () => {
    const { id } = await post('spam');
    await expect(server.sql(`UPDATE messages SET state = 'withdrawn' WHERE id = $1`, [id])).rejects.toThrow(
      'messages_withdrawn_without_text',
    );
  });

  it('is answered again as the first time when it is posted again, and stays withdrawn', async () => {
    const body = alice.messageBody('spam twice', { timestamp: Date.now() });
    const send = async (): Promise<MessageRow> =>
      (await alice.post('/room/lobby/message', body)).expect(201).json as MessageRow;
    const first = await send();
    await withdraw(server, first.id);
    expect(await send()).toEqual(first);
    await notFound([alice.message('lobby', first.id)]);
  });
});

describe('an export of a room', () => {
  it('shows the state of messages that are not published, and the text of withdrawn ones', async () => {
    await server.addRoom('archive');
    const say = async (text: string): Promise<MessageRow> =>
      (await alice.postMessage('archive', text)).expect(201).json;
    const rows = [
      await say('open'),
      await say('hold this'),
      await say('keep this unseen'),
      await say('spam'),
    ];
    await withdraw(server, rows[3]?.id ?? 0);
    const { stdout } = await server.plaza('room', 'export', 'archive');
    const [, ...messages] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(messages.map(({ state, text, data }) => ({ state, text, data }))).toEqual([
      { state: undefined, text: 'open', data: rows[0]?.data },
      { state: 'held', text: 'hold this', data: rows[1]?.data },
      { state: 'unseen', text: 'keep this unseen', data: rows[2]?.data },
      { state: 'withdrawn', text: 'spam', data: rows[3]?.data },
    ]);
  });
});
