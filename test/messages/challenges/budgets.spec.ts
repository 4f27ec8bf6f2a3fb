import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { type Card, Challenges } from '../../support/challenges.js';
import { holdForReasons } from '../../support/message-states.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

let server: OpenServer;
let actors: Actors;
let challenges: Challenges;
let bob: SessionClient;
let people = 0;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '10000', DEFENCE: 'off' }, heldClock: true });
  actors = new Actors(server);
  challenges = new Challenges(server);
  ({ bob } = actors);
  await holdForReasons(server);
});

beforeEach(async () => {
  await server.forgetRaids();
  await server.sql('DELETE FROM challenges');
});

afterAll(() => server.stop());

const somebody = (): SessionClient => actors.person(`solver ${++people}`);

/** Has things happened in the lobby at this moment, each `count` times. */
async function happened(
  counts: Partial<Record<'solved' | 'wrong_answers' | 'attempts', number>>,
): Promise<void> {
  for (const [column, count] of Object.entries(counts)) {
    await server.sql(
      `INSERT INTO room_defences (room_id, since, ${column})
       SELECT id, 0, array_fill(floor(plaza_now())::int, ARRAY[$1::int]) FROM rooms WHERE token = 'lobby'
       ON CONFLICT (room_id) DO UPDATE SET ${column} = excluded.${column}`,
      [count],
    );
  }
}

async function solve(person: SessionClient, card: Card): Promise<void> {
  expect((await person.react('lobby', card.id, card.right)).status).toBe(200);
}

const stateOf = async (person: SessionClient): Promise<string | undefined> =>
  (await challenges.rowOf(person))?.state;

describe('people who solve beyond the budget', () => {
  it('are told that they wait, and are published as soon as there is room', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    await happened({ solved: 10 });
    await solve(person, card);
    expect(await stateOf(person)).toBe('solved');
    expect((await challenges.textsFor(person))[0]).toContain('That is right, thank you.');
    await server.clock.advance('9 minutes');
    await challenges.runJobs();
    expect([await stateOf(person), await challenges.shows(bob, person)]).toEqual(['solved', false]);
    await server.clock.advance('1 minute');
    await challenges.runJobs();
    expect([await stateOf(person), await challenges.shows(bob, person)]).toEqual(['published', true]);
  });

  it('are published as long as there is room, and no newcomer comes first', async () => {
    const crowd = Array.from({ length: 12 }, somebody);
    const cards: Card[] = [];
    for (const person of crowd) cards.push(await challenges.cardFor(person));
    const late = somebody();
    const lateCard = await challenges.cardFor(late);
    await happened({ solved: 10 });
    for (const [index, card] of cards.entries()) await solve(crowd[index] ?? late, card);
    await server.clock.advance('10 minutes');
    await solve(late, lateCard);
    expect(await stateOf(late)).toBe('solved');
    await challenges.runJobs();
    const states = await Promise.all([...crowd, late].map(stateOf));
    expect(states.filter((state) => state === 'published')).toHaveLength(10);
    expect(states.filter((state) => state === 'solved')).toHaveLength(3);
  });

  it('are left to a moderator when a room is flooded, also when it no longer is', async () => {
    const [early, late] = [somebody(), somebody()];
    const earlyCard = await challenges.cardFor(early);
    const lateCard = await challenges.cardFor(late);
    await happened({ solved: 10 });
    await solve(early, earlyCard);
    expect(await stateOf(early)).toBe('solved');
    await happened({ attempts: 120 });
    await solve(late, lateCard);
    await server.clock.advance('6 seconds');
    await challenges.runJobs();
    expect([await stateOf(early), await stateOf(late)]).toEqual(['failed', 'failed']);
    for (const person of [early, late]) {
      expect((await challenges.textsFor(person))[0]).toContain('a moderator looks at your message');
    }
    await server.clock.advance('2 hours');
    await challenges.runJobs();
    expect([await challenges.shows(bob, early), await challenges.shows(bob, late)]).toEqual([false, false]);
  });
});

describe('a question in words', () => {
  it('is asked once the budget of pictures is used up, and is answered by typing', async () => {
    await happened({ solved: 10 });
    const person = somebody();
    const card = await challenges.cardFor(person);
    expect([card.question.kind, card.buttons]).toEqual(['words', []]);
    expect(card.text).toContain(card.question.kind === 'words' ? card.question.text : '');
    expect((await person.postMessage('lobby', `${card.right}.`)).status).toBe(201);
    expect([await stateOf(person), await challenges.shows(bob, person)]).toEqual(['published', true]);
  });

  it('is asked while most answers to pictures are wrong', async () => {
    await happened({ wrong_answers: 6 });
    expect((await challenges.cardFor(somebody())).question.kind).toBe('words');
    await server.clock.advance('61 minutes');
    expect((await challenges.cardFor(somebody())).question.kind).toBe('pictures');
  });

  it('follows a right picture while most answers to pictures are wrong, and is the first that publishes', async () => {
    const person = somebody();
    const pictures = await challenges.cardFor(person);
    await happened({ wrong_answers: 6 });
    (await person.react('lobby', pictures.id, pictures.right)).expect(200);
    expect(await challenges.shows(bob, person)).toBe(false);
    expect((await person.message('lobby', pictures.id)).status).toBe(404);
    const words = await challenges.readCard(person);
    expect(words.question.kind).toBe('words');
    await person.postMessage('lobby', words.right);
    expect([await stateOf(person), await challenges.shows(bob, person)]).toEqual(['published', true]);
    expect((await challenges.rowOf(person))?.wrong_tries).toBe(0);
  });

  it('is one of the operator’s own where there are any', async () => {
    const plaza = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await server.plaza('room', 'question', ...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    await plaza('add', 'lobby', 'What is our parrot called?', 'Coco', 'Coco the Parrot');
    await plaza('add', 'lobby', 'Which day do we meet?', 'Friday');
    await plaza('remove', 'lobby', '2');
    expect(await plaza('list', 'lobby')).toBe('1\tWhat is our parrot called?\tCoco | Coco the Parrot\n');
    await happened({ solved: 10 });
    const person = somebody();
    const card = await challenges.cardFor(person);
    expect(card.text).toContain('What is our parrot called?');
    await person.postMessage('lobby', 'coco THE parrot');
    expect(await stateOf(person)).toBe('published');
    await plaza('remove', 'lobby', '1');
    expect(await plaza('list', 'lobby', '--json')).toBe('[]\n');
  });

  it.each([
    ['add', 'lobby', 'How?', '?!'],
    ['add', 'lobby', ' ', 'yes'],
    ['add', 'lobby', 'How?'],
    ['remove', 'lobby', '7'],
    ['remove', 'lobby', 'all'],
  ])('is refused as plaza room question %s %s %s %s', async (...args) => {
    const { code, stderr } = await server.plaza('room', 'question', ...args);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a right answer', () => {
  it('publishes nothing of people whom staff has shadowed or muted meanwhile', async () => {
    for (const mark of [['shadow'], ['mute']]) {
      const person = somebody();
      const card = await challenges.cardFor(person);
      const { code } = await server.plaza('user', ...mark, person.id, '--room', 'lobby');
      expect(code).toBe(0);
      await solve(person, card);
      expect(await challenges.shows(bob, person)).toBe(false);
      const [defence] = await server.sql('SELECT solved FROM room_defences');
      expect(defence).toEqual({ solved: [] });
    }
  });

  it('that comes too late for clients to take the message tells so', async () => {
    const person = somebody();
    const card = await challenges.cardFor(person);
    await server.clock.advance('7 hours');
    await solve(person, card);
    expect(await challenges.shows(bob, person)).toBe(false);
    expect((await challenges.textsFor(person))[0]).toContain('please write it again');
    // The next post gets another challenge.
    await challenges.cardFor(person);
  });
});
