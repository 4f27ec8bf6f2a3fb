import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';

let server: OpenServer;
let actors: Actors;
let mod: Screen;
let member: Screen;
let observer: Screen;

beforeEach(async () => {
  server = await openServer({ heldClock: true, env: { DEFENCE: 'on', POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  mod = new Screen(await actors.moderator());
  member = new Screen(actors.person('member'));
  await say(member, 'hello');
  await server.sql('UPDATE trust SET member_since = plaza_now() - 1');
  await server.clock.advance('1 day');
  observer = new Screen(actors.person('observer'));
});

afterEach(() => server.stop());

/** Signs with the server's time: clients take a message for six hours after that. */
async function say(screen: Screen, text: string): Promise<number> {
  const timestamp = server.clock.milliseconds();
  return (await screen.person.postMessage('lobby', text, { timestamp })).expect(201).json.id;
}

async function answer(text: string, quote?: Parameters<Screen['say']>[1]): Promise<string> {
  await server.clock.advance('2 seconds');
  expect(await mod.say(text, quote)).toBe(201);
  return mod.whisper();
}

async function shown(): Promise<string[]> {
  return (await observer.texts()).filter((text) => !text.startsWith('Only '));
}

it('two commands clear a raid, and one takes that back', async () => {
  for (const [n, raider] of actors.crowd(12).entries()) await say(new Screen(raider), `line ${n}`);
  expect(await answer('/raid')).toMatch(/^The room is guarded\. \d messages held\. Raid \d+: \d published/);
  expect(await answer('/raid ban')).toMatch(/^12 accounts banned and 12 messages deleted\. \/raid undo/);
  expect(await shown()).toEqual(['hello']);
  expect(await answer('/raid undo')).toMatch(/^12 accounts not banned any more, 12 messages published\./);
  expect(await shown()).toHaveLength(13);
});

it('commands publish and reject held posts', async () => {
  await answer('/raid on');
  const ids: number[] = [];
  for (const [n, person] of actors.crowd(4).entries()) ids.push(await say(new Screen(person), `line ${n}`));
  const queue = await answer('/queue');
  expect(queue).toContain('4 messages held here:');
  for (const id of ids) expect(queue).toContain(`\n${id} `);
  expect(await answer(`/ok ${ids[0] ?? 0} #${ids[1] ?? 0}`)).toBe('2 messages published.');
  expect(await answer(`/no ${ids[2] ?? 0} 987654`)).toBe('1 message deleted. Not held any more: 987654.');
  expect(await answer('/ok some')).toMatch(
    /^Nothing was changed\. Say which, by their ids\.\nIt is written \/ok /,
  );
  expect(await answer('/no all')).toBe('1 message deleted.');
  expect(await answer('/queue')).toBe('Nothing is held here.');
  expect(await shown()).toEqual(['hello', 'line 0', 'line 1']);
  expect(await answer('/log')).toMatch(/queue\.publish[^]*queue\.reject/);
});

it('a command removes posts of newcomers that are alike or recent, and spares members', async () => {
  const spam = 'Join the fabulous free money channel of the century';
  const [first, second, third] = actors.crowd(3).map((person) => new Screen(person));
  if (!first || !second || !third) throw new Error('nobody is there');
  await say(member, spam);
  await say(first, spam);
  await say(second, spam.toUpperCase());
  await say(third, 'hello, I am new here');
  const example = await mod.find(spam);
  expect(await answer('/purge like', { ...example, ...(await mod.find(spam.toUpperCase())) })).toMatch(
    /^2 messages taken back: like message \d+\./,
  );
  expect(await shown()).toEqual(['hello', spam, 'hello, I am new here']);
  const [{ id } = {}] = await server.sql(`SELECT id FROM events WHERE kind = 'messages.purge'`);
  expect(await answer(`/undo ${String(id)}`)).toMatch(/^Taken back: 2 messages given back with new ids/);
  expect(await shown()).toHaveLength(5);
  expect(await answer('/purge since 10m')).toMatch(/^3 messages taken back: of people who first wrote here/);
  expect(await shown()).toEqual(['hello', spam]);
  expect(await answer('/purge')).toMatch(
    /^Nothing was changed\. Say which messages\.\nIt is written \/purge /,
  );
});

it('commands say that newcomers are expected, and put a moderator on duty', async () => {
  expect(await answer('/expect 200 2h')).toBe('The room expects 200 newcomers for 2h.');
  expect(await answer('/expect soon')).toContain('Say how many people, and for how long.');
  expect(await answer('/expect off')).toBe('The room expects no newcomers.');
  expect(await answer('/duty on')).toBe('You are on duty here: cards mention you.');
  await answer('/raid on');
  await server.runJob('defence of rooms');
  await eventually(async () => (await mod.texts()).some((text) => text.includes(`@${mod.person.id}`)));
  expect(await answer('/duty off')).toBe('You are off duty here.');
});
