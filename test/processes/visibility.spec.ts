import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Actors } from '../support/actors.js';
import { type Cable, layCable } from '../support/cable.js';
import { createDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Change, CHANGES, type PreparedChange, type Writer } from './changes.js';

const FEED = 'plaza change feed';
const LOST = 'The change feed is lost';
const BACK = 'The change feed is back';

const REQUESTS = CHANGES.filter(({ madeBy }) => madeBy === 'request');

/**
 * Two servers of one community, so that a test knows whom it asks: one writes and the other has cached. Every process has to
 * know a change within 100 ms of its answer, and does within a few; but the machine of the tests may be busy, and what is
 * broken here stays unseen for good.
 */
describe('a change that one process makes', () => {
  let cable: Cable;
  let first: TestServer;
  let second: TestServer;
  let writer: Writer;
  let here: Actors;
  let there: Actors;

  beforeAll(async () => {
    const env = {
      POST_RATE_LIMIT: '100000',
      EDIT_RATE_LIMIT: '10000',
      REACTION_RATE_LIMIT: '10000',
      RATE_LIMIT_PER_KEY: '0',
    };
    const database = await createDatabase({ migrated: true });
    first = await startServer({ database, env });
    cable = await layCable(database.url);
    second = await startServer({
      database: { url: cable.url, drop: () => cable.cut() },
      env: { ...env, SERVER_KEY_FILE: join(first.dataDir, 'key_x25519') },
    });
    here = new Actors(first);
    there = new Actors(second);
    writer = { server: first, actors: here, boss: await here.globalAdmin() };
  });

  afterAll(async () => {
    await second.stop();
    await first.stop();
  });

  /** Prepares a change, and has both processes look until they hold what was before it. */
  async function prepare(change: Change): Promise<PreparedChange> {
    const prepared = await change.prepare(writer);
    for (const actors of [here, there]) {
      await eventually(async () => !(await prepared.shows(actors)));
      expect(await prepared.shows(actors)).toBe(false);
    }
    return prepared;
  }

  /** Waits until the first process shows a change. It hears of a command's change as the second one does, and shows its own at once. */
  async function expectOwnChange({ madeBy }: Change, { shows }: PreparedChange): Promise<void> {
    if (madeBy === 'command') await eventually(() => shows(here));
    else expect(await shows(here)).toBe(true);
  }

  /** Waits until the second process has said so once more than `before` times. */
  async function hears(text: string, before: number): Promise<void> {
    await eventually(() => timesSaid(text) > before);
  }

  function timesSaid(text: string): number {
    return second.log().split(text).length - 1;
  }

  /** Ends the LISTEN sessions of both, as an administrator or a restarted pooler may. */
  function endListening(): Promise<unknown> {
    return first.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND datname = current_database()`,
      [FEED],
    );
  }

  describe('is seen by its own next request and at once by the other process', () => {
    it.each(CHANGES)('$name', async (change) => {
      const prepared = await prepare(change);
      await prepared.make();
      await Promise.all([expectOwnChange(change, prepared), eventually(() => prepared.shows(there))]);
    });
  });

  describe('is seen also when the LISTEN sessions end at that moment', () => {
    it.each(REQUESTS.map((change, index) => ({ ...change, delay: index % 8 })))(
      '$name, $delay ms later',
      async ({ delay, ...change }) => {
        const prepared = await prepare(change);
        const ended = sleep(delay).then(endListening);
        await prepared.make();
        await Promise.all([expectOwnChange(change, prepared), eventually(() => prepared.shows(there))]);
        await ended;
      },
    );
  });

  describe('is seen by the very next request of a process that knows its feed is lost', () => {
    let duringSilence: PreparedChange;

    beforeAll(async () => {
      await eventually(() => timesSaid(LOST) === timesSaid(BACK));
      const before = timesSaid(LOST);
      duringSilence = await prepare(findChange('a ban from the room'));
      cable.goDead(FEED);
      await duringSilence.make();
      await hears(LOST, before);
    });

    it('even when it was made before the process knew', async () => {
      expect(await duringSilence.shows(there)).toBe(true);
    });

    it.each(REQUESTS)('$name', async (change) => {
      const prepared = await prepare(change);
      await prepared.make();
      expect(await prepared.shows(there)).toBe(true);
      expect(await prepared.shows(here)).toBe(true);
    });

    it('however many ask meanwhile', async () => {
      const post = async (): Promise<number> =>
        (await here.alice.postMessage('lobby', 'one more')).expect(201).json.seqno;
      let answered = await post();
      let isOver = false;
      const poll = async (index: number): Promise<number> => {
        const reader = there.person(`poller ${index}`);
        for (let polls = 0; ; polls++) {
          const known = answered;
          if (isOver) return polls;
          const { message_sequence: seen } = (await reader.room('lobby')).expect(200).json;
          expect(seen).toBeGreaterThanOrEqual(known);
          const news = (await reader.messagesSince('lobby', known - 1)).expect(200).json;
          expect(news[0]?.seqno).toBe(known);
        }
      };
      const polling = Promise.all(Array.from({ length: 5 }, (_, index) => poll(index)));
      for (let posts = 0; posts < 40; posts++) answered = await post();
      isOver = true;
      expect(Math.min(...(await polling))).toBeGreaterThan(0);
    });

    it('and soon again once it hears, although it has cached something since', async () => {
      const before = timesSaid(BACK);
      await cable.mend();
      await hears(BACK, before);
      const { make, shows } = await prepare(findChange('a new message'));
      await make();
      await eventually(() => shows(there));
    });
  });
});

function findChange(name: string): Change {
  const change = CHANGES.find((one) => one.name === name);
  if (!change) throw new Error(`There is no change called ${name}`);
  return change;
}
