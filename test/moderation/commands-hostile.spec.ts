import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
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

it('/log shows the acts in a room however many there were in others', async () => {
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

it('a text with a zero byte is a command like any other', async () => {
  const person = await somebody();
  expect(await person.say('/rules \0')).toBe(201);
  expect(await person.whisper()).toContain('Nobody has written rules');
  expect(await stranger.texts()).not.toContain('/rules \0');
});

it('a time beyond all clocks means for ever', async () => {
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

it('/why tells somebody who is about to be banned of the ban', async () => {
  const person = await somebody();
  await mod.say(`/mute 5m ${person.person.id} too loud`);
  await mod.say('/ban 4h spam', await mod.find('hello from'));
  await person.say('/why');
  expect(await person.whisper()).toMatch(/banned you from this room until .* Reason: spam\./);
});

it('an edit makes no command of a moderator’s post', async () => {
  const { id } = (await mod.person.postMessage('lobby', 'good morning')).expect(201).json;
  const edited = await mod.person.editMessage('lobby', id, '/ban everybody');
  expect(edited.status).toBe(400);
  expect(edited.text).toContain('a command is posted');
  expect(await stranger.texts()).toContain('good morning');
  (await mod.person.editMessage('lobby', id, '//ban is a command')).expect(200);
  const person = await somebody();
  const own = (await person.person.postMessage('lobby', 'oh well')).expect(201).json;
  (await person.person.editMessage('lobby', own.id, '/shrug')).expect(200);
});

it('/purge from somebody concerns them, whatever message it answers', async () => {
  const [quoted, meant] = [await somebody(), await somebody()];
  const answered = await mod.find(`hello from person ${count - 1}`);
  await mod.say(`/purge from @${meant.person.id}`, answered);
  expect(await mod.whisper()).toContain(`1 message taken back: of ${meant.person.id}.`);
  await mod.say('/purge from', answered);
  expect(await mod.whisper()).toContain(`1 message taken back: of ${quoted.person.id}.`);
});

it('a ban with all that somebody wrote in all rooms is taken back as one', async () => {
  const person = await somebody();
  const inGarden = new Screen(person.person, 'garden');
  expect(await inGarden.say('hello, garden')).toBe(201);
  const reader = new Screen(stranger.person, 'garden');
  expect(await reader.texts()).toContain('hello, garden');
  await boss.say('/ban all everything spam', await boss.find(`hello from person ${count}`));
  expect(await boss.whisper()).toContain('2 messages deleted.');
  expect(await reader.texts()).not.toContain('hello, garden');
  await boss.say('/undo');
  const card = await boss.find('Take this back? ');
  expect(card.text.match(/1 message given back/g)).toHaveLength(2);
  (await boss.person.react('lobby', card.id, '✅')).expect(200);
  await eventually(async () => (await reader.texts()).includes('hello, garden'));
  await eventually(async () => (await statusOf(person)) === 201);
});
