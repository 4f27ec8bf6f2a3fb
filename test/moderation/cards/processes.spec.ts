import { Client } from 'pg';
import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { type ShownMessage, ShownCards } from '../../support/cards.js';
import { eventually } from '../../support/eventually.js';
import { holdForReasons } from '../../support/message-states.js';
import { childrenOf } from '../../support/processes.js';
import { startServer, type TestServer } from '../../support/server.js';

const cards = new ShownCards();

describe('an answer to a card', () => {
  let server: TestServer;
  let actors: Actors;
  let mod: SessionClient;
  let other: Client;

  beforeAll(async () => {
    server = await startServer({ workers: 2, movableClock: true, env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server);
    mod = await actors.moderator();
    await holdForReasons(server);
    other = new Client(server.database.url);
    await other.connect();
  });

  afterAll(async () => {
    await other.end();
    await server.stop();
  });

  async function heldPost(name: string): Promise<{ author: SessionClient; card: ShownMessage }> {
    const author = actors.person(name);
    (await author.postMessage('lobby', 'held for media')).expect(201);
    let card: ShownMessage | undefined;
    await eventually(async () => {
      card = (await cards.shownTo(mod)).find(({ text }) => text.includes(`(${author.id.slice(0, 10)})`));
      return card !== undefined;
    });
    if (!card) throw new Error('there is no card');
    return { author, card };
  }

  async function killWorkers(): Promise<void> {
    const workers = await childrenOf(server.pid);
    for (const { pid } of workers) process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const now = (await childrenOf(server.pid)).map(({ pid }) => pid);
      return now.length === workers.length && !workers.some(({ pid }) => now.includes(pid));
    });
    await eventually(async () => (await mod.pollInfo('lobby')).status === 200);
  }

  const bansOf = async ({ id }: SessionClient): Promise<number> =>
    (await server.sql(`SELECT 1 FROM events WHERE kind = 'ban' AND target = $1`, [id])).length;

  it('takes effect once when all processes are killed before it has', async () => {
    const { author, card } = await heldPost('held');
    // The effect waits for this lock, and the answer does not.
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM users WHERE session_id = $1 FOR UPDATE', [author.id]);
    expect(await cards.tap(mod, card, '🔨')).toBe(200);
    await eventually(async () => {
      const waiting = await server.sql(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    await killWorkers();
    await other.query('ROLLBACK');
    expect(await bansOf(author)).toBe(0);
    await server.clock.advance('61 seconds');
    await eventually(() => cards.toldTo(mod, `${author.id.slice(0, 10)} is banned here`));
    expect(await bansOf(author)).toBe(1);
    expect((await author.pollInfo('lobby')).status).toBe(403);
  });

  it('takes effect once when its process is killed at whatever moment after it', async () => {
    for (const pause of [0, 5, 20]) {
      await server.clock.advance('10 minutes');
      const { author, card } = await heldPost(`killed after ${pause}`);
      // A killed process may have no time to answer.
      const tap = cards.tap(mod, card, '🔨').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, pause));
      await killWorkers();
      if ((await tap) === undefined) await cards.tap(mod, card, '🔨');
      await server.clock.advance('61 seconds');
      await eventually(() => cards.toldTo(mod, `${author.id.slice(0, 10)} is banned here`));
      await server.clock.advance('61 seconds');
      expect(await bansOf(author)).toBe(1);
      const told = (await cards.shownTo(mod)).filter(({ text }) =>
        text.includes(`${author.id.slice(0, 10)} is banned here`),
      );
      expect(told).toHaveLength(1);
    }
  }, 240_000);
});
