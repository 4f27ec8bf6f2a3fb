import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

let server: OpenServer;
let alice: SessionClient;
let bob: SessionClient;
let admin: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000', UPLOAD_EXPIRY_DAYS: '365' }, heldClock: true });
  const actors = new Actors(server);
  ({ alice, bob } = actors);
  admin = await actors.admin();
});

afterAll(() => server.stop());

async function room(token: string, ...settings: string[]): Promise<void> {
  await server.addRoom(token);
  if (settings.length > 0) await server.operate('room', 'set', token, ...settings);
}

async function post(token: string, text: string, files: number[] = []): Promise<number> {
  const content = { files, timestamp: server.clock.milliseconds() };
  return (await alice.postMessage(token, text, content)).expect(201).json.id;
}

async function idsIn(token: string): Promise<number[]> {
  const rows = (await bob.recentMessages(token, { limit: 200 })).expect(200).json;
  return rows.map(({ id }) => id).sort((one, other) => one - other);
}

describe('a room that keeps messages for a time', () => {
  it('removes older ones without telling, with their history, reactions and files, and keeps pinned ones', async () => {
    await room('short', '--keep-messages', '30d');
    await room('long');
    const { id: file } = (await alice.upload('short', Buffer.from('old'))).expect(201).json;
    const old = await post('short', 'old', [file]);
    (await bob.react('short', old, '👍')).expect(200);
    (await alice.editMessage('short', old, 'older')).expect(200);
    const pinned = await post('short', 'pinned');
    await server.operate('mod', 'add', admin.sessionId, '--room', 'short', '--admin');
    (await admin.pin('short', pinned)).expect(200);
    const deleted = await post('short', 'deleted');
    (await alice.deleteMessage('short', deleted)).expect(200);
    const elsewhere = await post('long', 'elsewhere');
    await server.clock.advance('20 days');
    const young = await post('short', 'young');
    const late = await post('short', 'deleted late');
    const { message_sequence: seqno } = (await bob.room('short')).json;
    await server.clock.advance('11 days');
    (await alice.deleteMessage('short', late)).expect(200);
    const { message_sequence: before } = (await bob.room('short')).json;
    await server.runJob('old messages of rooms');
    expect(await idsIn('short')).toEqual([pinned, young]);
    expect(await idsIn('long')).toEqual([elsewhere]);
    expect((await bob.download('short', file)).status).toBe(404);
    // Nothing is told of what has gone, and what was deleted of late is told as ever.
    expect((await bob.room('short')).json.message_sequence).toBe(before);
    const told = (await bob.messagesSince('short', seqno)).expect(200).json;
    expect(told).toEqual([expect.objectContaining({ id: late, deleted: true })]);
    expect(await server.sql('SELECT id FROM messages WHERE id = ANY ($1)', [[old, deleted]])).toEqual([]);
    expect(await server.sql('SELECT id FROM message_history WHERE message_id = $1', [old])).toEqual([]);
  });

  it('removes kept ones as soon as that is set, many messages in small transactions', async () => {
    await room('full');
    await post('full', 'first');
    await server.sql(
      `INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature)
       SELECT m.room_id, m.user_id, m.posted_at, m.seqno, m.seqno, m.seqno, m.data, m.padded_size, m.signature
       FROM messages m JOIN rooms r ON r.id = m.room_id CROSS JOIN generate_series(1, 2000) WHERE r.token = 'full'`,
    );
    await server.clock.advance('2 hours');
    const kept = await post('full', 'kept');
    await server.sql(`CREATE TABLE sizes (n bigint);
      CREATE FUNCTION note_size() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO sizes SELECT count(*) FROM gone; RETURN NULL; END $$;
      CREATE TRIGGER note AFTER DELETE ON messages REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION note_size()`);
    await server.operate('room', 'set', 'full', '--keep-messages', '1h');
    await server.runJob('old messages of rooms');
    const [sizes] = await server.sql('SELECT max(n)::int AS most, sum(n)::int AS total FROM sizes');
    await server.sql('DROP FUNCTION note_size CASCADE; DROP TABLE sizes');
    expect(sizes).toEqual({ most: 250, total: 2001 });
    expect(await idsIn('full')).toEqual([kept]);
  });
});

describe('a room that keeps files for a time', () => {
  it('removes older ones, but for its image and those of pinned messages, and keeps the messages', async () => {
    await room('pictures', '--keep-files', '7d');
    await server.operate('mod', 'add', admin.sessionId, '--room', 'pictures', '--admin');
    const upload = async (by = alice): Promise<number> =>
      (await by.upload('pictures', Buffer.from('bytes'))).expect(201).json.id;
    const [shown, pinned, image] = [await upload(), await upload(), await upload(admin)];
    const message = await post('pictures', 'shown', [shown]);
    const pin = await post('pictures', 'pinned', [pinned]);
    (await admin.pin('pictures', pin)).expect(200);
    (await admin.updateRoom('pictures', { image })).expect(200);
    await server.clock.advance('8 days');
    const young = await upload();
    await post('pictures', 'young', [young]);
    await server.runJob('old messages of rooms');
    const statuses = [];
    for (const id of [shown, pinned, image, young]) {
      statuses.push((await bob.download('pictures', id)).status);
    }
    expect(statuses).toEqual([404, 200, 200, 200]);
    expect(await idsIn('pictures')).toContain(message);
  });
});

describe('the times of a room', () => {
  it('are shown, can be taken back, and must be times', async () => {
    await room('times', '--keep-messages', '30d', '--keep-files', '7d');
    expect(await server.operate('room', 'show', 'times')).toMatch(
      /keep messages: 30d\n(.*\n)*keep files: 7d/,
    );
    const [event] = await server.sql(
      `SELECT max(id) AS id FROM events WHERE kind = 'room.settings' AND room = 'times'`,
    );
    await server.operate('undo', String(event?.id));
    expect(await server.operate('room', 'show', 'times')).toContain('keep messages: for ever');
    await server.operate('room', 'set', 'times', '--keep-messages', '2w');
    await server.operate('room', 'set', 'times', '--keep-messages', 'default');
    expect(await server.operate('room', 'show', 'times')).toContain('keep messages: for ever');
    for (const wrong of ['30', '-1d', '1m', '40000d', 'never']) {
      expect((await server.plaza('room', 'set', 'times', '--keep-messages', wrong)).code).toBe(2);
    }
  });
});
