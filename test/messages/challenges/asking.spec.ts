import type * as databases from '../../../src/foundation/database/database.js';
import { type SessionClient } from '../../client/client.js';
import { Actors, identityOf } from '../../support/actors.js';
import { Challenges } from '../../support/challenges.js';
import { compiled } from '../../support/compiled.js';
import { eventually } from '../../support/eventually.js';
import { holdForReasons } from '../../support/message-states.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

const { Database } = await compiled<typeof databases>('foundation/database/database.js');

const POLLS = 200;
/** Statements of jobs and of activity in the seconds that the polls take. */
const BY_THE_CLOCK = 60;

let server: OpenServer;
let other: OpenServer;
let actors: Actors;
let challenges: Challenges;
let people = 0;

beforeAll(async () => {
  server = await openServer({
    env: { POST_RATE_LIMIT: '10000', RATE_LIMIT_PER_KEY: '0', DEFENCE: 'off' },
    heldClock: true,
  });
  other = await openServer({ beside: server, env: { RATE_LIMIT_PER_KEY: '0' } });
  actors = new Actors(server);
  challenges = new Challenges(server);
  await holdForReasons(server);
});

afterAll(async () => {
  await other.stop();
  await server.stop();
});

const somebody = (): SessionClient => actors.person(`asked ${++people}`);

/** Posts of the server that whisper to somebody. */
async function whispersTo(person: SessionClient): Promise<number> {
  const rows = (await person.recentMessages('lobby', { limit: 100 })).expect(200).json;
  return rows.filter(({ whisper_to }) => whisper_to === person.id).length;
}

describe('people whose posts are held', () => {
  it('are asked nothing before they poll', async () => {
    const person = somebody();
    await challenges.post(person);
    await challenges.cardFor(somebody());
    expect(await challenges.rowOf(person)).toBeUndefined();
  });

  it('are asked once, however many processes they poll at once', async () => {
    for (let round = 0; round < 5; round++) {
      const person = somebody();
      const elsewhere = other.client(identityOf(`asked ${people}`));
      const { seqno } = await challenges.post(person);
      await Promise.all([
        person.messagesSince('lobby', seqno - 1),
        elsewhere.messagesSince('lobby', seqno - 1),
        person.recentMessages('lobby'),
        elsewhere.recentMessages('lobby'),
      ]);
      await challenges.getCard(person);
      await challenges.post(person);
      await Promise.all([person.recentMessages('lobby'), elsewhere.recentMessages('lobby')]);
      // Attending to somebody else afterwards shows that those polls have been dealt with.
      await challenges.cardFor(somebody());
      expect(await whispersTo(person)).toBe(1);
    }
  });

  it('each get a card of their own when many poll at once', async () => {
    const crowd = Array.from({ length: 20 }, somebody);
    const posts = await Promise.all(crowd.map((person) => challenges.post(person)));
    await Promise.all(
      crowd.map((person, index) => person.messagesSince('lobby', (posts[index]?.seqno ?? 1) - 1)),
    );
    const cards = await Promise.all(crowd.map((person) => challenges.getCard(person)));
    expect(new Set(cards.map(({ id }) => id)).size).toBe(crowd.length);
  });

  it('are told once why a moderator decides, when no question helps', async () => {
    const person = somebody();
    await challenges.post(person, 'media');
    await challenges.post(person, 'media');
    await person.recentMessages('lobby');
    await eventually(async () => (await whispersTo(person)) === 1);
    expect((await challenges.textsFor(person))[0]).toBe(
      'Only you can see this. Your message has files or links. A moderator looks at your message before others see it.',
    );
    await challenges.post(person, 'name');
    await challenges.cardFor(person);
    expect(await whispersTo(person)).toBe(2);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'asked', is_explained: true });
  });

  it('are asked in the language of the room', async () => {
    await server.plaza('room', 'set', 'lobby', '--language', 'de');
    const person = somebody();
    const card = await challenges.cardFor(person);
    await server.plaza('room', 'set', 'lobby', '--language', 'default');
    expect(card.text).toMatch(/^Nur du kannst das sehen\. Deine Nachricht /);
    expect(card.text).toContain(`„${card.rightText}“`);
    expect((await person.postMessage('lobby', card.rightText.toLowerCase())).status).toBe(201);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'published' });
  });

  it('are asked no more after three days', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    await server.clock.advance('71 hours');
    await challenges.runJobs();
    expect((await person.message('lobby', card.id)).status).toBe(200);
    await server.clock.advance('1 hour');
    await challenges.runJobs();
    expect((await person.message('lobby', card.id)).status).toBe(404);
    expect(await challenges.rowOf(person)).toBeUndefined();
  });
});

describe('polls while somebody is asked', () => {
  /** Statements that many of a person's requests take. */
  async function statementsOf(poll: () => Promise<unknown>): Promise<number> {
    await poll();
    const before = server.get(Database).statistics().statements;
    for (let turn = 0; turn < POLLS; turn++) await poll();
    return server.get(Database).statistics().statements - before;
  }

  it('cost others nothing, nor people who are asked and find nothing new', async () => {
    const person = somebody();
    await challenges.cardFor(person);
    const { message_sequence: latest } = (await person.room('lobby')).json;
    expect(await statementsOf(() => person.messagesSince('lobby', latest))).toBeLessThan(BY_THE_CLOCK);
    expect(await statementsOf(() => actors.bob.recentMessages('lobby'))).toBeLessThan(BY_THE_CLOCK);
  });

  it('cost people who are asked, and read it all again, no more than two statements each', async () => {
    const person = somebody();
    await challenges.cardFor(person);
    const taken = await statementsOf(() => person.recentMessages('lobby'));
    expect(taken).toBeLessThan(2 * POLLS + BY_THE_CLOCK);
  });
});
