import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

const DAY = 24 * 60 * 60;
/** Milliseconds: a job runs every ten seconds at most, and starts and answers a little later. */
const SOON = 15_000;

describe('the work on a clock', () => {
  let server: TestServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;

  const count = async (table: string): Promise<number> => {
    const [row] = await server.sql(`SELECT count(*)::int AS count FROM ${table}`);
    return Number(row?.count);
  };
  const now = (): number => Date.now() / 1000;

  beforeAll(async () => {
    server = await startServer({ workers: 2 });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    for (const person of [alice, bob]) (await person.inbox()).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('removes direct messages that have expired, and no other', async () => {
    const send = async (): Promise<number> =>
      (await alice.sendDirectMessage(bob.id, Buffer.of(1))).expect(201).json.id;
    const old = await send();
    const fresh = await send();
    await server.sql('UPDATE inbox SET expires_at = $2 WHERE id = $1', [old, now() - 1]);
    await eventually(async () => (await count('inbox')) === 1, SOON);
    expect((await bob.inbox()).json).toMatchObject([{ id: fresh }]);
  });

  it('removes a great many of them without keeping anyone waiting', async () => {
    await server.sql(
      `INSERT INTO inbox (recipient_id, sender_id, body, posted_at, expires_at)
       SELECT recipient_id, sender_id, body, posted_at, 1 FROM inbox CROSS JOIN generate_series(1, 9000)`,
    );
    await eventually(async () => (await count('inbox')) === 1, SOON);
  });

  it('removes nonces that nobody could use again, by whatever clock, and answers that are kept no longer', async () => {
    const [gone, late, ahead] = [now() - 2 * DAY, now() - 60, now() + 2 * DAY];
    for (const [index, expiresAt] of [gone, late, ahead].entries()) {
      await server.sql('INSERT INTO nonces (nonce, expires_at) VALUES ($1, $2)', [
        Buffer.alloc(16, index + 1),
        expiresAt,
      ]);
    }
    await server.sql(
      `INSERT INTO kept_answers (nonce, answered_at, answer) VALUES ($1, $3, ''), ($2, $4, '')`,
      [Buffer.alloc(16, 1), Buffer.alloc(16, 2), now() - 125, now() + 60],
    );
    const known = async (table: string): Promise<unknown[]> => {
      const nonces = [1, 2, 3].map((byte) => Buffer.alloc(16, byte));
      const rows = await server.sql(
        `SELECT get_byte(nonce, 0) AS byte FROM ${table} WHERE nonce = ANY ($1) ORDER BY 1`,
        [nonces],
      );
      return rows.map(({ byte }) => byte);
    };
    await eventually(async () => (await known('nonces')).length === 2, SOON);
    expect(await known('nonces')).toEqual([2, 3]);
    await eventually(async () => (await known('kept_answers')).length === 1, SOON);
    expect(await known('kept_answers')).toEqual([2]);
  });

  it('removes files that have expired, row and bytes', async () => {
    const uploads = `${server.dataDir}/uploads`;
    const stored = async (): Promise<string[]> =>
      existsSync(uploads)
        ? (await readdir(uploads, { recursive: true, withFileTypes: true }))
            .filter((entry) => entry.isFile())
            .map(({ name }) => name)
        : [];
    const { id } = (await alice.upload('lobby', Buffer.from('bytes'))).expect(201).json;
    expect(await stored()).toHaveLength(1);
    await server.sql('UPDATE files SET expires_at = $2 WHERE id = $1', [id, now() - 1]);
    await eventually(async () => (await count('files')) === 0 && (await stored()).length === 0, SOON);
    expect((await alice.download('lobby', id)).status).toBe(404);
  });

  it('forgets former texts of messages and visits that are too old when it starts anew', async () => {
    const { id } = (await alice.postMessage('lobby', 'first')).expect(201).json;
    (await alice.editMessage('lobby', id, 'second')).expect(200);
    (await alice.editMessage('lobby', id, 'third')).expect(200);
    (await bob.pollInfo('lobby')).expect(200);
    await server.sql(
      'UPDATE message_history SET replaced_at = $1 WHERE id = (SELECT min(id) FROM message_history)',
      [now() - 31 * DAY],
    );
    await server.sql(
      `INSERT INTO room_users (room_id, user_id, last_active_at)
       SELECT rooms.id, users.id, $1 FROM rooms, users WHERE session_id = $2
       ON CONFLICT (room_id, user_id) DO UPDATE SET last_active_at = excluded.last_active_at`,
      [now() - 61 * DAY, alice.id],
    );
    await server.restart();
    await eventually(async () => (await count('message_history')) === 1, SOON);
    const visitors = `SELECT u.session_id AS id FROM room_users JOIN users u ON u.id = user_id`;
    await eventually(async () => (await server.sql(visitors)).length === 1, SOON);
    expect(await server.sql(visitors)).toEqual([{ id: bob.id }]);
  });
});
