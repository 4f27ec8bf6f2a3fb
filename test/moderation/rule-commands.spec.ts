import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';

let server: OpenServer;
let actors: Actors;
let mod: Screen;
let bob: SessionClient;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  mod = new Screen(await actors.moderator());
  bob = actors.bob;
  (await bob.messagesSince('lobby', 0)).expect(200);
});

afterAll(() => server.stop());

beforeEach(() => server.clock.advance('2 minutes'));

afterEach(() => server.sql('DELETE FROM rules'));

async function asked(command: string): Promise<string> {
  expect(await mod.say(command)).toBe(201);
  return mod.whisper();
}

async function isSeen(author: SessionClient, text: string, options?: object): Promise<boolean> {
  const content = { timestamp: server.clock.milliseconds() + ++count, ...options };
  const { id } = (await author.postMessage('lobby', text, content)).expect(201).json;
  return (await bob.message('lobby', id)).status === 200;
}

async function plaza(...args: string[]): Promise<string> {
  const result = await server.plaza('rules', ...args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

describe('the commands about rules', () => {
  it('/word adds words that watch until they are armed, tries them, and removes them', async () => {
    const author = actors.person('author of words');
    expect(await isSeen(author, 'a casino and free money')).toBe(true);
    expect(await asked('/word test casino*')).toContain('It would have hit 1 of the last');
    expect(await asked('/word add casino, free money')).toContain('watches: it only counts what it hits');
    expect(await isSeen(author, 'casino')).toBe(true);
    expect(await asked('/word arm')).toContain('is armed');
    expect([await isSeen(author, 'casino'), await isSeen(author, 'free money')]).toEqual([false, false]);
    expect(await asked('/word add lottery')).toContain('is armed');
    expect(await isSeen(author, 'lottery')).toBe(false);
    const [event] = await server.sql('SELECT max(id)::integer AS id FROM events');
    expect(await asked(`/undo ${String(event?.id)}`)).toContain('is as it was before');
    expect(await isSeen(author, 'lottery')).toBe(true);
    expect(await asked('/word del CASINO')).toContain('is armed');
    expect([await isSeen(author, 'casino'), await isSeen(author, 'free money')]).toEqual([true, false]);
    expect(await asked('/word del nothing')).toContain('That is none of the words.');
    expect(await asked('/word del free money')).toContain('The rule “words” is gone.');
    expect(await isSeen(author, 'free money')).toBe(true);
    expect(await asked('/word add ***')).toContain('That can’t be');
  });

  it('/links says which links are held', async () => {
    const author = actors.person('author of links');
    await asked('/links deny evil.com');
    await asked('/links invites on');
    await asked('/links arm');
    for (const text of [
      'see https://www.evil.com/x',
      'evil.com',
      'join t.me/joinchat/abc',
      'discord.gg/abcdef',
    ]) {
      expect([text, await isSeen(author, text)]).toEqual([text, false]);
    }
    expect(await isSeen(author, 'see https://example.org and notevil.com')).toBe(true);
    await asked('/links most 1');
    expect(await isSeen(author, 'https://example.org https://example.net')).toBe(false);
    await asked('/links off');
    expect(await isSeen(author, 'evil.com')).toBe(true);
    expect(await asked('/links deny not/a/domain')).toContain('That can’t be');
  });

  it('/media says which kinds of files are held', async () => {
    const author = actors.person('author of media');
    await asked('/media picture video');
    await asked('/media arm');
    const shows = (contentType: string): object => ({ attachments: [{ id: 1, contentType }] });
    expect(await isSeen(author, 'look', shows('image/png'))).toBe(false);
    expect(await isSeen(author, 'read', shows('application/pdf'))).toBe(true);
    await asked('/media off');
    expect(await isSeen(author, 'look', shows('image/png'))).toBe(true);
    expect(await asked('/media spoons')).toContain('That can’t be');
  });

  it('are for staff alone; members see the rules, and the reason why a post of theirs is held', async () => {
    const author = new Screen(actors.person('member'));
    await plaza('add', 'no casinos', '--words', 'casino', '--room', 'lobby', '--say', 'No advertising.');
    await plaza(
      'arm',
      String((JSON.parse(await plaza('list', '--room', 'lobby', '--json')) as { id: number }[])[0]?.id),
    );
    expect(await isSeen(author.person, 'a casino')).toBe(false);
    await author.say('/why');
    // Another whisper of the server may come behind the answer.
    const told = (await author.texts()).join('\n');
    expect(told).toContain('The rule “no casinos” holds your message back');
    expect(told).toContain('No advertising. A machine has decided that');
    await author.say('/rules');
    expect((await author.texts()).join('\n')).toContain('Its rules: “no casinos”: No advertising.');
    expect(await isSeen(author.person, '/word add hello')).toBe(true);
  });
});

describe('plaza rules', () => {
  it('test shows which stored messages a rule would have hit', async () => {
    const author = actors.person('author of old messages');
    for (let n = 0; n < 3; n++) await isSeen(author, `roulette ${n}`);
    const report = JSON.parse(
      await plaza('test', '--words', 'r0ulette*', '--room', 'lobby', '--json'),
    ) as object;
    expect(report).toMatchObject({ hits: 0 });
    const id = (JSON.parse(await plaza('add', 'roulette', '--words', 'roulette', '--json')) as { id: number })
      .id;
    expect(JSON.parse(await plaza('test', String(id), '--examples', '2', '--json'))).toMatchObject({
      hits: 3,
      people: 1,
      examples: [
        { text: expect.stringContaining('roulette 2') as string },
        { text: expect.stringContaining('roulette 1') as string },
      ],
    });
    await server.clock.advance('2 days');
    expect(JSON.parse(await plaza('test', String(id), '--last', '1d', '--json'))).toMatchObject({ hits: 0 });
  });

  it('export and import share rules, which watch where they arrive', async () => {
    await plaza(
      'add',
      'one',
      '--words',
      'casino',
      'free money',
      '--then',
      'mute',
      '--for',
      '1h',
      '--say',
      'No.',
    );
    await plaza('add', 'two', '--deny-links', 'evil.com', '--trust', 'newcomer');
    const before = JSON.parse(await plaza('list', '--json')) as { id: number; name: string }[];
    await plaza('arm', String(before[0]?.id));
    const file = join(server.dataDir, 'rules.json');
    await writeFile(file, await plaza('export'));
    expect(JSON.parse(await plaza('import', file, '--json'))).toEqual({ added: 0, changed: 0, same: 2 });
    await plaza('remove', String(before[1]?.id));
    expect(JSON.parse(await plaza('import', file, '--room', 'lobby', '--json'))).toEqual({
      added: 2,
      changed: 0,
      same: 0,
    });
    const list = JSON.parse(await plaza('list', '--room', 'lobby', '--json')) as { armedAt: number | null }[];
    expect(list.map(({ armedAt }) => armedAt !== null)).toEqual([true, false, false]);
    await writeFile(file, '{"format": "plaza rules", "version": 1, "rules": [{"name": "x"}]}');
    expect(await server.plaza('rules', 'import', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rule 1: if') as string,
    });
  });
});
