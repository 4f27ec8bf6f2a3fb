import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** Messages of each room. */
const MANY = 20_000;
const READS = 8;

/** Two large rooms, of which one has had no message since the first one of the other: `quiet` and then `busy`. */
describe('a large room beside a busier one', () => {
  let server: OpenServer;
  let alice: SessionClient;
  const first = new Map<string, number>();

  beforeAll(async () => {
    server = await openServer({ heldClock: true });
    ({ alice } = new Actors(server));
    for (const room of ['quiet', 'busy']) {
      await server.addRoom(room);
      (await alice.messagesSince(room, 0)).expect(200);
      const [row] = await server.sql(
        `WITH added AS (INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature)
         SELECT r.id, u.id, plaza_now() - 86400 * 40 + n, n, n, n, '\\x0a021234', 160, repeat('s', 64)::bytea
         FROM generate_series(1, $2::int) AS n, rooms r, users u WHERE r.token = $1 AND u.session_id = $3 RETURNING id)
         SELECT min(id) AS id FROM added`,
        [room, MANY, alice.id],
      );
      first.set(room, Number(row?.id));
      await server.sql('UPDATE rooms SET message_sequence = $2 WHERE token = $1', [room, MANY]);
    }
    await server.sql('ANALYZE messages');
  });

  afterAll(() => server.stop());

  /** Rows of messages that `work` reads, and how many look-ups they took. */
  async function rowsReadBy(work: () => Promise<unknown>, scans: number): Promise<number> {
    const count = async (): Promise<{ rows: number; scans: number }> => {
      const [row] = await server.sql(
        `SELECT seq_tup_read + idx_tup_fetch AS rows, seq_scan + idx_scan AS scans
         FROM pg_stat_user_tables WHERE relname = 'messages'`,
      );
      return { rows: Number(row?.rows), scans: Number(row?.scans) };
    };
    const before = await count();
    await work();
    await eventually(async () => (await count()).scans >= before.scans + scans);
    return (await count()).rows - before.rows;
  }

  it.each(['quiet', 'busy'])(
    '%s shows its newest and oldest messages by reading few others',
    async (room) => {
      const rows = await rowsReadBy(async () => {
        for (let limit = 10; limit < 10 + READS; limit += 1) {
          expect((await alice.recentMessages(room, { limit })).expect(200).json).toHaveLength(limit);
          const older = await alice.messagesBefore(room, (first.get(room) ?? 0) + limit, { limit });
          expect(older.expect(200).json).toHaveLength(limit);
        }
      }, 2 * READS);
      expect(rows).toBeLessThan(MANY / 4);
    },
  );

  it('is searched by a rule that is tried there, without reading other rooms', async () => {
    const { stdout } = await server.plaza('rules', 'test', '--words', 'casino', '--room', 'quiet');
    expect(stdout).toContain(`0 of ${MANY} messages`);
  });

  it('drops old messages without reading others', async () => {
    await server.plaza('room', 'set', 'busy', '--keep-messages', '39d');
    const rows = await rowsReadBy(() => server.runJob('old messages of rooms'), 2);
    const [left] = await server.sql(
      `SELECT count(*) AS all, count(*) FILTER (WHERE r.token = 'quiet') AS quiet
       FROM messages m JOIN rooms r ON r.id = m.room_id`,
    );
    expect([Number(left?.all), Number(left?.quiet)]).toEqual([MANY, MANY]);
    // Each message is found, looked at for pins and deleted, and its references are looked for.
    expect(rows).toBeLessThan(8 * MANY);
  });
});
