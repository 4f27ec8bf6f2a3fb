import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';

let server: OpenServer;
let actors: Actors;
let member: Screen;
let observer: Screen;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { DEFENCE: 'on', POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  member = new Screen(actors.person('established'));
  expect(await member.say('hello')).toBe(201);
  expect((await server.plaza('user', 'trust', member.person.id)).code).toBe(0);
  observer = new Screen(actors.person('observer'));
  await server.clock.advance('1 hour');
  expect((await server.plaza('raid', 'on', '--room', 'lobby')).code).toBe(0);
});

afterAll(() => server.stop());

async function invitation(): Promise<string> {
  await server.clock.advance('2 minutes');
  expect(await member.say('/invite')).toBe(201);
  const whisper = await member.whisper();
  const [phrase] = /join-\w{5}-\w{5}/.exec(whisper) ?? [];
  if (phrase === undefined) throw new Error(whisper);
  return phrase;
}

function stranger(): Screen {
  return new Screen(actors.person(`stranger ${++count}`));
}

it('an invitation lets one stranger in while the room is guarded', async () => {
  const phrase = await invitation();
  await stranger().say('nobody has invited me');
  const first = stranger();
  expect(await first.say(`Hi! ${phrase.toUpperCase()}`)).toBe(201);
  expect(await stranger().say(`Me, too: ${phrase}`)).toBe(201);
  const texts = await observer.texts();
  expect(texts).toContain(`Hi! ${phrase.toUpperCase()}`);
  expect(texts.join('\n')).not.toMatch(/nobody has invited me|Me, too/);
});

it('an invitation lets one in of several people who come at the same time', async () => {
  const phrase = await invitation();
  const people = Array.from({ length: 8 }, stranger);
  await Promise.all(people.map((person, n) => person.say(`at once ${n} ${phrase}`)));
  const seen = (await observer.texts()).filter((text) => text.startsWith('at once'));
  expect(seen).toHaveLength(1);
});

it('an invitation can be made five times a day, by established people alone', async () => {
  await server.clock.advance('1 day');
  for (let n = 0; n < 5; n++) await invitation();
  await expect(invitation()).rejects.toThrow('five invitations today');
  const newcomer = new Screen(actors.person('newcomer'));
  await server.sql(`DELETE FROM invitations WHERE guest_id IS NULL`);
  expect(await newcomer.say(`hello ${await invitation()}`)).toBe(201);
  await newcomer.say('/invite');
  expect(await newcomer.whisper()).toContain('/invite takes more rights than you have here');
});

it('an invitation is refused to somebody whose guest was removed, until that is undone', async () => {
  await server.sql('DELETE FROM invitations');
  const guest = stranger();
  expect(await guest.say(`thanks ${await invitation()}`)).toBe(201);
  const mod = new Screen(await actors.moderator());
  await mod.say(`/who ${guest.person.id}`);
  expect(await mod.whisper()).toContain(`Invited by ${member.person.id}.`);
  await mod.say('/ban spam', await mod.find('thanks join-'));
  await expect(invitation()).rejects.toThrow('was removed');
  await mod.say('/unban', await mod.find('thanks join-'));
  await expect(invitation()).rejects.toThrow('was removed');
  const [{ id } = {}] = await server.sql(`SELECT id FROM events WHERE kind = 'ban'`);
  await mod.say(`/undo ${String(id)}`);
  expect(await invitation()).toMatch(/^join-/);
});

it('an invitation is refused to somebody whose guest was purged, until that is undone', async () => {
  await server.sql('DELETE FROM invitations');
  const guest = stranger();
  const text = `good evening ${await invitation()}`;
  // Clients take a message for six hours after it was signed.
  const posted = await guest.person.postMessage('lobby', text, { timestamp: server.clock.milliseconds() });
  expect(posted.status).toBe(201);
  const mod = new Screen(await actors.moderator());
  await mod.say(`/purge from ${guest.person.id}`);
  await expect(invitation()).rejects.toThrow('was removed');
  const [{ id } = {}] = await server.sql(`SELECT id FROM events WHERE kind = 'messages.purge'`);
  await mod.say(`/undo ${String(id)}`);
  expect(await mod.whisper()).toContain('Taken back: 1 message given back');
  expect(await invitation()).toMatch(/^join-/);
});

it('an invitation is refused to somebody whose guest wrote what a moderator rejected', async () => {
  await server.sql('DELETE FROM invitations');
  await server.clock.advance('1 day');
  const guest = stranger();
  expect(await guest.say(`good day ${await invitation()}`)).toBe(201);
  await server.clock.advance('1 minute');
  expect(await guest.say('https://one.example https://two.example')).toBe(201);
  const [{ id } = {}] = await server.sql(
    `SELECT id FROM messages WHERE held_for = 'media' AND rejected_at IS NULL`,
  );
  const mod = new Screen(await actors.moderator());
  await mod.say(`/no ${String(id)}`);
  await expect(invitation()).rejects.toThrow('was removed');
});

it('an invitation lets nobody in once another guest of its inviter was removed', async () => {
  await server.sql('DELETE FROM invitations');
  const phrase = await invitation();
  const guest = stranger();
  expect(await guest.say(`here I am ${await invitation()}`)).toBe(201);
  const mod = new Screen(await actors.moderator());
  await mod.say('/ban spam', await mod.find('here I am'));
  expect(await stranger().say(`next raider ${phrase}`)).toBe(201);
  expect((await observer.texts()).join('\n')).not.toContain('next raider');
});
