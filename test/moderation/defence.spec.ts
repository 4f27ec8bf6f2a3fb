import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { rowCounts } from '../support/row-counts.js';
import { openServer, type OpenServer } from '../support/open-server.js';

interface Row {
  state: string;
  heldFor: string | null;
  incident: string | null;
}

let server: OpenServer;
let actors: Actors;
let made = 0;

const fresh = (): SessionClient => actors.person(`fresh ${++made}`);
const states = async (): Promise<Row[]> =>
  (await server.sql(
    `SELECT m.state, m.held_for AS "heldFor", m.incident_id AS incident FROM messages m
     WHERE m.whisper_to IS NULL AND NOT m.whisper_mods ORDER BY m.id`,
  )) as unknown as Row[];
const defence = async (): Promise<{ state: string; attempts: number[] } | undefined> =>
  (await server.sql('SELECT state, attempts FROM room_defences'))[0] as { state: string; attempts: number[] };
const statesBy = async (): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { state, heldFor } of await states()) {
    const key = heldFor === null ? state : `${state} ${heldFor}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

beforeEach(async () => {
  server = await openServer({ env: { DEFENCE: 'on' }, heldClock: true });
  actors = new Actors(server);
});

afterEach(() => server.stop());

async function establish(name: string): Promise<SessionClient> {
  const person = actors.person(name);
  (await person.postMessage('lobby', 'first')).expect(201);
  await server.sql('UPDATE trust SET regular_since = 1, member_since = 1');
  return person;
}

describe('the defence of a room', () => {
  it('publishes six strangers in a minute, and is guarded from the eighth on', async () => {
    for (let i = 1; i <= 12; i += 1) (await fresh().postMessage('lobby', `random line ${i}`)).expect(201);
    expect(await statesBy()).toEqual({ published: 6, 'held first_post': 1, 'held guarded': 5 });
    expect((await defence())?.state).toBe('guarded');
    const rows = await states();
    expect(rows.slice(7).every(({ incident }) => incident !== null)).toBe(true);
  });

  it('counts posts that come at once as those that come one after the other', async () => {
    const raid = Array.from({ length: 40 }, (_, i) => fresh().postMessage('lobby', `at once ${i}`));
    for (const { status } of await Promise.all(raid)) expect(status).toBe(201);
    const { published } = await statesBy();
    expect(published).toBe(6);
    expect((await defence())?.attempts).toHaveLength(40);
  });

  it('writes two rows for a raider who does not poll, the person and the message', async () => {
    for (let i = 1; i <= 10; i += 1) (await fresh().postMessage('lobby', `random line ${i}`)).expect(201);
    await server.clock.advance('15 seconds');
    await server.runJob('defence of rooms');
    const before = await rowCounts(server);
    for (let i = 1; i <= 20; i += 1) (await fresh().postMessage('lobby', `another line ${i}`)).expect(201);
    await server.clock.advance('1 minute');
    await server.runJob('defence of rooms');
    const after = await rowCounts(server);
    const grown = Object.entries(after).filter(([table, rows]) => rows !== before[table]);
    expect(Object.fromEntries(grown.map(([table, rows]) => [table, rows - (before[table] ?? 0)]))).toEqual({
      messages: 20,
      users: 20,
    });
  });

  it('remembers enough attempts to tell that it is flooded', async () => {
    const raid = Array.from({ length: 150 }, (_, i) => fresh().postMessage('lobby', `flood ${i}`));
    await Promise.all(raid);
    expect((await defence())?.attempts).toHaveLength(120);
  });

  it('lets established people write as before while it is guarded, and shows strangers to nobody', async () => {
    const regular = await establish('regular');
    await server.clock.advance('1 day');
    for (let i = 1; i <= 10; i += 1) (await fresh().postMessage('lobby', `raid ${i}`)).expect(201);
    for (let i = 1; i <= 3; i += 1) (await regular.postMessage('lobby', `regular ${i}`)).expect(201);
    const texts = (await regular.messagesSince('lobby', 0)).expect(200).json.length;
    expect(texts).toBe(1 + 6 + 3);
  });

  it('accepts three held posts of a stranger and refuses the fourth', async () => {
    for (let i = 1; i <= 8; i += 1) (await fresh().postMessage('lobby', `raid ${i}`)).expect(201);
    const stranger = fresh();
    for (let i = 1; i <= 3; i += 1) (await stranger.postMessage('lobby', `again ${i}`)).expect(201);
    (await stranger.postMessage('lobby', 'once more')).expect(429);
  });

  it('counts a stranger once who deletes held posts and posts again, and refuses the fourth', async () => {
    const stranger = fresh();
    const post = (n: number) => stranger.postMessage('lobby', `picture ${n}`, { attachments: [{ id: n }] });
    for (let i = 1; i <= 3; i += 1) {
      const { id } = (await post(i)).expect(201).json;
      (await stranger.deleteMessage('lobby', id)).expect(200);
      await server.clock.advance('1 minute');
    }
    (await post(4)).expect(429);
    await server.clock.advance('20 minutes');
    (await post(5)).expect(201);
    expect((await defence())?.attempts).toHaveLength(1);
    await server.clock.advance('25 hours');
    (await post(6)).expect(201);
    expect((await defence())?.attempts).toHaveLength(1);
    expect(await statesBy()).toEqual({ 'unseen media': 3, 'held media': 2 });
  });

  it.each(['hold', 'unseen'])('counts strangers whose posts a rule of staff keeps: %s', async (then) => {
    const rule = JSON.parse(
      await server.operate('rules', 'add', 'casinos', '--words', 'casino', '--then', then, '--json'),
    ) as { id: number };
    await server.operate('rules', 'arm', String(rule.id));
    for (let i = 1; i <= 8; i += 1) (await fresh().postMessage('lobby', `casino ${i}`)).expect(201);
    expect(await defence()).toMatchObject({ state: 'guarded' });
    expect((await defence())?.attempts).toHaveLength(8);
    expect(await statesBy()).toEqual({ [then === 'hold' ? 'held rule' : 'unseen']: 8 });
    const stranger = fresh();
    const answers = [];
    for (let i = 1; i <= 4; i += 1) answers.push(await stranger.postMessage('lobby', `a casino ${i}`));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, then === 'hold' ? 429 : 201]);
  });

  it('is guarded when three people write the same, however they disguise it', async () => {
    const said = [
      'Join the best casino of the town!',
      'JOIN the bést casino of the town 777',
      'Jоin thе bеst casino of the town',
    ];
    for (const text of said) (await fresh().postMessage('lobby', text)).expect(201);
    expect((await defence())?.state).toBe('guarded');
    // The process that has made the room guarded takes back what set that off at once.
    await eventually(async () => (await statesBy()).withdrawn === 1);
    expect(await statesBy()).toEqual({ published: 1, withdrawn: 1, 'held likeness': 1 });
  });

  it('lets a newcomer write one post in fifteen seconds', async () => {
    const newcomer = fresh();
    (await newcomer.postMessage('lobby', 'hello')).expect(201);
    (await newcomer.postMessage('lobby', 'hello again')).expect(429);
    await server.clock.advance('16 seconds');
    (await newcomer.postMessage('lobby', 'hello again')).expect(201);
    expect(await statesBy()).toEqual({ published: 2 });
  });

  it('decides and changes nothing when it only watches', async () => {
    await server.plaza('room', 'set', 'lobby', '--defence', 'watch');
    for (let i = 1; i <= 10; i += 1) (await fresh().postMessage('lobby', `raid ${i}`)).expect(201);
    expect(await statesBy()).toEqual({ published: 10 });
    expect((await defence())?.state).toBe('guarded');
  });

  it('counts a post that is withdrawn or deleted as one that was published', async () => {
    for (let i = 1; i <= 6; i += 1) {
      const person = fresh();
      const { id } = (await person.postMessage('lobby', `shy ${i}`)).expect(201).json;
      (await person.deleteMessage('lobby', id)).expect(200);
    }
    (await fresh().postMessage('lobby', 'the seventh')).expect(201);
    expect((await statesBy())['held first_post']).toBe(1);
  });

  it('takes back the first posts of people who do not poll within 13 seconds, and keeps those of people who do', async () => {
    const honest = fresh();
    (await honest.messagesSince('lobby', 0)).expect(200);
    await eventually(async () => (await server.sql('SELECT 1 FROM room_users')).length > 0);
    (await honest.postMessage('lobby', 'I am a person')).expect(201);
    for (let i = 1; i <= 10; i += 1) (await fresh().postMessage('lobby', `raid ${i}`)).expect(201);
    await server.clock.advance('16 seconds');
    await server.runJob('defence of rooms');
    expect(await statesBy()).toMatchObject({ published: 1, withdrawn: 5 });
    const seen = (await actors.person('bob').messagesSince('lobby', 0)).expect(200).json;
    expect(seen.filter((row) => 'data' in row && row.data !== null)).toHaveLength(1);
    const moderator = await actors.moderator();
    const told = (await moderator.messagesSince('lobby', 0)).expect(200).json;
    expect(told.filter((row) => 'whisper_mods' in row)).toHaveLength(1);
  });

  it('takes back all but the oldest of the same posts', async () => {
    const said = 'Join the best casino of the town!';
    for (let i = 1; i <= 3; i += 1) {
      const polls = fresh();
      (await polls.messagesSince('lobby', 0)).expect(200);
      (await polls.postMessage('lobby', `${said} ${i}`)).expect(201);
    }
    await server.runJob('defence of rooms');
    expect(await statesBy()).toMatchObject({ withdrawn: 1, 'held likeness': 1 });
  });

  it('ends after half an hour when few strangers come any more, and is calm six hours later', async () => {
    for (let i = 1; i <= 10; i += 1) (await fresh().postMessage('lobby', `raid ${i}`)).expect(201);
    await server.clock.advance('29 minutes');
    await server.runJob('defence of rooms');
    expect((await defence())?.state).toBe('guarded');
    await server.clock.advance('40 minutes');
    await server.runJob('defence of rooms');
    expect((await defence())?.state).toBe('alert');
    (await fresh().postMessage('lobby', 'late')).expect(201);
    expect((await states()).at(-1)?.heldFor).toBe('guarded');
    await server.clock.advance('6 hours');
    await server.runJob('defence of rooms');
    expect((await defence())?.state).toBe('calm');
    const told = await server.plaza('audit', '--json');
    expect(told.stdout).toContain('raid.state');
  });

  it('makes members of people with three posts on two days, by the posts that still stand', async () => {
    const person = fresh();
    const shy = fresh();
    const { id: takenBack } = (await shy.postMessage('lobby', 'shyly')).expect(201).json;
    // Before the third post: the job may run by itself at any time after that.
    (await shy.deleteMessage('lobby', takenBack)).expect(200);
    for (const wait of ['0 seconds', '1 minute', '25 hours']) {
      await server.clock.advance(wait);
      (await person.postMessage('lobby', `at ${wait}`)).expect(201);
      if (wait !== '0 seconds') (await shy.postMessage('lobby', `shyly ${wait}`)).expect(201);
    }
    await server.runJob('new members');
    expect(await server.sql('SELECT count(*)::int FROM trust WHERE member_since IS NOT NULL')).toEqual([
      { count: 1 },
    ]);
  });

  it('lets as many more strangers write as staff expects, for as long as it does', async () => {
    expect((await server.plaza('room', 'expect', 'lobby', 'many', '2h')).code).toBe(2);
    await server.plaza('room', 'expect', 'lobby', '20', '2h');
    for (let i = 1; i <= 20; i += 1) (await fresh().postMessage('lobby', `invited ${i}`)).expect(201);
    expect(await statesBy()).toEqual({ published: 20 });
    await server.clock.advance('3 hours');
    for (let i = 1; i <= 7; i += 1) (await fresh().postMessage('lobby', `late ${i}`)).expect(201);
    expect(await statesBy()).toEqual({ published: 26, 'held first_post': 1 });
  });
});
