import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { age, secondsLeft } from './uploads-folder.js';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

describe('a file', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    ({ alice, bob } = actors);
    await server.addRoom('garden');
  });

  afterAll(async () => {
    await server.stop();
  });

  async function upload(by = alice, room = 'lobby'): Promise<number> {
    return (await by.upload(room, Buffer.from('some bytes'))).expect(201).json.id;
  }

  async function post(files: (number | string)[], by = alice, room = 'lobby'): Promise<number> {
    return (await by.postMessage(room, 'look', { files })).expect(201).json.id;
  }

  /** Whole hours that a file has left. */
  async function hoursLeft(id: number): Promise<number | null> {
    const left = await secondsLeft(server, id);
    if (left === undefined) throw new Error(`There is no file ${id}`);
    return left === null ? null : Math.round(left / HOUR);
  }

  describe('that nobody claims', () => {
    it('lives for an hour', async () => {
      const id = await upload();
      expect(await hoursLeft(id)).toBe(1);
      await age(server, id, HOUR - 30);
      expect((await alice.download('lobby', id)).status).toBe(200);
      await age(server, id, 31);
      expect((await alice.download('lobby', id)).status).toBe(404);
    });
  });

  describe('that a post names', () => {
    it('lives for fifteen days after the post', async () => {
      const id = await upload();
      await age(server, id, HOUR / 2);
      await post([id]);
      expect(await hoursLeft(id)).toBe(15 * 24);
    });

    it('may be named by a string, as Android does, among invalid ids', async () => {
      const [one, two] = [await upload(), await upload()];
      await post([String(one), 999_999_999, two, one]);
      expect(await hoursLeft(one)).toBe(15 * 24);
      expect(await hoursLeft(two)).toBe(15 * 24);
    });

    it('stays with the first message that claimed it', async () => {
      const id = await upload();
      const first = await post([id]);
      await age(server, id, HOUR / 2);
      await post([id]);
      const [row] = await server.sql('SELECT message_id FROM files WHERE id = $1', [id]);
      expect(Number(row?.message_id)).toBe(first);
      expect(await secondsLeft(server, id)).toBeLessThan(15 * DAY - HOUR / 2 + 30);
    });

    it('is not claimed by someone else, from another room, or after its hour', async () => {
      const [others, elsewhere, late] = [await upload(bob), await upload(alice, 'garden'), await upload()];
      await age(server, late, HOUR + 1);
      await post([others, elsewhere, late]);
      expect(await hoursLeft(others)).toBe(1);
      expect(await hoursLeft(elsewhere)).toBe(1);
      expect(await secondsLeft(server, late)).toBeLessThan(0);
    });

    it('is not claimed by a post that is refused', async () => {
      const id = await upload();
      expect((await alice.postMessage('lobby', 'x', { files: [id], whisperMods: true })).status).toBe(403);
      expect((await alice.postMessage('lobby', 'x', { files: [id], signature: 'AAAA' })).status).toBe(400);
      expect(await hoursLeft(id)).toBe(1);
    });

    it('goes to exactly one of many posts that claim it at once, over two servers', async () => {
      const id = await upload();
      const other = await openServer({ beside: server, env: { POST_RATE_LIMIT: '1000' } });
      const both = [alice, new Actors(other).alice];
      const messages = await Promise.all(
        Array.from({ length: 20 }, (_, index) => post([id], both[index % 2])),
      );
      await other.stop();
      const [row] = await server.sql('SELECT message_id FROM files WHERE id = $1', [id]);
      expect(messages).toContain(Number(row?.message_id));
      // Deleting all messages but the winner leaves the file alone; deleting the winner does not.
      const winner = Number(row?.message_id);
      await Promise.all(
        messages
          .filter((message) => message !== winner)
          .map((message) => alice.deleteMessage('lobby', message)),
      );
      expect((await bob.download('lobby', id)).status).toBe(200);
      (await alice.deleteMessage('lobby', winner)).expect(200);
      expect((await bob.download('lobby', id)).status).toBe(404);
    });
  });

  describe('that an edit names', () => {
    it('is claimed like that of a post, beside those that the message has', async () => {
      const [old, added] = [await upload(), await upload()];
      const message = await post([old]);
      (await alice.editMessage('lobby', message, 'look again', { files: [added] })).expect(200);
      expect(await hoursLeft(old)).toBe(15 * 24);
      expect(await hoursLeft(added)).toBe(15 * 24);
      (await alice.deleteMessage('lobby', message)).expect(200);
      for (const id of [old, added]) expect((await bob.download('lobby', id)).status).toBe(404);
    });
  });

  describe('of a pinned message', () => {
    it('has no end, and after unpinning the one that it would have had', async () => {
      const admin = await actors.admin();
      const id = await upload();
      const message = await post([id]);
      (await admin.pin('lobby', message)).expect(200);
      expect(await hoursLeft(id)).toBeNull();
      expect((await bob.download('lobby', id)).headers.expires).toBeUndefined();
      await server.sql('UPDATE files SET uploaded_at = uploaded_at - $2 WHERE id = $1', [id, 5 * DAY]);
      (await admin.unpin('lobby', message)).expect(200);
      expect(await hoursLeft(id)).toBe(10 * 24);
    });

    it('has no end either when an edit adds it, and all of them one after all is unpinned', async () => {
      const admin = await actors.admin();
      const message = await post([]);
      (await admin.pin('lobby', message)).expect(200);
      const id = await upload();
      (await alice.editMessage('lobby', message, 'now with a file', { files: [id] })).expect(200);
      expect(await hoursLeft(id)).toBeNull();
      (await admin.unpinAll('lobby')).expect(200);
      expect(await hoursLeft(id)).toBe(15 * 24);
    });

    it('expires with the message all the same', async () => {
      const admin = await actors.admin();
      const id = await upload();
      const message = await post([id]);
      (await admin.pin('lobby', message)).expect(200);
      (await alice.deleteMessage('lobby', message)).expect(200);
      expect((await bob.download('lobby', id)).status).toBe(404);
    });
  });

  it('is removed with everything of its uploader in the room, claimed or not, and cannot be claimed again', async () => {
    const carol = actors.person('carol');
    const [claimed, unclaimed] = [await upload(carol), await upload(carol)];
    const elsewhere = await upload(carol, 'garden');
    await post([claimed], carol);
    (await (await actors.moderator()).deleteAll('lobby', carol.id)).expect(200);
    for (const id of [claimed, unclaimed]) expect((await carol.download('lobby', id)).status).toBe(404);
    expect((await carol.download('garden', elsewhere)).status).toBe(200);
    await post([unclaimed], carol);
    expect((await carol.download('lobby', unclaimed)).status).toBe(404);
  });
});
