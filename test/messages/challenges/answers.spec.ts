import { type SessionClient } from '../../client/client.js';
import { encodeMessage } from '../../client/message.js';
import { type MessageRow } from '../../client/types.js';
import { Actors, identityOf } from '../../support/actors.js';
import { type Card, Challenges } from '../../support/challenges.js';
import { holdForReasons } from '../../support/message-states.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

let server: OpenServer;
let other: OpenServer;
let actors: Actors;
let challenges: Challenges;
let bob: SessionClient;
let people = 0;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '10000', DEFENCE: 'off' }, heldClock: true });
  other = await openServer({ beside: server });
  actors = new Actors(server);
  challenges = new Challenges(server);
  ({ bob } = actors);
  await holdForReasons(server);
});

beforeEach(async () => {
  await server.forgetRaids();
});

afterAll(async () => {
  await other.stop();
  await server.stop();
});

const somebody = (): SessionClient => actors.person(`newcomer ${++people}`);

const gone = async (person: SessionClient, { id }: Card): Promise<boolean> =>
  (await person.message('lobby', id)).status === 404;

async function defence(): Promise<Record<string, number[]>> {
  const [row] = await server.sql('SELECT solved, right_answers, wrong_answers FROM room_defences');
  return (row ?? {}) as Record<string, number[]>;
}

/** The quote of a card as clients write it. */
function quoteOf({ posted, author }: Card, off = 0): { timestamp: number; author: string } {
  return { timestamp: Math.floor(posted * 1000) + off, author };
}

describe('a card', () => {
  it('is whispered only to people whose posts are held, with four pictures and the word for one of them', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    expect(card.text).toMatch(/^Only you can see this\. /);
    expect(card.text).toContain(`tap the ${card.rightText}`);
    expect(card.buttons).toHaveLength(4);
    expect(card.buttons).toContain(card.right);
    expect(await gone(bob, card)).toBe(true);
    expect(await challenges.shows(bob, person)).toBe(false);
  });

  it('accepts nobody else’s tap, and answers a guessed id as a missing one', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const mod = await actors.moderator();
    for (const stranger of [bob, mod, somebody()]) {
      const answer = await stranger.react('lobby', card.id, card.right);
      const missing = await stranger.react('lobby', 999_999, card.right);
      expect([answer.status, answer.text]).toEqual([404, missing.text]);
      expect((await stranger.reactors('lobby', card.id, card.right)).status).toBe(404);
    }
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'asked', wrong_tries: 0 });
  });

  it('tells its reader who has put the pictures there', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const reactors = (await person.reactors('lobby', card.id, card.right)).expect(200).json;
    expect(reactors.map(([id]) => id)).toEqual([card.author]);
  });

  it('ignores other reactions, and one that is taken back', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    expect((await person.react('lobby', card.id, '👍')).status).toBe(200);
    expect((await person.unreact('lobby', card.id, card.wrong)).json).toMatchObject({ removed: false });
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'asked', wrong_tries: 0 });
    const { reactions } = (await person.message('lobby', card.id)).json;
    expect(Object.keys(reactions)).toEqual(card.buttons);
  });
});

describe('a right tap', () => {
  it('publishes all posts of its author that were held for this, and removes the card', async () => {
    const person = somebody();
    await challenges.post(person, 'guarded');
    const { id: media } = await challenges.post(person, 'media');
    const card = await challenges.cardFor(person);
    expect((await person.react('lobby', card.id, card.right)).status).toBe(200);
    expect(await gone(person, card)).toBe(true);
    const rows = (await bob.recentMessages('lobby')).json;
    const shown = rows.filter(({ session_id }) => session_id === person.id).map(({ id }) => id);
    expect(shown).toHaveLength(2);
    expect(shown).not.toContain(media);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'published', card_id: null });
    const { solved, right_answers, wrong_answers } = await defence();
    expect([solved?.length, right_answers?.length, wrong_answers?.length]).toEqual([1, 1, 0]);
  });

  it('is wrong when it comes within three seconds', async () => {
    const person = somebody();
    const { seqno } = await challenges.post(person);
    await person.messagesSince('lobby', seqno - 1);
    const card = await challenges.getCard(person);
    await server.clock.advance('2 seconds');
    await person.react('lobby', card.id, card.right);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'wrong', wrong_tries: 1 });
    expect(await challenges.shows(bob, person)).toBe(false);
  });

  it('does not count after a wrong one', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    expect((await person.react('lobby', card.id, card.wrong)).status).toBe(200);
    expect((await person.react('lobby', card.id, card.right)).status).toBe(404);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'wrong', wrong_tries: 1, card_id: null });
    expect((await defence()).wrong_answers).toHaveLength(1);
  });

  it('at one process and a wrong one at another at once: the first one counts, once', async () => {
    for (let round = 0; round < 5; round++) {
      const person = somebody();
      const card = await challenges.cardFor(person);
      const elsewhere = other.client(identityOf(`newcomer ${people}`));
      const taps = await Promise.all([
        person.react('lobby', card.id, card.right),
        elsewhere.react('lobby', card.id, card.wrong),
        person.react('lobby', card.id, card.wrong),
        elsewhere.react('lobby', card.id, card.right),
      ]);
      expect(taps.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
      const first = taps.findIndex(({ status }) => status === 200);
      const isRight = first === 0 || first === 3;
      expect(await challenges.rowOf(person)).toMatchObject({
        state: isRight ? 'published' : 'wrong',
        wrong_tries: isRight ? 0 : 1,
      });
      expect(await challenges.shows(bob, person)).toBe(isRight);
    }
  });
});

describe('a wrong answer', () => {
  it('brings another question a minute later, and the third one none', async () => {
    const person = somebody();
    let card = await challenges.cardFor(person);
    for (let wrong = 1; wrong <= 2; wrong++) {
      await person.react('lobby', card.id, card.wrong);
      await server.clock.advance('59 seconds');
      await challenges.runJobs();
      expect(await challenges.rowOf(person)).toMatchObject({ state: 'wrong', wrong_tries: wrong });
      await server.clock.advance('2 seconds');
      await challenges.runJobs();
      card = await challenges.readCard(person);
      expect(card.text).toContain('That was not right');
    }
    await person.react('lobby', card.id, card.wrong);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'failed', wrong_tries: 3 });
    expect((await challenges.textsFor(person))[0]).toContain('A moderator looks at your message');
    await server.clock.advance('2 minutes');
    await challenges.runJobs();
    const { seqno } = await challenges.post(person);
    await person.messagesSince('lobby', seqno - 1);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'failed', card_id: null });
    const [held] = await server.sql(
      `SELECT count(*) AS count FROM messages m JOIN users u ON u.id = m.user_id
       WHERE u.session_id = $1 AND m.state = 'held'`,
      [person.id],
    );
    expect(held).toEqual({ count: '2' });
  });

  it('gives no further tries to people who delete their post meanwhile', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    await person.react('lobby', card.id, card.wrong);
    expect((await person.deleteAll('lobby', person.id)).status).toBe(200);
    await server.clock.advance('61 seconds');
    await challenges.runJobs();
    await challenges.cardFor(person);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'asked', wrong_tries: 1 });
  });
});

describe('a typed answer', () => {
  const statesOf = async (person: SessionClient, id: number): Promise<unknown> => {
    const [row] = await server.sql('SELECT state FROM messages WHERE id = $1', [id]);
    expect((await person.message('lobby', id)).status).toBe(200);
    return row?.state;
  };
  const write = async (person: SessionClient, text: string, options = {}): Promise<MessageRow> =>
    (await person.postMessage('lobby', text, options)).expect(201).json;

  it('may be the word on the card, and nobody else ever sees it', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const { id } = await write(person, ` ${card.rightText.toUpperCase()}! `);
    expect(await statesOf(person, id)).toBe('unseen');
    expect((await bob.message('lobby', id)).status).toBe(404);
    expect(await challenges.shows(bob, person)).toBe(true);
    expect(await gone(person, card)).toBe(true);
  });

  it('is wrong when it is the name of another picture', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const { question, wrong } = card;
    const name = question.kind === 'pictures' && question.pictures.find(({ picture }) => picture === wrong);
    await write(person, name ? name.name : '');
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'wrong', wrong_tries: 1 });
  });

  it.each([
    ['as old clients round its time', -1],
    ['as its time is', 0],
    ['as new clients round its time', 1],
  ])('may be a reply to the card, %s', async (_what, off) => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const { id } = await write(person, card.rightText, { quote: quoteOf(card, off) });
    expect(await statesOf(person, id)).toBe('unseen');
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'published' });
  });

  it('is wrong when the reply says something else', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const { id } = await write(person, 'let me in', { quote: quoteOf(card) });
    expect(await statesOf(person, id)).toBe('unseen');
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'wrong' });
  });

  it('does not count when it is said to somebody else, or says more', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const elsewhere = { ...quoteOf(card), author: bob.id };
    await write(person, 'held for guarded', { quote: elsewhere });
    await write(person, 'held for guarded', { quote: quoteOf(card, 2) });
    await write(person, `I held for guarded ${card.rightText}`);
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'asked', wrong_tries: 0 });
    expect(await challenges.shows(bob, person)).toBe(false);
  });

  it('is accepted in a slow room and beyond the rate of posts', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    await server.plaza('room', 'set', 'lobby', '--slow-mode', '600', '--post-rate-limit', '1');
    expect((await person.postMessage('lobby', 'something else')).status).toBe(429);
    const { id } = await write(person, card.rightText);
    expect(await statesOf(person, id)).toBe('unseen');
    await server.plaza('room', 'set', 'lobby', '--slow-mode', 'default', '--post-rate-limit', 'default');
    expect(await challenges.rowOf(person)).toMatchObject({ state: 'published' });
  });

  it('is the same message and no second answer when it is sent again', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    const data = encodeMessage({ body: card.rightText, timestamp: server.clock.milliseconds() });
    const send = (): Promise<MessageRow> => write(person, '', { data });
    const first = await send();
    expect((await send()).id).toBe(first.id);
    expect((await defence()).right_answers).toHaveLength(1);
  });
});
