import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('PUT /room/T', () => {
  let server: OpenServer;
  let actors: Actors;
  let boss: SessionClient;
  let admin: SessionClient;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000', UPLOAD_EXPIRY_DAYS: '15' } });
    actors = new Actors(server, 'lobby');
    await server.addRoom('garden');
    boss = await actors.globalAdmin();
    admin = actors.person('admin');
    (await boss.setRole(admin.id, { rooms: ['lobby'] }, { admin: true })).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  async function details(): Promise<Record<string, unknown>> {
    return { ...(await admin.room('lobby')).expect(200).json };
  }

  async function infoUpdates(): Promise<number> {
    return (await admin.room('lobby')).expect(200).json.info_updates;
  }

  /** Changes the lobby; says by how much that raised its info_updates. */
  async function raisedBy(changes: object): Promise<number> {
    const start = await infoUpdates();
    const { info_updates } = (await admin.put('/room/lobby', changes)).expect(200).json as {
      info_updates: number;
    };
    expect(await infoUpdates()).toBe(info_updates);
    return info_updates - start;
  }

  async function upload(by: SessionClient, room = 'lobby'): Promise<number> {
    return (await by.upload(room, randomBytes(20), 'picture.png')).expect(201).json.id;
  }

  /** Seconds until a file expires, from now; null when it never does. */
  async function lifetime(file: number): Promise<number | null> {
    const [row] = await server.sql(
      'SELECT expires_at - extract(epoch FROM now()) AS s FROM files WHERE id = $1',
      [file],
    );
    return row?.s as number | null;
  }

  it('changes name and description, raising info_updates once for each that differs', async () => {
    expect(await raisedBy({ name: 'The lobby', description: 'Come in' })).toBe(2);
    expect(await details()).toMatchObject({ name: 'The lobby', description: 'Come in' });
    expect(await raisedBy({ name: 'The lobby', description: 'Come in' })).toBe(0);
    expect(await raisedBy({ name: 'The lobby', description: 'Come in, sit down' })).toBe(1);
    expect(await raisedBy({ name: 'Lobby' })).toBe(1);
    expect(await details()).toMatchObject({ name: 'Lobby', description: 'Come in, sit down' });
  });

  it('removes a description by null or an empty text', async () => {
    for (const nothing of [null, '', '\u0000\u001f']) {
      await raisedBy({ description: 'something' });
      expect(await raisedBy({ description: nothing })).toBe(1);
      expect((await details()).description).toBe('');
      expect(await raisedBy({ description: nothing })).toBe(0);
    }
  });

  it('strips control characters, but not tabs and newlines from a description', async () => {
    await raisedBy({
      name: 'a\u0000b\tc\nd\u001fe\u007f é 🦜',
      description: 'a\u0000b\tc\nd\u000b\r\u001fe',
    });
    expect(await details()).toMatchObject({ name: 'abcde\u007f é 🦜', description: 'ab\tc\nde' });
  });

  it('changes the permissions of everyone, which raises no counter', async () => {
    const defaults = {
      default_read: true,
      default_accessible: true,
      default_write: true,
      default_upload: true,
    };
    for (const name of ['read', 'accessible', 'write', 'upload']) {
      expect(await raisedBy({ [`default_${name}`]: false })).toBe(0);
      expect(await details()).toMatchObject({ ...defaults, [`default_${name}`]: false });
      expect(await raisedBy({ [`default_${name}`]: true })).toBe(0);
      expect(await details()).toMatchObject(defaults);
    }
    expect(await raisedBy({ default_read: null, default_write: false })).toBe(0);
    expect(await details()).toMatchObject({ ...defaults, default_write: false });
    await raisedBy(defaults);
  });

  it('lets new defaults hold from its answer on', async () => {
    const { alice } = actors;
    (await admin.put('/room/lobby', { default_write: false })).expect(200);
    expect((await alice.postMessage('lobby', 'hello')).status).toBe(403);
    (await admin.put('/room/lobby', { default_read: false, default_accessible: false })).expect(200);
    expect((await alice.room('lobby')).status).toBe(404);
    expect((await admin.room('lobby')).status).toBe(200);
    const opened = { default_read: true, default_accessible: true, default_write: true };
    (await admin.put('/room/lobby', opened)).expect(200);
    expect((await alice.postMessage('lobby', 'hello')).status).toBe(201);
  });

  describe('with an image', () => {
    it('sets a file that anyone uploaded to the room, and keeps it without end', async () => {
      const image = await upload(actors.alice);
      expect(await lifetime(image)).toBeCloseTo(HOUR, -2);
      expect(await raisedBy({ image })).toBe(1);
      expect(await details()).toMatchObject({ image_id: image });
      expect(await lifetime(image)).toBeNull();
      expect(await raisedBy({ image })).toBe(0);
      expect(await lifetime(image)).toBeNull();
    });

    it('removes the image when it is null, and the image expires then', async () => {
      const image = await upload(admin);
      await raisedBy({ image });
      expect(await raisedBy({ image: null })).toBe(1);
      expect(await details()).not.toHaveProperty('image_id');
      expect(await lifetime(image)).toBeLessThanOrEqual(0);
      expect(await raisedBy({ image: null })).toBe(0);
    });

    it('lets the former image expire, at once or with the message that it belongs to', async () => {
      const [loose, attached, last] = [await upload(admin), await upload(admin), await upload(admin)];
      (await admin.postMessage('lobby', 'look', { files: [attached] })).expect(201);
      expect(await raisedBy({ image: loose })).toBe(1);
      expect(await raisedBy({ image: attached })).toBe(1);
      expect(await lifetime(loose)).toBeLessThanOrEqual(0);
      expect(await lifetime(attached)).toBeNull();
      expect(await raisedBy({ image: last })).toBe(1);
      expect(await lifetime(attached)).toBeCloseTo(15 * DAY, -2);
    });

    it('answers 406 to an id that is no file of the room, unknown or expired, and changes nothing', async () => {
      const [elsewhere, expired] = [await upload(boss, 'garden'), await upload(admin)];
      await server.sql('UPDATE files SET expires_at = extract(epoch FROM now()) - 1 WHERE id = $1', [
        expired,
      ]);
      const before = await details();
      for (const image of [elsewhere, expired, 1_000_000, 0, -1, Number.MAX_SAFE_INTEGER]) {
        expect((await admin.put('/room/lobby', { name: 'changed', image })).status).toBe(406);
      }
      expect(await details()).toEqual(before);
    });
  });

  it.each([
    ['nothing in it', {}],
    ['unknown keys alone', { title: 'x' }],
    ['defaults that are null alone', { default_read: null }],
    ['a name that is null', { name: null }],
    ['a name that is a number', { name: 5 }],
    ['a description that is a list', { description: [] }],
    ['an image that is a text', { image: '1' }],
    ['an image that is a fraction', { image: 1.5 }],
    ['an image that is true', { image: true }],
    ['a default that is a text', { default_read: 'yes' }],
    ['one thing right and one wrong', { name: 'changed', default_write: 'no' }],
    ['a list', [{ name: 'changed' }]],
    ['no JSON', 'changed'],
    ['nothing', undefined],
  ])('answers 400 to a body with %s and changes nothing', async (_case, body) => {
    const before = await details();
    expect((await admin.put('/room/lobby', body)).status).toBe(400);
    expect(await details()).toEqual(before);
  });

  it('is for admins of the room', async () => {
    const mod = actors.person('mod');
    (await boss.setRole(mod.id, { rooms: ['lobby'] }, { moderator: true })).expect(200);
    expect((await mod.put('/room/lobby', { name: 'x' })).status).toBe(403);
    expect((await actors.alice.put('/room/lobby', { name: 'x' })).status).toBe(403);
    expect((await actors.anonymous.put('/room/lobby', { name: 'x' })).status).toBe(401);
    expect((await admin.put('/room/garden', { name: 'x' })).status).toBe(403);
    expect((await admin.put('/room/nowhere', { name: 'x' })).status).toBe(404);
    expect((await boss.put('/room/GARDEN', { name: 'The garden' })).status).toBe(200);
  });

  it('counts every one of many changes made at once', async () => {
    const start = await infoUpdates();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => admin.put('/room/lobby', { name: `name ${index}` })),
    );
    const counts = answers.map(({ json }) => (json as { info_updates: number }).info_updates);
    expect(counts.sort((one, other) => one - other)).toEqual(
      Array.from({ length: 20 }, (_, index) => start + index + 1),
    );
  });
});
