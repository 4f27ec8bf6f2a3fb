import { type SessionClient } from '../client/client.js';
import { type MessageRow, type MessageUpdate } from '../client/types.js';
import { Actors, identityOf } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { holdByText } from '../support/message-states.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Moves } from '../support/publication.js';

const COUNTING = { t: 'r' };

let server: OpenServer;
let moves: Moves;
let alice: SessionClient;
let phone: SessionClient;
let bob: SessionClient;
let mod: SessionClient;
let admin: SessionClient;
let anonymous: SessionClient;
let everyone: SessionClient[];

beforeEach(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '10000' }, heldClock: true });
  moves = new Moves(server);
  const actors = new Actors(server);
  ({ alice, bob, anonymous } = actors);
  phone = server.client(identityOf('alice'));
  mod = await actors.moderator();
  admin = await actors.admin();
  everyone = [alice, phone, bob, mod, admin, anonymous];
  await holdByText(server);
});

afterEach(() => server.stop());

async function post(text: string, author = alice, options = {}): Promise<MessageRow> {
  const timestamp = server.clock.milliseconds();
  return (await author.postMessage('lobby', text, { timestamp, ...options })).expect(201).json;
}

async function news(reader: SessionClient, since: number): Promise<MessageUpdate[]> {
  return (await reader.messagesSince('lobby', since, COUNTING)).expect(200).json;
}

/** Ids of what a person is shown by each way of reading: they must agree. */
async function shownTo(reader: SessionClient): Promise<number[]> {
  const ids = (rows: MessageUpdate[]): number[] =>
    rows.filter((row) => !('deleted' in row)).map(({ id }) => id);
  const recent = ids((await reader.recentMessages('lobby')).expect(200).json);
  expect(ids((await reader.messagesBefore('lobby', 1_000_000)).expect(200).json)).toEqual(recent);
  expect(ids(await news(reader, 0)).sort((a, b) => b - a)).toEqual(recent);
  for (const id of recent) (await reader.message('lobby', id)).expect(200);
  return recent;
}

async function allSee(ids: number[]): Promise<void> {
  await eventually(async () => (await shownTo(anonymous)).join() === ids.join());
  for (const reader of everyone) expect(await shownTo(reader)).toEqual(ids);
}

async function exported(): Promise<Record<string, unknown>[]> {
  const { stdout } = await server.plaza('room', 'export', 'lobby');
  const lines = stdout.trimEnd().split('\n');
  return lines.slice(1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function fileOf(author: SessionClient): Promise<number> {
  return (await author.upload('lobby', Buffer.from('picture'))).expect(201).json.id;
}

async function trustOf(person: SessionClient): Promise<unknown> {
  const [row] = await server.sql(
    'SELECT posts FROM trust t JOIN users u ON u.id = t.user_id WHERE u.session_id = $1',
    [person.id],
  );
  return row?.posts;
}

/** The server has counted as published what the database has held. */
async function forgetTrust(): Promise<void> {
  await server.sql('DELETE FROM trust');
}

describe('a held message that is published', () => {
  it('keeps its id and its time within ten minutes, and takes the next seqno', async () => {
    const kept = await post('hold this');
    await forgetTrust();
    const open = await post('open', bob);
    await server.clock.advance('9 minutes');
    const { published, tooLate } = await moves.publish(kept.id);
    expect(published).toMatchObject([{ id: kept.id, was: kept.id }]);
    expect(tooLate).toEqual([]);
    await allSee([open.id, kept.id]);
    for (const reader of everyone) {
      expect(await news(reader, open.seqno)).toEqual([{ ...kept, seqno: open.seqno + 1 }]);
    }
    expect(await trustOf(alice)).toBe(1);
  });

  it('gets a new id and time after ten minutes, and its author is told that the old one is gone', async () => {
    const kept = await post('hold this');
    await server.clock.advance('11 minutes');
    const { published } = await moves.publish(kept.id);
    const id = published[0]?.id ?? 0;
    expect(id).toBeGreaterThan(kept.id);
    await allSee([id]);
    const posted = server.clock.seconds();
    const row = { ...kept, id, seqno: kept.seqno + 1, posted: expect.closeTo(posted, 1) as number };
    for (const reader of [bob, mod, admin, anonymous]) expect(await news(reader, kept.seqno)).toEqual([row]);
    for (const device of [alice, phone]) {
      expect(await news(device, kept.seqno)).toMatchObject([row, { id: kept.id, deleted: true }]);
    }
    expect((await exported()).map((line) => [line.id, line.state, line.text])).toEqual([
      [kept.id, 'unseen', undefined],
      [id, undefined, 'hold this'],
    ]);
  });

  it.each([
    ['keeps its id behind twenty newer messages', 20, true],
    ['gets a new id behind twenty-one', 21, false],
  ])('%s', async (_, newer, keeps) => {
    const kept = await post('hold this');
    for (let n = 0; n < newer; n++) await post(`open ${n}`, bob);
    await post('psst', mod, { whisperMods: true });
    await post('hold this, too', bob);
    const { published } = await moves.publish(kept.id);
    expect(published[0]?.id === kept.id).toBe(keeps);
  });

  it('differs in its millisecond from all others, many at once in their order', async () => {
    const kept: MessageRow[] = [];
    for (let n = 0; n < 5; n++) kept.push(await post(`hold this ${n}`, n % 2 ? alice : bob));
    await server.clock.advance('11 minutes');
    const { published } = await moves.publish(...kept.map(({ id }) => id).reverse());
    expect(published.map(({ was }) => was)).toEqual(kept.map(({ id }) => id));
    const rows = (await anonymous.recentMessages('lobby')).json.reverse();
    expect(rows.map(({ data }) => data)).toEqual(kept.map(({ data }) => data));
    expect(new Set(rows.map(({ posted }) => Math.round(posted * 1000))).size).toBe(5);
  });

  it('can be published for six hours from its signed time on, and stays held after that', async () => {
    const late = await post('hold this', alice, { timestamp: server.clock.milliseconds() - 3_600_000 });
    const ahead = await post('hold this for days', alice, {
      timestamp: server.clock.milliseconds() + 86_400_000,
    });
    await server.clock.advance('4.9 hours');
    const inTime = await moves.publish(late.id, ahead.id);
    expect(inTime).toMatchObject({ published: [{ was: late.id }], tooLate: [ahead.id] });
    const other = await post('hold this once more');
    await server.clock.advance('6.1 hours');
    expect(await moves.publish(other.id)).toEqual({ published: [], tooLate: [other.id] });
    expect(await shownTo(phone)).toContain(other.id);
    expect(await shownTo(bob)).not.toContain(other.id);
  });

  it.each(['1 minute', '1 hour'])('has files that everyone can read, after %s', async (age) => {
    const file = await fileOf(alice);
    const { id } = await post('hold this', alice, { files: [file] });
    await server.clock.advance(age);
    expect((await bob.download('lobby', file)).status).toBe(404);
    const { published } = await moves.publish(id);
    for (const reader of everyone) expect((await reader.download('lobby', file)).status).toBe(200);
    expect(await server.sql('SELECT message_id FROM files WHERE id = $1', [file])).toEqual([
      { message_id: String(published[0]?.id) },
    ]);
  });

  it('is answered with its first id when it is posted again', async () => {
    const body = alice.messageBody('hold this', { timestamp: server.clock.milliseconds() });
    const send = async (): Promise<MessageRow> =>
      (await alice.post('/room/lobby/message', body)).expect(201).json as MessageRow;
    const first = await send();
    await server.clock.advance('11 minutes');
    await moves.publish(first.id);
    expect(await send()).toEqual(first);
    expect(await shownTo(bob)).toHaveLength(1);
  });

  it('is published once, however often and beside whatever other change', async () => {
    for (const age of ['1 second', '11 minutes']) {
      const { id } = await post(`hold this ${age}`);
      await server.clock.advance(age);
      const outcomes = await Promise.all([moves.publish(id), moves.publish(id), moves.publish(id)]);
      expect(outcomes.flatMap(({ published }) => published)).toHaveLength(1);
    }
    expect(await shownTo(bob)).toHaveLength(2);
  });
});

describe('messages that are published and rejected at once', () => {
  it('are published or rejected, and not both', async () => {
    const kept: number[] = [];
    for (let n = 0; n < 12; n++) kept.push((await post(`hold this ${n}`)).id);
    const outcomes = await Promise.all(
      kept.map(async (id) => {
        const [{ published }, rejected] = await Promise.all([moves.publish(id), moves.reject(id)]);
        return published.length + rejected.length;
      }),
    );
    expect(outcomes).toEqual(kept.map(() => 1));
    const shown = await shownTo(bob);
    expect(await shownTo(alice)).toEqual(shown);
  });

  it('are gone for everyone when their author deletes them meanwhile', async () => {
    for (const age of ['1 second', '11 minutes']) {
      const kept: number[] = [];
      for (let n = 0; n < 8; n++) kept.push((await post(`hold this ${age} ${n}`)).id);
      await server.clock.advance(age);
      await Promise.all(
        kept.map(async (id) => {
          const [{ published }, { status }] = await Promise.all([
            moves.publish(id),
            alice.deleteMessage('lobby', id),
          ]);
          const [{ id: now } = { id }] = published;
          // A message that got a new id first is no longer there to be deleted.
          if (now !== id) expect(status).toBe(404);
          else expect(status).toBe(200);
        }),
      );
      for (const id of kept) expect((await bob.message('lobby', id)).status).toBe(404);
    }
    expect(await shownTo(alice)).toEqual(await shownTo(bob));
  });
});

describe('a held message that is rejected', () => {
  it('is deleted for its author, and never existed for the others', async () => {
    const file = await fileOf(alice);
    const kept = await post('hold this', alice, { files: [file] });
    expect(await moves.reject(kept.id)).toEqual([kept.id]);
    expect(await moves.reject(kept.id)).toEqual([]);
    for (const device of [alice, phone]) {
      expect(await news(device, kept.seqno)).toMatchObject([{ id: kept.id, deleted: true }]);
      expect((await device.download('lobby', file)).status).toBe(404);
    }
    for (const reader of [bob, mod, anonymous]) expect(await news(reader, 0)).toEqual([]);
    expect(await moves.publish(kept.id)).toEqual({ published: [], tooLate: [] });
  });

  it('can be given back under a new id, once', async () => {
    const kept = await post('hold this');
    await moves.reject(kept.id);
    const [first, second] = await Promise.all([moves.giveBack(kept.id), moves.giveBack(kept.id)]);
    expect([...first.published, ...second.published]).toHaveLength(1);
    const [row] = (await bob.recentMessages('lobby')).json;
    expect(row).toMatchObject({ data: kept.data, signature: kept.signature });
    expect(row?.id).toBeGreaterThan(kept.id);
    await allSee([row?.id ?? 0]);
  });

  it('can not be given back when its author has deleted it', async () => {
    const { id } = await post('hold this');
    (await alice.deleteMessage('lobby', id)).expect(200);
    expect(await moves.giveBack(id)).toEqual({ published: [], tooLate: [] });
  });

  it('has its text kept for REJECTED_DAYS, whatever HISTORY_DAYS says', async () => {
    await server.restart({ HISTORY_DAYS: '0', REJECTED_DAYS: '3' });
    const rejected = await post('hold this');
    await moves.reject(rejected.id);
    const deleted = await post('open');
    (await alice.deleteMessage('lobby', deleted.id)).expect(200);
    const kept = async (): Promise<number[]> =>
      (await server.sql('SELECT message_id FROM message_history')).map((row) => Number(row.message_id));
    await server.clock.advance('2.9 days');
    await server.runJob('old texts of messages');
    expect(await kept()).toEqual([rejected.id]);
    await server.clock.advance('0.2 days');
    await server.runJob('old texts of messages');
    expect(await kept()).toEqual([]);
  });

  it('is also one that waited for HELD_HOURS, but its text is kept nowhere', async () => {
    await server.restart({ HELD_HOURS: '3' });
    const file = await fileOf(alice);
    const kept = await post('hold this', alice, { files: [file] });
    (await alice.editMessage('lobby', kept.id, 'hold this once more')).expect(200);
    await server.clock.advance('2.9 hours');
    await server.runJob('old held messages');
    expect(await shownTo(alice)).toEqual([kept.id]);
    await server.clock.advance('0.2 hours');
    await server.runJob('old held messages');
    await eventually(async () => (await shownTo(alice)).length === 0);
    expect((await alice.download('lobby', file)).status).toBe(404);
    expect(await server.sql('SELECT 1 FROM message_history')).toEqual([]);
  });
});

describe('a published message that is taken back', () => {
  it('is deleted for everybody, its author included, with its reactions and its pin', async () => {
    const file = await fileOf(alice);
    const row = await post('spam', alice, { files: [file] });
    (await bob.react('lobby', row.id, '🦜')).expect(200);
    (await admin.pin('lobby', row.id)).expect(200);
    expect(await moves.takeBack(row.id)).toEqual([row.id]);
    expect(await moves.takeBack(row.id)).toEqual([]);
    await allSee([]);
    for (const reader of everyone) {
      expect(await news(reader, row.seqno)).toMatchObject([
        { id: row.id, deleted: true, seqno: row.seqno + 3 },
      ]);
      expect((await reader.download('lobby', file)).status).toBe(404);
    }
    expect((await bob.room('lobby')).json.pinned_messages).toEqual([]);
    expect(await exported()).toMatchObject([{ id: row.id, state: 'withdrawn', text: 'spam' }]);
    expect(await trustOf(alice)).toBeUndefined();
  });

  it('keeps its author’s trust when another post of theirs stands', async () => {
    const { id } = await post('hold this');
    const { id: other } = await post('hold this, too');
    await forgetTrust();
    await moves.publish(id, other);
    await moves.takeBack(id);
    expect(await trustOf(alice)).toBe(2);
  });

  it('comes back under a new id with its files and its text, once', async () => {
    const file = await fileOf(alice);
    const row = await post('no spam', alice, { files: [file] });
    await moves.takeBack(row.id);
    const [first, second] = await Promise.all([moves.giveBack(row.id), moves.giveBack(row.id)]);
    const [{ id } = { id: 0 }] = [...first.published, ...second.published];
    await allSee([id]);
    expect((await bob.message('lobby', id)).json).toMatchObject({
      data: row.data,
      signature: row.signature,
      session_id: alice.id,
    });
    expect((await bob.download('lobby', file)).status).toBe(200);
    expect(await server.sql('SELECT 1 FROM message_history')).toEqual([]);
    expect(await moves.giveBack(row.id)).toEqual({ published: [], tooLate: [] });
  });

  it('comes back with its latest text, and its former texts with it', async () => {
    const row = await post('first');
    const edit = { timestamp: server.clock.milliseconds() };
    (await alice.editMessage('lobby', row.id, 'second', edit)).expect(200);
    await moves.takeBack(row.id);
    const { published } = await moves.giveBack(row.id);
    expect((await exported()).at(-1)).toMatchObject({ id: published[0]?.id, text: 'second' });
    expect(await server.sql('SELECT message_id FROM message_history')).toEqual([
      { message_id: String(published[0]?.id) },
    ]);
  });

  it('does not come back six hours after it was signed', async () => {
    const { id } = await post('no spam');
    await moves.takeBack(id);
    await server.clock.advance('6.1 hours');
    expect(await moves.giveBack(id)).toEqual({ published: [], tooLate: [id] });
  });

  it('takes seqnos that no other change of the room has', async () => {
    const rows: MessageRow[] = [];
    for (let n = 0; n < 6; n++) rows.push(await post(`spam ${n}`));
    await Promise.all([
      ...rows.map(({ id }) => moves.takeBack(id)),
      ...rows.map((_, n) => post(`open ${n}`, bob)),
    ]);
    const seqnos = await server.sql('SELECT seqno FROM messages');
    expect(new Set(seqnos.map(({ seqno }) => seqno)).size).toBe(12);
    expect((await bob.room('lobby')).json.message_sequence).toBe(18);
  });
});

describe('the page of the room in a browser', () => {
  it('shows messages that were published later, and none that was taken back', async () => {
    const kept = await post('hold this 8c1f');
    const open = await post('open 77aa');
    const page = async (): Promise<string> => (await fetch(`${server.url}/r/lobby`)).text();
    expect(await page()).not.toContain('8c1f');
    await moves.publish(kept.id);
    await moves.takeBack(open.id);
    await eventually(async () => (await page()).includes('8c1f'));
    expect(await page()).not.toContain('77aa');
  });
});
