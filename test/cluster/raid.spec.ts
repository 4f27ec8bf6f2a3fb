import { join } from 'node:path';
import { Actors } from '../support/actors.js';
import { createDatabase } from '../support/database.js';
import { startServer, type TestServer } from '../support/server.js';

const STRANGERS = 120;

describe('a raid over two machines of one community', () => {
  let first: TestServer;
  let second: TestServer;

  beforeAll(async () => {
    const database = await createDatabase({ migrated: true });
    const env = { DEFENCE: 'on', BALANCER_GRACE: '0' };
    first = await startServer({ database, env: { ...env, MACHINE_NAME: 'plaza-1' } });
    second = await startServer({
      database: { ...database, drop: () => Promise.resolve() },
      env: { ...env, MACHINE_NAME: 'plaza-2', SERVER_KEY_FILE: join(first.dataDir, 'key_x25519') },
    });
  });

  afterAll(async () => {
    await second.stop();
    await first.stop();
  });

  it('gets past the defence no more often than a raid on one machine, although one is killed in the middle', async () => {
    const machines = [new Actors(first), new Actors(second)] as const;
    let answered = 0;
    const raid = Array.from({ length: STRANGERS }, async (_, index) => {
      const machine = machines[index % 2 === 0 ? 0 : 1];
      if (index === STRANGERS / 2) await second.kill('SIGKILL');
      // The machine that is killed leaves some without an answer.
      const answer = await machine
        .person(`raider ${index}`)
        .postMessage('lobby', `line ${index}`)
        .catch(() => undefined);
      if (answer?.status === 201) answered += 1;
    });
    await Promise.all(raid);
    expect(answered).toBeGreaterThanOrEqual(STRANGERS / 2);

    const rows = await first.sql(
      `SELECT count(*) FILTER (WHERE state IN ('published', 'withdrawn'))::int AS seen, count(*)::int AS kept
       FROM messages WHERE NOT whisper_mods`,
    );
    expect(Number(rows[0]?.seen)).toBeLessThanOrEqual(6);
    expect(Number(rows[0]?.kept)).toBeGreaterThanOrEqual(answered);
    expect(await first.sql('SELECT state FROM room_defences')).toEqual([{ state: 'guarded' }]);
    expect(await first.sql('SELECT count(*)::int AS count FROM incidents')).toEqual([{ count: 1 }]);
  });
});
