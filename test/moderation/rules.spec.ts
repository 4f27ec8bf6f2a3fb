import { type SessionClient } from '../client/client.js';
import { type MessageContent, readMessage } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { eventually } from '../support/eventually.js';

let server: OpenServer;
let beside: OpenServer;
let actors: Actors;
let bob: SessionClient;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { POST_RATE_LIMIT: '1000', EDIT_RATE_LIMIT: '1000' } });
  beside = await openServer({ beside: server, env: { POST_RATE_LIMIT: '1000', EDIT_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  await server.addRoom('garden');
  bob = actors.bob;
  (await bob.messagesSince('lobby', 0)).expect(200);
});

afterAll(async () => {
  await beside.stop();
  await server.stop();
});

afterEach(async () => {
  await server.sql('DELETE FROM rules');
});

interface RuleReport {
  id: number;
  name: string;
  armedAt: number | null;
  hits: number;
}

async function plaza(...args: string[]): Promise<string> {
  const result = await server.plaza('rules', ...args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

async function list(room = 'lobby'): Promise<RuleReport[]> {
  return JSON.parse(await plaza('list', '--room', room, '--json')) as RuleReport[];
}

async function add(name: string, ...options: string[]): Promise<number> {
  return (JSON.parse(await plaza('add', name, ...options, '--json')) as RuleReport).id;
}

async function armed(name: string, ...options: string[]): Promise<number> {
  const id = await add(name, ...options);
  await plaza('arm', String(id));
  return id;
}

async function person(): Promise<SessionClient> {
  const one = actors.person(`person ${++count}`);
  (await one.postMessage('lobby', `hello from ${count}`)).expect(201);
  return one;
}

async function post(
  author: SessionClient,
  content: MessageContent | string,
  room = 'lobby',
): Promise<number> {
  const { body = '', ...options } = typeof content === 'string' ? { body: content } : content;
  return (await author.postMessage(room, body, options)).expect(201).json.id;
}

async function seesIt(reader: SessionClient, id: number, room = 'lobby'): Promise<boolean> {
  return (await reader.message(room, id)).status === 200;
}

async function rowOf(id: number): Promise<object | undefined> {
  return (await server.sql('SELECT state, held_for, rule_id::integer FROM messages WHERE id = $1', [id]))[0];
}

async function hitsOf(id: number): Promise<number> {
  return (await list()).find((rule) => rule.id === id)?.hits ?? 0;
}

async function newest(reader: SessionClient): Promise<string> {
  const { json } = (await reader.get('/room/lobby/messages/recent?limit=1')).expect(200);
  const [message] = json as { data: string }[];
  return readMessage(message?.data ?? '').body ?? '';
}

describe('a rule', () => {
  it('that watches counts its hits and changes nothing; one that is armed holds posts', async () => {
    const author = await person();
    const id = await add('coins', '--words', 'casino', '--room', 'lobby');
    const watched = await post(author, 'a casino');
    expect(await rowOf(watched)).toEqual({ state: 'published', held_for: null, rule_id: null });
    expect(await seesIt(bob, watched)).toBe(true);
    await eventually(async () => {
      expect(await hitsOf(id)).toBe(1);
    });
    expect((await list())[0]).toMatchObject({ armedAt: null, hits: 1, recent: 1 });
    await plaza('arm', String(id));
    const held = await post(author, 'сasіno again');
    expect(await rowOf(held)).toEqual({ state: 'held', held_for: 'rule', rule_id: id });
    expect([await seesIt(bob, held), await seesIt(author, held)]).toEqual([false, true]);
    await plaza('watch', String(id));
    expect(await seesIt(bob, await post(author, 'casino once more'))).toBe(true);
    await eventually(async () => {
      expect(await hitsOf(id)).toBe(3);
    });
  });

  it('holds posts from the moment in which it is answered, whichever process receives them', async () => {
    const author = await person();
    const there = beside.client(author.identity);
    for (const round of [1, 2, 3]) {
      const id = await add(`round ${round}`, '--words', `coin${round}`);
      expect(await seesIt(bob, await post(there, `coin${round} before`))).toBe(true);
      await plaza('arm', String(id));
      const posts = [await post(author, `coin${round} here`), await post(there, `coin${round} there`)];
      for (const one of posts) expect(await seesIt(bob, one)).toBe(false);
      await plaza('remove', String(id));
      expect(await seesIt(bob, await post(there, `coin${round} after`))).toBe(true);
    }
  });

  it('never concerns staff, and concerns others only as far as they are trusted', async () => {
    const author = await person();
    const regular = await person();
    await server.plaza('user', 'trust', regular.sessionId, '--room', 'lobby');
    await armed('newcomers', '--words', 'casino', '--trust', 'newcomer');
    expect(await seesIt(bob, await post(author, 'casino'))).toBe(false);
    expect(await seesIt(bob, await post(regular, 'casino'))).toBe(true);
    await armed('all', '--words', 'lottery');
    expect(await seesIt(bob, await post(regular, 'lottery'))).toBe(false);
    expect(await seesIt(bob, await post(await actors.moderator(), 'lottery'))).toBe(true);
  });

  it('of the server is asked before those of the room, and of each the first that is armed decides', async () => {
    const author = await person();
    await add('watching', '--words', 'casino', '--then', 'unseen');
    const own = await armed('own', '--words', 'casino', '--room', 'lobby', '--then', 'unseen');
    expect(await rowOf(await post(author, 'casino 1'))).toMatchObject({ state: 'unseen', rule_id: own });
    const servers = await armed('servers', '--words', 'casino');
    await armed('later', '--words', 'casino', '--then', 'unseen');
    expect(await rowOf(await post(author, 'casino 2'))).toMatchObject({ state: 'held', rule_id: servers });
    expect((await list()).map(({ name }) => name)).toEqual(['watching', 'servers', 'later', 'own']);
    (await author.messagesSince('garden', 0)).expect(200);
    const elsewhere = await post(author, 'casino 3', 'garden');
    expect(await rowOf(elsewhere)).toMatchObject({ rule_id: servers });
  });

  it('reads texts, names, names of files, titles or invitations, and no other place than its own', async () => {
    const author = await person();
    await armed('everywhere', '--words', 'casino');
    const preview = { url: 'https://example.org', title: 'The casino' };
    for (const content of [
      { body: 'a casino' },
      { body: 'a casino', envelope: true },
      { body: 'hello', displayName: 'Casino Royal' },
      { body: 'hello', attachments: [{ id: 1, fileName: 'casino.pdf' }] },
      { body: 'hello', preview },
      { body: 'hello', invitation: { name: 'casino', url: 'http://example.org/casino' } },
    ]) {
      expect([content, await seesIt(bob, await post(author, content))]).toEqual([content, false]);
    }
    const quote = { timestamp: 1_700_000_000_000, author: bob.id, text: 'casino' };
    expect(await seesIt(bob, await post(author, { body: 'no, thank you', quote }))).toBe(true);
    await armed('names', '--words', 'lottery', '--in', 'name');
    expect(await seesIt(bob, await post(author, 'lottery'))).toBe(true);
    expect(await seesIt(bob, await post(author, { body: 'hi', displayName: 'lottery' }))).toBe(false);
  });

  it('holds an edit while the old text stays, and tells its author at once', async () => {
    const author = await person();
    const rule = await armed('coins', '--words', 'casino', '--say', 'No advertising here.');
    const id = await post(author, 'an honest text');
    (await author.editMessage('lobby', id, 'a casino')).expect(200);
    expect(readMessage((await bob.message('lobby', id)).json.data ?? '').body).toBe('an honest text');
    expect(await newest(author)).toContain('The rule “coins” holds your message back');
    expect(await newest(author)).toContain('No advertising here.');
    expect(await server.sql('SELECT rule_id::integer FROM held_edits WHERE message_id = $1', [id])).toEqual([
      { rule_id: rule },
    ]);
    (await author.editMessage('lobby', id, 'another honest text')).expect(200);
    expect(readMessage((await bob.message('lobby', id)).json.data ?? '').body).toBe('another honest text');
  });

  it('explains itself by a whisper that names the machine and the appeal', async () => {
    const author = await person();
    await armed('no coins', '--words', 'casino', '--then', 'explain', '--say', 'See the pinned message.');
    expect(await seesIt(bob, await post(author, 'casino'))).toBe(false);
    expect(await newest(author)).toBe(
      'Only you can see this. The rule “no coins” holds your message back until a moderator has looked at it. ' +
        'See the pinned message. A machine has decided that; if you think that is wrong, write /appeal and why.',
    );
  });

  it('that mutes removes the post, mutes its author for a time and tells them, and undo takes both back', async () => {
    const author = await person();
    await armed('no coins', '--words', 'casino', '--then', 'mute', '--for', '2h');
    const id = await post(author, 'casino');
    expect(await seesIt(bob, id)).toBe(false);
    await eventually(async () => {
      expect(await rowOf(id)).toMatchObject({ state: 'unseen', held_for: 'sanction' });
    });
    expect(await newest(author)).toContain(
      'The rule “no coins” has removed your message and muted you until',
    );
    const refused = await author.postMessage('lobby', 'honestly');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(2 * 3600 - 60);
    const events = await server.sql(
      `SELECT id::integer, kind, actor FROM events WHERE kind IN ('queue.reject', 'mute') ORDER BY id DESC LIMIT 2`,
    );
    expect(events).toMatchObject([
      { kind: 'mute', actor: 'plaza' },
      { kind: 'queue.reject', actor: 'plaza' },
    ]);
    for (const event of events)
      expect(await server.plaza('undo', String(event.id))).toMatchObject({ code: 0 });
    (await author.postMessage('lobby', 'honestly')).expect(201);
    const texts = (await bob.messagesSince('lobby', 0)).json.map(({ data }) =>
      data == null ? '' : readMessage(data).body,
    );
    expect(texts).toContain('casino');
  });

  it('that mutes removes an edit, while the old text stays', async () => {
    const author = await person();
    await armed('no coins', '--words', 'casino', '--then', 'mute', '--for', '2h');
    const id = await post(author, 'an honest text');
    (await author.editMessage('lobby', id, 'casino')).expect(200);
    await eventually(async () => {
      expect((await author.postMessage('lobby', 'hello')).status).toBe(429);
    });
    expect(readMessage((await bob.message('lobby', id)).json.data ?? '').body).toBe('an honest text');
  });

  it('is refused with a reason when it is not valid', async () => {
    for (const [reason, ...options] of [
      ['what does the rule look for', '--room', 'lobby'],
      ['linear time', '--pattern', '(a)\\1'],
      ['linear time', '--pattern', '(?=a)b'],
      ['repeats too much', '--pattern', `(${'abc'.repeat(30)}){900}`],
      ['Unicode name', '--scripts', 'Klingon'],
      ['a letter or a digit', '--words', '***'],
      ['for how long', '--words', 'casino', '--then', 'mute'],
      ['one kind of thing', '--words', 'casino', '--invites'],
      ['written as example.com', '--deny-links', 'not a domain'],
    ] as const) {
      const { code, stderr } = await server.plaza('rules', 'add', 'bad', ...options);
      expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(reason)]);
      expect(code).not.toBe(0);
    }
    await add('coins', '--words', 'casino');
    expect(await server.plaza('rules', 'add', 'Coins', '--words', 'casino')).toMatchObject({
      code: 1,
      stderr: 'plaza: there is a rule Coins already\n',
    });
    expect(await list()).toHaveLength(1);
  });

  it('can be taken back, changed back and given back by undo', async () => {
    const undo = async (): Promise<void> => {
      const [event] = await server.sql(`SELECT max(id)::integer AS id FROM events`);
      expect(await server.plaza('undo', String(event?.id))).toMatchObject({ code: 0 });
    };
    const id = await armed('coins', '--words', 'casino');
    await undo();
    expect((await list())[0]).toMatchObject({ id, armedAt: null });
    await plaza('arm', String(id));
    const [before] = await list();
    await plaza('remove', String(id));
    await undo();
    expect((await list())[0]).toEqual(before);
    await plaza('watch', String(id));
    await undo();
    expect((await list())[0]).toEqual(before);
    await add('another', '--words', 'lottery');
    await undo();
    expect(await list()).toHaveLength(1);
  });
});

describe('the name of a file', () => {
  it('is judged as it was uploaded, whatever the message calls the file', async () => {
    const author = await person();
    await armed('names', '--words', 'casino*', '--in', 'file name');
    const upload = async (name: string): Promise<number> =>
      (await author.upload('lobby', Buffer.from('picture'), name)).expect(201).json.id;
    const show = async (id: number): Promise<number> => {
      const options = { files: [id], timestamp: server.clock.milliseconds() };
      const { json } = await author.postMessage('lobby', 'look', options);
      return json.id;
    };
    expect(await seesIt(bob, await show(await upload('cat.png')))).toBe(true);
    expect(await seesIt(bob, await show(await upload('casino-bonus.png')))).toBe(false);
  });
});

describe('the order of rules', () => {
  it('decides which rule comes first, can be changed, and the change taken back', async () => {
    const author = await person();
    const ids = [
      await armed('one', '--words', 'coin'),
      await armed('two', '--words', 'coin', '--then', 'unseen'),
    ];
    ids.push(await add('three', '--words', 'other'));
    const order = async (): Promise<number[]> => (await list()).map(({ id }) => id);
    const [one, two, three] = ids as [number, number, number];
    const stateOf = async (id: number): Promise<unknown> =>
      (await server.sql('SELECT state FROM messages WHERE id = $1', [id]))[0]?.state;
    await eventually(async () => (await stateOf(await post(author, 'a coin first'))) === 'held');
    await plaza('move', String(two), '--before', String(one));
    expect(await order()).toEqual([two, one, three]);
    await eventually(async () => (await stateOf(await post(author, 'a coin second'))) === 'unseen');
    await plaza('move', String(two), '--last');
    expect(await order()).toEqual([one, three, two]);
    await plaza('move', String(one), '--before', String(two));
    expect(await order()).toEqual([three, one, two]);
    const [event] = await server.sql(`SELECT max(id) AS id FROM events WHERE kind = 'rule.change'`);
    expect(await server.plaza('undo', String(event?.id))).toMatchObject({ code: 0 });
    expect(await order()).toEqual([one, three, two]);
    for (const wrong of [['--before', '999999'], [], ['--before', String(one), '--last']]) {
      const { code, stderr } = await server.plaza('rules', 'move', String(two), ...wrong);
      expect(code).toBeGreaterThan(0);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
  });
});

describe('a rule that is tried', () => {
  it('looks at messages of people whom it concerns alone', async () => {
    const [newcomer, regular] = [await person(), await person()];
    await server.plaza('user', 'trust', regular.sessionId, '--room', 'lobby');
    for (const one of [newcomer, regular]) await post(one, 'a zeppelin');
    const test = async (...trust: string[]): Promise<string> =>
      (await plaza('test', '--words', 'zeppelin', '--room', 'lobby', ...trust)).split(' ')[0] ?? '';
    expect(await test()).toBe('2');
    expect(await test('--trust', 'member')).toBe('1');
    expect(await test('--trust', 'stranger')).toBe('0');
  });
});
