import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';

/** Somebody with a message of their own, in the lobby. */
interface Writer {
  person: SessionClient;
  /** A message of theirs, and one of somebody else. */
  own: number;
  other: number;
}

let server: OpenServer;
let actors: Actors;
let bob: SessionClient;
let mod: SessionClient;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { POST_RATE_LIMIT: '1000', EDIT_RATE_LIMIT: '1000' } });
  actors = new Actors(server);
  ({ bob } = actors);
  mod = await actors.moderator();
  (await bob.messagesSince('lobby', 0)).expect(200);
});

afterAll(() => server.stop());

async function textOf(id: number, reader = bob): Promise<string> {
  const answer = await reader.message('lobby', id);
  return answer.status === 200 ? Buffer.from(answer.json.data ?? '', 'base64').toString('utf8') : '';
}

async function textsOf(reader: SessionClient): Promise<string> {
  const rows = (await reader.recentMessages('lobby', { limit: 50 })).expect(200).json;
  return rows.map(({ data }) => Buffer.from(data ?? '', 'base64').toString('utf8')).join('\n');
}

async function reactionsOf(id: number): Promise<number> {
  return Object.keys((await bob.message('lobby', id)).expect(200).json.reactions).length;
}

/** The outcome of a way of writing: the status, and whether others know of it, where others can. */
type Outcome = readonly [status: number, isKnown?: boolean];

/** The ways of writing, in the room and beside it. */
const WAYS: Record<string, (writer: Writer) => Promise<Outcome>> = {
  'a post': async ({ person }) => {
    const { status } = await person.postMessage('lobby', `post ${person.id}`);
    return [status, (await textsOf(bob)).includes(`post ${person.id}`)];
  },
  'a post in a batch': async ({ person }) => {
    const json = person.messageBody(`batch ${person.id}`);
    const answer = (await person.batch([{ method: 'POST', path: '/room/lobby/message', json }])).expect(200);
    return [answer.json[0]?.code ?? 0, (await textsOf(bob)).includes(`batch ${person.id}`)];
  },
  'a post in a sequence': async ({ person }) => {
    const body = person.messageBody(`sequence ${person.id}`);
    const elements = [{ method: 'POST', path: '/room/lobby/message', json: body }];
    const answer = (await person.request('POST', '/sequence', JSON.stringify(elements))).expect(200);
    const [first] = answer.json as { code: number }[];
    return [first?.code ?? 0, (await textsOf(bob)).includes(`sequence ${person.id}`)];
  },
  'a whisper to moderators': async ({ person }) => {
    const { status } = await person.postMessage('lobby', `psst ${person.id}`, { whisperMods: true });
    return [status, (await textsOf(mod)).includes(`psst ${person.id}`)];
  },
  'an edit': async ({ person, own }) => {
    const { status } = await person.editMessage('lobby', own, `edited ${person.id}`);
    return [status, (await textOf(own)).includes('edited')];
  },
  'a reaction': async ({ person, other }) => {
    const before = await reactionsOf(other);
    const { status } = await person.react('lobby', other, '🦜');
    return [status, (await reactionsOf(other)) > before];
  },
  'taking a reaction back': async ({ person, own }) => {
    const { status } = await person.unreact('lobby', own, '🐢');
    return [status, (await reactionsOf(own)) === 0];
  },
  'an upload, and a post that shows it': async ({ person }) => {
    const upload = await person.upload('lobby', Buffer.from(`file of ${person.id}`));
    if (upload.status !== 201) return [upload.status, false];
    const { id } = upload.json;
    await person.postMessage('lobby', 'look', { files: [id] });
    return [upload.status, (await bob.download('lobby', id)).status === 200];
  },
  'a direct message': async ({ person }) => {
    const before = (await bob.inbox()).json.length;
    const { status } = await person.sendDirectMessage(bob.id, Buffer.from('psst'));
    return [status, (await bob.inbox()).json.length > before];
  },
  'a deletion of their own': async ({ person, own }) => {
    const { status } = await person.deleteMessage('lobby', own);
    return [status, (await textOf(own)) === ''];
  },
  'a pin': async ({ person, own }) => [(await person.pin('lobby', own)).status],
  'the image of the room': async ({ person }) => [
    (await person.updateRoom('lobby', { name: 'Mine' })).status,
  ],
  'the command /why': async ({ person }) => {
    const screen = new Screen(person);
    return [await screen.say('/why'), (await textsOf(bob)).includes('/why')];
  },
  'a report by a command': async ({ person, other }) => {
    const [row] = await server.sql('SELECT posted_at FROM messages WHERE id = $1', [other]);
    const screen = new Screen(person);
    const quote = { id: other, author: bob.id, text: '', posted: Number(row?.posted_at) };
    const status = await screen.say(`/report of ${person.id}`, quote);
    const { stdout } = await server.plaza('report', 'list', '--room', 'lobby', '--json');
    return [status, stdout.includes(`of ${person.id}`)];
  },
};

/** The outcome of each way, by the mark of its writer: status, and whether others know of it. */
const EXPECTED: readonly [way: string, free: Outcome, slow: Outcome, muted: Outcome, shadowed: Outcome][] = [
  ['a post', [201, true], [429, false], [429, false], [201, false]],
  ['a post in a batch', [201, true], [429, false], [429, false], [201, false]],
  ['a post in a sequence', [201, true], [429, false], [429, false], [201, false]],
  ['a whisper to moderators', [403, false], [403, false], [403, false], [403, false]],
  ['an edit', [200, true], [200, true], [429, false], [200, false]],
  ['a reaction', [200, true], [200, true], [429, false], [200, false]],
  ['taking a reaction back', [200, true], [200, true], [200, true], [200, true]],
  ['an upload, and a post that shows it', [201, true], [201, false], [429, false], [201, false]],
  ['a direct message', [201, true], [201, true], [429, false], [201, false]],
  ['a deletion of their own', [200, true], [200, true], [200, true], [200, true]],
  ['a pin', [403], [403], [403], [403]],
  ['the image of the room', [403], [403], [403], [403]],
  ['the command /why', [201, false], [201, false], [201, false], [201, false]],
  ['a report by a command', [201, true], [201, true], [201, true], [201, false]],
];

async function writer(): Promise<Writer> {
  await server.clock.advance('10 minutes');
  const person = actors.person(`writer ${++count}`);
  const say = async (by: SessionClient, text: string): Promise<number> =>
    (await by.postMessage('lobby', text, { timestamp: server.clock.milliseconds() })).expect(201).json.id;
  const other = await say(bob, `of somebody else ${count}`);
  const own = await say(person, `of their own ${count}`);
  (await person.react('lobby', own, '🐢')).expect(200);
  await server.clock.advance('1 minute');
  return { person, own, other };
}

/** Has the first post after a mute held, which tells its author of the mute. */
async function explain(person: SessionClient): Promise<void> {
  await eventually(async () => (await person.postMessage('lobby', 'what is it?')).status === 201);
}

async function user(command: string, { sessionId }: SessionClient): Promise<void> {
  expect(await server.plaza('user', command, sessionId)).toMatchObject({ code: 0, stderr: '' });
}

describe('of somebody without marks', () => {
  it.each(EXPECTED)('%s is known to others', async (way, free) => {
    expect(await WAYS[way]?.(await writer())).toEqual(free);
  });
});

describe('in a slow room', () => {
  beforeAll(() => server.plaza('room', 'set', 'lobby', '--slow-mode', '300'));
  afterAll(() => server.plaza('room', 'set', 'lobby', '--slow-mode', 'default'));

  it.each(EXPECTED)('%s waits when it is a post', async (way, _free, slow) => {
    expect(await WAYS[way]?.(await writer())).toEqual(slow);
  });
});

describe('of somebody who is muted', () => {
  it.each(EXPECTED)(
    '%s is refused unless it speaks to staff or takes something back',
    async (way, _free, _slow, muted) => {
      const one = await writer();
      await user('mute', one.person);
      await explain(one.person);
      expect(await WAYS[way]?.(one)).toEqual(muted);
    },
  );
});

describe('of somebody who is shadowed', () => {
  it.each(EXPECTED)('%s is answered as ever, and nobody else notices it', async (way, free, ...others) => {
    const one = await writer();
    await user('shadow', one.person);
    const outcome = await WAYS[way]?.(one);
    expect(outcome).toEqual(others[2]);
    expect(outcome?.[0]).toBe(free[0]);
  });
});

describe('an invitation', () => {
  async function invited(mark?: string): Promise<{ said: string; stored: number }> {
    const { person } = await writer();
    await server.plaza('user', 'trust', person.sessionId, '--room', 'lobby');
    if (mark !== undefined) await user(mark, person);
    if (mark === 'mute') await explain(person);
    const rows = async (): Promise<number> => (await server.sql('SELECT 1 FROM invitations')).length;
    const before = await rows();
    const screen = new Screen(person);
    expect(await screen.say('/invite')).toBe(201);
    const answers = async (): Promise<string | undefined> =>
      (await screen.texts()).reverse().find((text) => /join-|muted you:/.test(text));
    if (mark !== 'shadow') await eventually(async () => (await answers()) !== undefined);
    return { said: (await answers()) ?? '', stored: (await rows()) - before };
  }

  it('is refused to somebody who is muted, and a message like any other of somebody who is shadowed', async () => {
    const phrase = expect.stringMatching(/join-\w{5}-\w{5}/) as string;
    expect(await invited()).toMatchObject({ said: phrase, stored: 1 });
    const refused = expect.stringContaining('Nothing was changed. A moderator has muted you') as string;
    expect(await invited('mute')).toMatchObject({ said: refused, stored: 0 });
    expect(await invited('shadow')).toEqual({ said: '', stored: 0 });
  });
});
