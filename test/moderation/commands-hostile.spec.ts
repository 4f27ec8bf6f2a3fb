import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';

let server: OpenServer;
let actors: Actors;
let mod: Screen;
let boss: Screen;
let stranger: Screen;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  await server.addRoom('garden');
  mod = new Screen(await actors.moderator());
  boss = new Screen(await actors.staff('boss', { in: 'lobby', admin: true }));
  await server.plaza('mod', 'add', boss.person.sessionId, '--room', 'garden', '--admin');
  stranger = new Screen(actors.person('stranger'));
});

afterAll(() => server.stop());

beforeEach(() => server.clock.advance('2 minutes'));

async function somebody(displayName = `person ${++count}`): Promise<Screen> {
  const person = new Screen(actors.person(displayName));
  (
    await person.person.postMessage('lobby', `hello from ${displayName.slice(0, 20)}`, { displayName })
  ).expect(201);
  return person;
}

async function statusOf({ person }: Screen): Promise<number> {
  return (await person.postMessage('lobby', `status ${++count}`)).status;
}

it('a command may answer a message of the server’s own', async () => {
  const person = await somebody();
  await mod.say(`/mute ${person.person.id}`);
  const answer = await mod.find('is muted here');
  const [{ id } = {}] = await server.sql(`SELECT max(id) AS id FROM events WHERE kind = 'mute'`);
  await mod.say(`/undo ${String(id)}`, answer);
  expect(await mod.whisper()).toMatch(/^Taken back: .* is not muted in lobby\.$/);
  await mod.say(`/warn @${person.person.id} be kind`, answer);
  expect(await mod.whisper()).toMatch(/is warned\.$/);
  await mod.say('/log', answer);
  expect(await mod.whisper()).toContain(': warn ');
  await mod.say('/warn be kind', answer);
  expect(await mod.whisper()).toContain('That message is the server’s own.');
});

it('nobody stays silent when a short ban is over', async () => {
  const person = await somebody();
  await mod.say('/ban 30s', await mod.find('hello from'));
  await server.clock.advance('61 seconds');
  await server.runJob('due permissions and bans');
  expect(await statusOf(person)).toBe(403);
  await server.clock.advance('31 seconds');
  await server.runJob('due permissions and bans');
  expect(await statusOf(person)).toBe(201);
});

it('a mute that is longer than the silence before a ban outlasts the ban', async () => {
  const person = await somebody();
  const hello = await mod.find('hello from');
  await mod.say('/mute 4h', hello);
  await mod.say('/ban 30s', hello);
  for (const seconds of [61, 31]) {
    await server.clock.advance(`${seconds} seconds`);
    await server.runJob('due permissions and bans');
  }
  expect(await statusOf(person)).toBe(429);
});

it('a moderator takes back the part that was done in their room', async () => {
  const person = await somebody();
  await boss.say('/mute all noise', await boss.find('hello from'));
  expect(await boss.whisper()).toContain('in all rooms that you moderate');
  const events = await server.sql(
    `SELECT id, room FROM events WHERE kind = 'mute' AND target = $1 ORDER BY id`,
    [person.person.id],
  );
  expect(new Set(events.map(({ room }) => room))).toEqual(new Set(['garden', 'lobby']));
  const here = events.find(({ room }) => room === 'lobby');
  await mod.say(`/undo ${String(here?.id)}`);
  expect(await mod.whisper()).toMatch(/^Taken back: .* is not muted in lobby\. Not taken back: /);
  expect(await statusOf(person)).toBe(201);
  const undone = await server.sql(`SELECT room FROM events WHERE kind = 'undo' AND target = $1`, [
    person.person.id,
  ]);
  expect(undone).toEqual([{ room: 'lobby' }]);
});

it('/why tells nobody what was said in another room', async () => {
  const person = await somebody();
  await mod.say('/mute loud here', await mod.find('hello from'));
  await server.plaza('command', 'run', `/mute ${person.person.id} secret of the garden`, '--room', 'garden');
  await person.say('/why');
  expect(await person.whisper()).toContain('Reason: loud here.');
});

it('/log shows what was done in a room however much was done in others', async () => {
  await somebody();
  await mod.say('/warn remember this', await mod.find('hello from'));
  await server.sql(
    `INSERT INTO events (at, actor, kind, target, room, transaction)
     SELECT plaza_now(), 'plaza', 'note', 'x', 'garden', 1 FROM generate_series(1, 600)`,
  );
  await mod.say('/log');
  expect(await mod.whisper()).toContain('remember this');
});

it('a display name that is made to be costly stops nobody', async () => {
  await somebody(`x${','.repeat(50_000)}x`);
  const person = await somebody('Plain Name');
  await mod.say('/who plain name');
  expect(await mod.whisper()).toContain(person.person.id);
});

it('a text with a zero in it is a command like any other', async () => {
  const person = await somebody();
  expect(await person.say('/rules \0')).toBe(201);
  expect(await person.whisper()).toContain('Nobody has written rules');
  expect(await stranger.texts()).not.toContain('/rules \0');
});

it('a time beyond all clocks is for ever', async () => {
  const person = await somebody();
  await mod.say('/mute 999999999w', await mod.find('hello from'));
  expect(await mod.whisper()).toMatch(/is muted here; they are told\.$/);
  expect(await statusOf(person)).toBe(429);
});

it('a long name of emoji is cut like any other', async () => {
  const person = await somebody('😀'.repeat(500));
  await mod.say(`/warn ${person.person.id} calm down`);
  expect(await mod.whisper()).toMatch(/^😀{39}… \(15\w{8}…\) is warned\.$/u);
});
