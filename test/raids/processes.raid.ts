import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';

const RAIDERS = 400;
const AT_ONCE = 20;

describe('a raid on two workers', () => {
  let server: TestServer;
  let observer: SessionClient;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { DEFENCE: 'on', RATE_LIMIT_PER_KEY: '100000' } });
    observer = new Actors(server).person('observer');
  });

  afterAll(() => server.stop());

  /** Adds the ids of messages that a stranger is shown now. */
  async function look(seen: Set<number>): Promise<void> {
    const rows = (await observer.messagesSince('lobby', 0, { limit: 256 })).expect(200).json;
    for (const row of rows) if (typeof row.data === 'string' && !row.whisper) seen.add(row.id);
  }

  it('shows six first posts at most, also when all processes are killed in the middle', async () => {
    const seen = new Set<number>();
    let taken = 0;
    for (let start = 0; start < RAIDERS; start += AT_ONCE) {
      if (start === RAIDERS / 2) {
        await server.kill('SIGKILL');
        await server.restart();
      }
      const raid = Array.from({ length: AT_ONCE }, async (_, index) => {
        const raider = server.client(new Identity());
        const answer = await raider.postMessage('lobby', `line ${start + index}`);
        if (answer.status === 201) taken += 1;
        raider.close();
      });
      await Promise.all(raid);
      await look(seen);
    }
    expect(taken).toBe(RAIDERS);
    expect(seen.size).toBeLessThanOrEqual(6);
    expect(await server.sql('SELECT cause FROM incidents')).toHaveLength(1);
    expect(await server.sql('SELECT state FROM room_defences')).toEqual([{ state: 'guarded' }]);
    await eventually(async () => {
      const rows = await server.sql(`SELECT 1 FROM messages WHERE state = 'published' AND data IS NOT NULL
        AND whisper_to IS NULL AND NOT whisper_mods`);
      return rows.length === 0;
    }, 40_000);
    process.stdout.write(`two workers, killed in the middle: ${taken} posts, ${seen.size} seen, all gone\n`);
  });
});
