import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { StaffCards } from '../support/cards.js';
import { eventually } from '../support/eventually.js';
import { holdForReasons } from '../support/message-states.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';
import { CHANGES, picture } from './pictures.js';
import { pathOf, uploadsOf } from './uploads-folder.js';

let server: OpenServer;
let actors: Actors;
let alice: SessionClient;
let bob: SessionClient;
let mod: Screen;
let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-forbidden-'));
  server = await openServer({ env: { POST_RATE_LIMIT: '1000' }, heldClock: true });
  await server.addRoom('garden');
  actors = new Actors(server);
  ({ alice, bob } = actors);
  mod = new Screen(await actors.moderator());
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

beforeEach(() => server.clock.advance('10 minutes'));

const fresh = (): Buffer => Buffer.from(`abuse ${++count}`);

async function upload(bytes: Buffer, by = alice, room = 'lobby'): Promise<number> {
  return (await by.upload(room, bytes)).expect(201).json.id;
}

/** Posts a file and gives the ids of the message and the file. */
async function show(bytes: Buffer, by = alice, room = 'lobby'): Promise<{ message: number; file: number }> {
  const file = await upload(bytes, by, room);
  const content = { files: [file], timestamp: server.clock.milliseconds() };
  return { message: (await by.postMessage(room, 'look', content)).expect(201).json.id, file };
}

const statusOf = async (room: string, message: number): Promise<number> =>
  (await bob.message(room, message)).status;

describe('a file that is forbidden', () => {
  it('disappears at once everywhere, with the messages that show it in all rooms', async () => {
    const bytes = fresh();
    const here = await show(bytes);
    const there = await show(bytes, bob, 'garden');
    const unclaimed = await upload(bytes, bob);
    const innocent = await show(fresh(), bob);
    const paths = await Promise.all([here.file, there.file, unclaimed].map((id) => pathOf(server, id)));
    const seqno = (await bob.room('lobby')).json.message_sequence;
    expect(await server.operate('file', 'forbid', String(here.file))).toBe(
      '1 file forbidden; 3 files and 2 messages removed.\n',
    );
    for (const path of paths) await expect(stat(path)).rejects.toThrow('ENOENT');
    expect([await statusOf('lobby', here.message), await statusOf('garden', there.message)]).toEqual([
      404, 404,
    ]);
    expect(await statusOf('lobby', innocent.message)).toBe(200);
    const told = (await bob.messagesSince('lobby', seqno)).expect(200).json;
    expect(told).toContainEqual(expect.objectContaining({ id: here.message, deleted: true }));
    await server.runJob('expired files');
    const ids = [here.file, there.file, unclaimed];
    expect(await server.sql('SELECT id FROM files WHERE id = ANY ($1)', [ids])).toEqual([]);
  });

  it('is refused from everybody, in every way and in every room, and leaves nothing in storage', async () => {
    const bytes = fresh();
    const { file } = await show(bytes);
    await server.operate('file', 'forbid', String(file));
    const before = await uploadsOf(server);
    const people = [alice, bob, actors.person('somebody new'), await actors.globalAdmin()];
    const plain = new Actors(server, 'lobby', 'plain').person('plain');
    for (const person of [...people, plain]) {
      const refused = await person.upload('garden', bytes);
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('may not be uploaded')]);
    }
    expect(await uploadsOf(server)).toEqual(before);
  });

  it('can’t be uploaded while it is being forbidden, over two servers', async () => {
    const bytes = fresh();
    const other = await openServer({ beside: server, env: { POST_RATE_LIMIT: '1000' } });
    try {
      const { file } = await show(bytes);
      const elsewhere = new Actors(other).bob;
      const uploads = Array.from({ length: 12 }, (_, index) =>
        (index % 2 ? alice : elsewhere).upload(index % 3 ? 'lobby' : 'garden', bytes),
      );
      await Promise.all([...uploads, server.operate('file', 'forbid', String(file))]);
    } finally {
      await other.stop();
    }
    await server.runJob('forbidden files');
    const hash = createHash('sha256').update(bytes).digest();
    expect(
      await server.sql('SELECT id FROM files WHERE sha256 = $1 AND room_id IS NOT NULL', [hash]),
    ).toEqual([]);
    expect((await alice.upload('lobby', bytes)).status).toBe(403);
  });

  it('is removed as the image of a room, too', async () => {
    const admin = await actors.admin();
    const bytes = fresh();
    const image = await upload(bytes, admin);
    (await admin.updateRoom('lobby', { image })).expect(200);
    const { file } = await show(bytes);
    await server.operate('file', 'forbid', String(file));
    expect((await bob.room('lobby')).json.image_id ?? null).toBeNull();
    expect((await bob.download('lobby', image)).status).toBe(404);
  });

  it('is found by the job where nobody knew its hash, as after an import', async () => {
    const bytes = fresh();
    const { file, message } = await show(bytes);
    await server.sql('UPDATE files SET sha256 = NULL WHERE id = $1', [file]);
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(await server.operate('file', 'forbid', hash)).toBe(
      '1 file forbidden; 0 files and 0 messages removed.\n',
    );
    expect(await statusOf('lobby', message)).toBe(200);
    await server.runJob('forbidden files');
    expect(await statusOf('lobby', message)).toBe(404);
    expect((await alice.download('lobby', file)).status).toBe(404);
  });

  it('may be allowed again, and an undo of that forbids it once more', async () => {
    const bytes = fresh();
    const hash = createHash('sha256').update(bytes).digest('hex');
    await server.operate('file', 'forbid', hash);
    expect(await server.operate('file', 'forbidden')).toContain(hash);
    expect(await server.operate('file', 'allow', hash)).toBe('1 file allowed.\n');
    expect((await alice.upload('lobby', bytes)).status).toBe(201);
    const [event] = await server.sql(`SELECT max(id) AS id FROM events WHERE kind = 'file.allow'`);
    await server.operate('undo', String(event?.id));
    expect((await alice.upload('lobby', bytes)).status).toBe(403);
    await server.operate('file', 'allow', hash);
    expect((await alice.upload('lobby', bytes)).status).toBe(201);
  });

  it('is forbidden and allowed again by lists, other people’s and our own', async () => {
    const [one, other] = [fresh(), fresh()];
    const hashes = [one, other].map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    const list = join(folder, 'list.txt');
    await writeFile(list, `# shared\n\n${hashes[0]?.toUpperCase() ?? ''}  one.jpg\r\n${hashes[1] ?? ''}\n`);
    expect(await server.operate('file', 'forbid', '--list', list)).toMatch(/^2 files forbidden/);
    expect((await alice.upload('lobby', one)).status).toBe(403);
    const exported = join(folder, 'list.json');
    await writeFile(exported, await server.operate('file', 'forbidden', '--json'));
    await server.operate('file', 'allow', ...hashes);
    expect(await server.operate('file', 'forbid', '--list', exported)).toMatch(/^2 files forbidden/);
    expect((await alice.upload('lobby', other)).status).toBe(403);
    await writeFile(list, 'no hash\n');
    expect((await server.plaza('file', 'forbid', '--list', list)).stderr).toContain('line 1');
    expect((await server.plaza('file', 'forbid')).code).toBe(2);
    expect((await server.plaza('file', 'forbid', '123')).stderr).toContain('No such file');
  });
});

describe('/del abuse', () => {
  it('removes all files of a message for ever, and its undo allows them again', async () => {
    const bytes = fresh();
    const { message, file } = await show(bytes);
    const path = await pathOf(server, file);
    expect(await mod.say(`/del #${message} abuse`)).toBe(201);
    await eventually(async () => {
      expect(await mod.whisper()).toMatch(
        /is deleted, and what it showed is gone for ever: 1 file and 1 message/,
      );
    });
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(await statusOf('lobby', message)).toBe(404);
    expect((await bob.upload('garden', bytes)).status).toBe(403);
    const [event] = await server.sql(
      `SELECT max(id) AS id FROM events WHERE kind = 'file.forbid' AND room = 'lobby'`,
    );
    await mod.say(`/undo ${String(event?.id)}`);
    await eventually(async () => {
      expect((await bob.upload('garden', bytes)).status).toBe(201);
    });
  });

  it('needs a message with a file, and is for moderators alone', async () => {
    const { id } = (await alice.postMessage('lobby', 'no file')).expect(201).json;
    await mod.say(`/del #${id} abuse`);
    await eventually(async () => {
      expect(await mod.whisper()).toContain('shows no file');
    });
    const { message } = await show(fresh());
    const somebody = new Screen(bob);
    await somebody.say(`/del #${message} abuse`);
    await server.runJob('defence of rooms');
    expect(await statusOf('lobby', message)).toBe(200);
  });
});

describe('a held post with a file', () => {
  it('has a button that removes the file for ever', async () => {
    await holdForReasons(server);
    const cards = new StaffCards(server);
    const bytes = fresh();
    const newcomer = actors.person('newcomer');
    const file = await upload(bytes, newcomer);
    const content = { files: [file], timestamp: server.clock.milliseconds() };
    const { id } = (await newcomer.postMessage('lobby', 'held for media', content)).expect(201).json;
    await server.runJob('defence of rooms');
    const card = await cards.cardOf(mod.person);
    expect(card.buttons).toEqual(['✅', '❌', '🔨', '🚫']);
    await cards.tap(mod.person, card, '🚫');
    await cards.toldTo(mod.person, `What the post ${id} of`);
    expect((await alice.upload('lobby', bytes)).status).toBe(403);
  });
});

describe('a picture like a forbidden one', () => {
  let original: Buffer;

  beforeAll(async () => {
    original = await picture(1000);
    const { file } = await show(original);
    await server.operate('file', 'forbid', String(file));
  });

  async function changed(name: string): Promise<Buffer> {
    const change = CHANGES[name];
    if (!change) throw new Error(`There is no change ${name}`);
    return change(original).toBuffer();
  }

  const stateOf = async (message: number): Promise<unknown> =>
    (await server.sql('SELECT state, held_for FROM messages WHERE id = $1', [message]))[0];

  it('is held when it has been looked at before it is posted', async () => {
    const file = await upload(await changed('a WebP'));
    await server.runJob('forbidden files');
    const { id } = (await alice.postMessage('lobby', 'again', { files: [file] })).expect(201).json;
    expect(await stateOf(id)).toEqual({ state: 'held', held_for: 'similar' });
    expect((await alice.message('lobby', id)).status).toBe(200);
    expect((await bob.message('lobby', id)).status).toBe(404);
    expect((await bob.download('lobby', file)).status).toBe(404);
  });

  it('is hidden when it was posted before, and a moderator’s decision stands', async () => {
    const { message, file } = await show(await changed('cropped by 4 pixels'));
    const other = await show(await picture(1001));
    await server.runJob('forbidden files');
    expect(await stateOf(message)).toEqual({ state: 'withdrawn', held_for: 'similar' });
    expect(await statusOf('lobby', other.message)).toBe(200);
    const list = JSON.parse(await server.operate('queue', 'list', '--room', 'lobby', '--json')) as {
      id: number;
    }[];
    expect(list.map(({ id }) => id)).toContain(message);
    await server.operate('queue', 'publish', '--room', 'lobby', String(message));
    await server.runJob('forbidden files');
    expect((await bob.download('lobby', file)).status).toBe(200);
  });

  it('is found among older ones when it is forbidden later', async () => {
    const [first, second] = [await picture(1004), await picture(1005)];
    const { message } = await show(await sharpened(first));
    const unlike = await show(second);
    await server.runJob('forbidden files');
    expect(await statusOf('lobby', message)).toBe(200);
    const { file } = await show(first);
    await server.operate('file', 'forbid', String(file));
    await server.runJob('forbidden files');
    expect(await statusOf('lobby', message)).toBe(404);
    expect(await statusOf('lobby', unlike.message)).toBe(200);
  });

  it('of staff is not hidden', async () => {
    const { message } = await show(await changed('half as large'), mod.person);
    await server.runJob('forbidden files');
    expect(await statusOf('lobby', message)).toBe(200);
  });

  async function sharpened(bytes: Buffer): Promise<Buffer> {
    return CHANGES['a JPEG of low quality']?.(bytes).toBuffer() ?? bytes;
  }
});

describe('a preserved file', () => {
  it('can be read only with the key that is not on the server, and is removed after its time', async () => {
    const keyFile = join(folder, 'secret');
    const made = await server.plaza('file', 'key', keyFile);
    expect(made.code).toBe(0);
    const key = made.stdout.trim().split('=')[1] ?? '';
    await server.restart({ ABUSE_PRESERVE: 'sealed', ABUSE_PRESERVE_KEY: key, ABUSE_PRESERVE_DAYS: '30' });
    const bytes = Buffer.concat([fresh(), Buffer.alloc(3_000_000, 'x')]);
    const { file } = await show(bytes);
    await server.operate('file', 'forbid', String(file));
    const preserved = join(server.dataDir, 'preserved');
    const [name = ''] = await readdir(preserved);
    const sealed = await readFile(join(preserved, name));
    expect(sealed.includes(bytes.subarray(0, 10)) || sealed.includes('xxxxxxxx')).toBe(false);
    const opened = join(folder, 'opened');
    const header = JSON.parse(
      await server.operate('file', 'unseal', join(preserved, name), '--key', keyFile, '--to', opened),
    ) as object;
    expect(header).toMatchObject({ room: 'lobby', uploader: alice.id, size: bytes.length });
    expect((await readFile(opened)).equals(bytes)).toBe(true);
    const other = join(folder, 'other');
    expect((await server.plaza('file', 'key', other)).code).toBe(0);
    const refused = await server.plaza(
      'file',
      'unseal',
      join(preserved, name),
      '--key',
      other,
      '--to',
      `${opened}2`,
    );
    expect(refused.stderr).toContain('another key');
    await server.clock.advance('29 days');
    await server.runJob('old preserved files');
    expect(await readdir(preserved)).toHaveLength(1);
    await server.clock.advance('2 days');
    await server.runJob('old preserved files');
    expect(await readdir(preserved)).toEqual([]);
  });
});

describe('the list of forbidden files', () => {
  it('is read again when the database tells of a change, and not before', async () => {
    const bytes = fresh();
    const { message } = await show(bytes);
    await server.runJob('forbidden files');
    const hash = createHash('sha256').update(bytes).digest();
    await server.sql('ALTER TABLE forbidden_files DISABLE TRIGGER USER');
    await server.sql('INSERT INTO forbidden_files (sha256, forbidden_at) VALUES ($1, 0)', [hash]);
    await server.sql('ALTER TABLE forbidden_files ENABLE TRIGGER USER');
    await server.runJob('forbidden files');
    expect(await statusOf('lobby', message)).toBe(200);
    await server.sql('UPDATE forbidden_files SET forbidden_at = 1 WHERE sha256 = $1', [hash]);
    await eventually(async () => {
      await server.runJob('forbidden files');
      return (await statusOf('lobby', message)) === 404;
    });
  });
});
