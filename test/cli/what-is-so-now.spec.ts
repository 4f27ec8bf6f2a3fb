import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let server: OpenServer;
let actors: Actors;

beforeAll(async () => {
  server = await openServer({ env: { PUBLIC_URL: 'https://chat.example.org', POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
});

afterAll(() => server.stop());

/** Runs a command that succeeds, and returns what it printed, without the last line's end. */
async function says(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await server.plaza(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd();
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stderr } = await server.plaza(...args);
  expect(code).toBe(1);
  return stderr.trimEnd();
}

function newId(): string {
  return new Identity().sessionId;
}

describe('a room', () => {
  it('is shown with the URL by which people join it, also as a QR code', async () => {
    const url = `https://chat.example.org/garden?public_key=${server.publicKey}`;
    expect(await says('room', 'add', 'garden')).toBe(`garden is open: ${url}`);
    expect(await says('room', 'url', 'GARDEN')).toBe(url);
    expect(await says('room', 'url', '--room', 'garden')).toBe(url);
    expect(JSON.parse(await says('room', 'url', 'garden', '--json'))).toEqual({ url });
    const [first, ...code] = (await says('room', 'url', 'garden', '--qr')).split('\n');
    expect(first).toBe(url);
    expect(code.length).toBeGreaterThan(10);
    expect(await refusal('room', 'url', 'nowhere')).toBe('plaza: No such room');
    expect(await says('room', 'delete', '--room', 'garden', '--yes')).toBe(
      'garden is deleted with all its messages',
    );
  });

  it('is named by --room as in all commands, and takes times as 30s or as numbers', async () => {
    await says('room', 'set', '--room', 'lobby', '--slow-mode', '2m', '--post-rate-interval', '30s');
    expect(await says('room', 'show', '--room=lobby')).toMatch(/slow mode: 120\n/);
    await says('room', 'set', 'lobby', '--slow-mode', '0', '--post-rate-interval', 'default');
    expect(await says('room', 'expect', '--room', 'lobby', '40', '2h')).toBe(
      'lobby expects 40 newcomers for 2h',
    );
    expect(await says('room', 'expect', 'lobby', '0', '1h')).toBe('lobby expects nobody');
  });

  it('gets a picture, and loses it', async () => {
    const file = join(server.dataDir, 'picture.png');
    await writeFile(file, PNG);
    await says('room', 'set', 'lobby', '--image', file, '--name', 'Lobby');
    const { image_id: image } = (await actors.alice.room('lobby')).expect(200).json;
    const shown = await actors.bob.get(`/room/lobby/file/${String(image)}`);
    expect(shown.expect(200).bytes).toEqual(PNG);
    await says('room', 'set', 'lobby', '--no-image');
    expect((await actors.alice.room('lobby')).json).not.toHaveProperty('image_id');
  });

  it('keeps its picture when the new file is no picture', async () => {
    const text = join(server.dataDir, 'text.png');
    await writeFile(text, randomBytes(100));
    const before = await server.sql('SELECT count(*) FROM files');
    for (const [file, reason] of [
      [text, 'is no picture'],
      [server.dataDir, 'is no file'],
    ] as const) {
      const { code, stderr } = await server.plaza(
        'room',
        'set',
        'lobby',
        '--image',
        file,
        '--name',
        'changed',
      );
      expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
    }
    expect(await refusal('room', 'set', 'lobby', '--image', join(server.dataDir, 'nothing.png'))).toBe(
      `plaza: there is no ${join(server.dataDir, 'nothing.png')}`,
    );
    expect(await server.sql('SELECT count(*) FROM files')).toEqual(before);
    expect((await actors.alice.room('lobby')).json.name).toBe('Lobby');
  });
});

describe('people', () => {
  it('are shown with the roles that they have now, and listed', async () => {
    const [one, two, three] = [newId(), newId(), newId()];
    expect(await says('mod', 'add', one, '--room', 'lobby')).toBe(`${one} is moderator in lobby`);
    expect(await says('mod', 'add', two, three, '--global', '--admin')).toBe(
      '2 people are admins on the whole server',
    );
    const list = (await says('mod', 'list')).split('\n');
    expect(list).toHaveLength(3);
    expect(list[0]).toMatch(/^-\t[01]5[0-9a-f]{64}\tadmin, hidden$/);
    expect(list[2]).toMatch(/^lobby\t[01]5[0-9a-f]{64}\tmoderator, visible$/);
    expect(JSON.parse(await says('mod', 'list', '--room', 'LOBBY', '--json'))).toHaveLength(3);
    expect(await refusal('mod', 'list', '--room', 'nowhere')).toBe('plaza: No such room');
    expect(await says('mod', 'remove', two, three, '--global')).toBe(
      '2 people are no moderator any more on the whole server',
    );
    expect((await says('mod', 'list')).split('\n')).toHaveLength(1);
    await says('mod', 'remove', one, '--room', 'lobby');
  });

  it('are banned together or not at all, and the one who can not be is named as the command named them', async () => {
    const [one, two, boss] = [newId(), newId(), newId()];
    await says('mod', 'add', boss, '--global');
    expect(await refusal('user', 'ban', one, boss, two, '--room', 'lobby')).toBe(
      `plaza: ${boss}: Permission denied: a global moderator cannot be banned: remove the role first. Nobody is changed`,
    );
    expect(await refusal('user', 'mute', one, boss, '--global')).toMatch(`plaza: ${boss}: Permission denied`);
    expect(await refusal('user', 'show', one)).toBe('plaza: No such user');
    expect(await says('user', 'ban', one, two, '--room', 'lobby', '--for', '4h')).toBe(
      '2 people are banned in lobby for 4h',
    );
    const { scheduled } = JSON.parse(await says('user', 'show', two, '--json')) as { scheduled: object[] };
    expect(scheduled).toEqual([expect.objectContaining({ room: 'lobby', banned: false })]);
    expect(await says('user', 'unban', one, two, '--room', 'lobby')).toBe(
      '2 people are not banned in lobby any more',
    );
    expect(await says('user', 'ban', one, '--global', '--timeout', '90')).toBe(
      `${one} is banned on the whole server for 90s`,
    );
    await says('mod', 'remove', boss, '--global');
  });

  it('are counted once, however often a command names them', async () => {
    const one = newId();
    expect(await says('user', 'mute', one, one, '--room', 'lobby')).toBe(`${one} is muted in lobby`);
    expect(await says('mod', 'add', one, one, '--room', 'lobby')).toBe(`${one} is moderator in lobby`);
    await says('mod', 'remove', one, '--room', 'lobby');
  });

  it('are listed with how much they have posted and uploaded, everywhere or in a room', async () => {
    await server.addRoom('attic');
    const writer = actors.person('writer');
    const file = (await writer.upload('attic', randomBytes(700), 'a.bin')).expect(201).json.id;
    await writer.postMessage('attic', 'with a file', { files: [file] });
    await writer.postMessage('attic', 'again');
    await writer.postMessage('lobby', 'and here');
    const gone = (await writer.postMessage('lobby', 'not any more')).expect(201).json.id;
    (await writer.delete(`/room/lobby/message/${gone}`)).expect(200);

    const of = async (...args: string[]): Promise<unknown> => {
      const list = JSON.parse(await says('user', 'list', '--json', ...args)) as { session_id: string }[];
      return list.find(({ session_id }) => session_id === writer.id);
    };
    expect(await of()).toMatchObject({ posts: 3, files: 1, bytes: 700, banned: false, moderator: false });
    expect(await of('--room', 'attic', '--by', 'bytes', '--limit', '1')).toMatchObject({
      posts: 2,
      files: 1,
      bytes: 700,
    });
    expect(await of('--by', 'posts', '--limit', '1')).toMatchObject({ posts: 3 });
    expect((await says('user', 'list', '--room', 'attic')).split('\t')).toEqual([
      writer.id,
      expect.any(String),
      expect.any(String),
      '-',
      '2',
      '1',
      '700',
    ]);
    expect((await server.plaza('user', 'list', '--by', 'name')).code).toBe(2);
  });
});
