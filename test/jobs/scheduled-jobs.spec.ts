import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type * as activity from '../../src/users/activity.service.js';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { ActivityService } = await compiled<typeof activity>('users/activity.service.js');

const DAY = 24 * 60 * 60;

describe('the work on a clock', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let bob: SessionClient;

  const count = async (table: string): Promise<number> => {
    const [row] = await server.sql(`SELECT count(*)::int AS count FROM ${table}`);
    return Number(row?.count);
  };
  const now = (): number => server.clock.seconds();

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    actors = new Actors(server);
    ({ alice, bob } = actors);
    for (const person of [alice, bob]) (await person.inbox()).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('removes direct messages that have expired, and no others', async () => {
    const send = async (): Promise<number> =>
      (await alice.sendDirectMessage(bob.id, Buffer.of(1))).expect(201).json.id;
    await send();
    await server.clock.advance('14 days');
    const fresh = await send();
    await server.runJob('expired direct messages');
    expect(await count('inbox')).toBe(2);
    await server.clock.advance('1 day');
    await server.runJob('expired direct messages');
    await eventually(async () => (await count('inbox')) === 1);
    expect((await bob.inbox()).json).toMatchObject([{ id: fresh }]);
  });

  it('removes a great many of them without making anyone wait', async () => {
    await server.sql(
      `INSERT INTO inbox (recipient_id, sender_id, body, posted_at, expires_at)
       SELECT recipient_id, sender_id, body, posted_at, 1 FROM inbox CROSS JOIN generate_series(1, 9000)`,
    );
    await server.runJob('expired direct messages');
    await eventually(async () => (await count('inbox')) === 1);
  });

  it('removes nonces that nobody could use again, by any clock, and answers that are not kept any longer', async () => {
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
    await server.runJob('expired nonces');
    await eventually(async () => (await known('nonces')).length === 2);
    expect(await known('nonces')).toEqual([2, 3]);
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
    await server.clock.advance('59 minutes');
    await server.runJob('expired files');
    expect(await stored()).toHaveLength(1);
    await server.clock.advance('1 minute');
    await server.runJob('expired files');
    await eventually(async () => (await count('files')) === 0 && (await stored()).length === 0);
    expect((await alice.download('lobby', id)).status).toBe(404);
  });

  it('forgets former texts of messages and visits that are too old', async () => {
    const write = (): Promise<void> => server.get(ActivityService).write();
    const { id } = (await alice.postMessage('lobby', 'first')).expect(201).json;
    (await alice.editMessage('lobby', id, 'second')).expect(200);
    await write();
    await server.clock.advance('30.5 days');
    (await alice.editMessage('lobby', id, 'third')).expect(200);
    await server.runJob('old texts of messages');
    await eventually(async () => (await count('message_history')) === 1);

    (await bob.pollInfo('lobby')).expect(200);
    await write();
    await server.clock.advance('29.6 days');
    await server.runJob('old visits');
    const visitors = `SELECT u.session_id AS id FROM room_users JOIN users u ON u.id = user_id`;
    expect(await server.sql(visitors)).toEqual([{ id: bob.id }]);
  });
});
