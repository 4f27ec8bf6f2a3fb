import { type SessionClient } from '../client/client.js';
import { type Attachment, encodeMessage } from '../client/message.js';
import { encodeFields } from '../client/protobuf.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { secondsLeft } from './uploads-folder.js';

const HOUR = 60 * 60;
const LARGEST_ID = 2 ** 53 - 1;

/** A reader of a file, and the message that it belongs to (protocol 6). */
describe('a file', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;
  let anonymous: SessionClient;
  let mod: SessionClient;
  let admin: SessionClient;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    ({ alice, bob, anonymous } = actors);
    mod = await actors.moderator();
    admin = await actors.admin();
    for (const person of [bob, actors.person('carol')]) (await person.pollInfo('lobby')).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  async function upload(by = alice, room = 'lobby'): Promise<number> {
    return (await by.upload(room, Buffer.from('some bytes'))).expect(201).json.id;
  }

  /** Statuses of the downloads of a file by several people. */
  async function statuses(id: number, people: readonly SessionClient[], room = 'lobby'): Promise<number[]> {
    return Promise.all(people.map(async (person) => (await person.download(room, id)).status));
  }

  describe('id', () => {
    it('is random below 2^53, whatever was uploaded before', async () => {
      const ids = await Promise.all(Array.from({ length: 30 }, () => upload()));
      expect(new Set(ids).size).toBe(30);
      expect(ids.every((id) => Number.isSafeInteger(id) && id > 0 && id <= LARGEST_ID)).toBe(true);
      // Thirty ids all in the lowest thousandth, or all in order, do not come about by chance.
      expect(ids.some((id) => id > LARGEST_ID / 1000)).toBe(true);
      expect([...ids].sort((a, b) => a - b)).not.toEqual(ids);
    });

    it('of an import stays and can be downloaded like any other', async () => {
      const id = await upload();
      (await alice.postMessage('lobby', 'old', { files: [id] })).expect(201);
      await server.sql('UPDATE files SET id = 17 WHERE id = $1', [id]);
      expect(await statuses(17, [alice, bob, anonymous])).toEqual([200, 200, 200]);
    });

    it('may be the largest one in a post, as a number or a string', async () => {
      for (const written of [(id: number) => id, String]) {
        const id = await upload();
        await server.sql('DELETE FROM files WHERE id = $1', [LARGEST_ID]);
        await server.sql('UPDATE files SET id = $2 WHERE id = $1', [id, LARGEST_ID]);
        (await alice.postMessage('lobby', 'look', { files: [written(LARGEST_ID)] })).expect(201);
        expect(await statuses(LARGEST_ID, [bob])).toEqual([200]);
      }
      const files = ['9007199254740993'];
      expect((await alice.postMessage('lobby', 'no id', { files })).status).toBe(400);
    });
  });

  it('that no message claims can be read by its uploader alone, not even by moderators', async () => {
    const id = await upload();
    expect(await statuses(id, [alice, bob, anonymous, mod, admin])).toEqual([200, 404, 404, 404, 404]);
    expect((await fetch(`${server.url}/r/lobby/picture/${id}`)).status).toBe(404);
  });

  it('of a message can be read by those who may read the message, until it is deleted', async () => {
    const id = await upload();
    const message = (await alice.postMessage('lobby', 'look', { files: [id] })).expect(201).json.id;
    expect(await statuses(id, [alice, bob, anonymous, mod])).toEqual([200, 200, 200, 200]);
    (await alice.deleteMessage('lobby', message)).expect(200);
    expect(await statuses(id, [alice, bob, anonymous, mod])).toEqual([404, 404, 404, 404]);
  });

  it('of a whisper can be read by its target and its author, and by moderators if it is for them, too', async () => {
    const carol = actors.person('carol');
    const people = [mod, admin, bob, carol, anonymous];
    const cases: [{ whisperTo?: string; whisperMods?: boolean }, number[]][] = [
      [{ whisperTo: bob.id }, [200, 404, 200, 404, 404]],
      [{ whisperTo: bob.id, whisperMods: true }, [200, 200, 200, 404, 404]],
      [{ whisperMods: true }, [200, 200, 404, 404, 404]],
    ];
    for (const [whisper, expected] of cases) {
      const id = await upload(mod);
      (await mod.postMessage('lobby', 'psst', { files: [id], ...whisper })).expect(201);
      expect(await statuses(id, people)).toEqual(expected);
    }
  });

  it('of a message that is kept unseen can not be read by others', async () => {
    const id = await upload();
    const message = (await alice.postMessage('lobby', 'spam', { files: [id] })).expect(201).json.id;
    await server.sql(`UPDATE messages SET state = 'unseen' WHERE id = $1`, [message]);
    expect(await statuses(id, [bob, anonymous, mod])).toEqual([404, 404, 404]);
  });

  it('of a whisper can not become the image of the room, whose files everyone sees', async () => {
    const id = await upload(mod);
    (await mod.postMessage('lobby', 'psst', { files: [id], whisperTo: bob.id })).expect(201);
    expect((await admin.updateRoom('lobby', { image: id })).status).toBe(406);
    expect(await statuses(id, [bob, anonymous])).toEqual([200, 404]);
  });

  it('that is the image of a room can be read by people who may access the room without reading in it', async () => {
    await server.addRoom('shopwindow');
    const owner = await actors.staff('owner', { in: 'shopwindow', admin: true });
    const [image, other] = [await upload(owner, 'shopwindow'), await upload(owner, 'shopwindow')];
    (await owner.postMessage('shopwindow', 'look', { files: [other] })).expect(201);
    (await owner.updateRoom('shopwindow', { image, default_read: false })).expect(200);
    await eventually(async () => (await anonymous.room('shopwindow')).json.image_id === image);
    await eventually(async () => (await statuses(other, [anonymous], 'shopwindow'))[0] === 403);
    expect(await statuses(image, [owner, bob, anonymous], 'shopwindow')).toEqual([200, 200, 200]);
    (await owner.updateRoom('shopwindow', { default_accessible: false })).expect(200);
    await eventually(async () => (await statuses(image, [anonymous], 'shopwindow'))[0] === 404);
  });

  describe('that a message shows without naming it', () => {
    const attached = async (
      attachment: (id: number) => Attachment,
      by = alice,
    ): Promise<{ id: number; data: Buffer }> => {
      const id = await upload(by);
      return { id, data: encodeMessage({ body: 'look', attachments: [attachment(id)] }) };
    };

    it.each<[string, (id: number) => Attachment]>([
      ['by its id', (id) => ({ id })],
      ['by the address that Android writes', (id) => ({ id: 0, url: `${server.url}/file/${id}` })],
      ['by the address that iOS writes', (id) => ({ id: 0, url: `${server.url}/room/lobby/file/${id}` })],
      ['by the address of an encrypted file', (id) => ({ id: 0, url: `${server.url}/file/${id}#d` })],
    ])('%s belongs to it', async (_how, attachment) => {
      const { id, data } = await attached(attachment);
      (await alice.postMessage('lobby', '', { data })).expect(201);
      expect(await statuses(id, [bob])).toEqual([200]);
      expect(Math.round(Number(await secondsLeft(server, id)) / HOUR)).toBe(15 * 24);
    });

    it('belongs to it when it is shown within an envelope, or by an edit', async () => {
      const [first, second] = [await upload(), await upload()];
      const data = encodeMessage({ body: 'look', attachments: [{ id: first }], envelope: true });
      const message = (await alice.postMessage('lobby', '', { data })).expect(201).json.id;
      const edited = encodeMessage({ body: 'look again', attachments: [{ id: second }] });
      (await alice.editMessage('lobby', message, '', { data: edited })).expect(200);
      expect(await statuses(first, [bob])).toEqual([200]);
      expect(await statuses(second, [bob])).toEqual([200]);
    });

    it('belongs to it when it is the picture of a preview', async () => {
      const id = await upload();
      const picture = encodeFields([[1, { fixed64: BigInt(id) }]]);
      const preview = encodeFields([
        [1, 'https://example.org'],
        [3, picture],
      ]);
      const data = encodeFields([[1, encodeFields([[10, preview]])]]);
      (await alice.postMessage('lobby', '', { data })).expect(201);
      expect(await statuses(id, [bob])).toEqual([200]);
    });

    it('stays its uploader’s when somebody else shows it, or it was uploaded to another room', async () => {
      const { id, data } = await attached((own) => ({ id: own }));
      (await bob.postMessage('lobby', '', { data })).expect(201);
      expect(await statuses(id, [alice, bob])).toEqual([200, 404]);
      await server.addRoom('garden');
      (await alice.postMessage('garden', '', { data })).expect(201);
      expect(await statuses(id, [alice, bob])).toEqual([200, 404]);
    });

    it('goes to the first of many posts that show it at once, over two servers', async () => {
      const id = await upload();
      const other = await openServer({ beside: server, env: { POST_RATE_LIMIT: '1000' } });
      const both = [alice, new Actors(other).alice];
      const posts = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (both[index % 2] ?? alice).postMessage('lobby', `look ${index}`, { attachments: [{ id }] }),
        ),
      );
      await other.stop();
      const messages = posts.map((post) => post.expect(201).json.id);
      const [row] = await server.sql('SELECT message_id FROM files WHERE id = $1', [id]);
      expect(messages).toContain(Number(row?.message_id));
    });
  });
});
