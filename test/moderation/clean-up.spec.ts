import { once } from 'node:events';
import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

const RAIDERS = 60;

let server: TestServer;
let actors: Actors;
let boss: SessionClient;
let mod: SessionClient;
/** Each test has a room of its own. */
let room: string;
let rooms = 0;

beforeAll(async () => {
  server = await startServer({ workers: 2, env: { POST_RATE_LIMIT: '100000' } });
  actors = new Actors(server);
  boss = await actors.globalAdmin();
  mod = actors.person('mod');
});

afterAll(() => server.stop());

beforeEach(async () => {
  room = `raid-${++rooms}`;
  await server.sql(`INSERT INTO rooms (token, name, created_at) VALUES ($1, $1, extract(epoch FROM now()))`, [
    room,
  ]);
  (await boss.setRole(mod.id, { rooms: [room] }, { moderator: true })).expect(200);
  for (const person of [mod, actors.alice, actors.bob]) {
    (await person.postMessage(room, 'hello')).expect(201);
  }
  // Everybody of before the raid has been there for an hour.
  await server.sql('UPDATE users SET created_at = created_at - 3600');
});

async function raid(count = RAIDERS): Promise<SessionClient[]> {
  const raiders = Array.from({ length: count }, () => server.client(new Identity()));
  await Promise.all(raiders.map(async (raider) => (await raider.postMessage(room, 'spam')).expect(201)));
  return raiders;
}

/** Many more people with a post each, without the time that it takes to sign for them. */
async function insertRaid(count: number): Promise<void> {
  await server.sql(
    `WITH people AS (
       INSERT INTO users (session_id, created_at, last_active_at)
       SELECT '15' || lpad(to_hex(n + $3::int), 64, '0'), extract(epoch FROM now()), extract(epoch FROM now())
       FROM generate_series(1, $1::int) AS n RETURNING id
     ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM people),
     room AS (
       UPDATE rooms SET message_sequence = message_sequence + $1 WHERE token = $2
       RETURNING id, message_sequence - $1 AS before
     )
     INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature)
     SELECT room.id, numbered.id, extract(epoch FROM now()), before + place, before + place, before + place,
       '\\x00', 160, decode(repeat('00', 64), 'hex') FROM numbered, room`,
    [count, room, rooms * 100_000],
  );
}

function cleanUp(...more: string[]): ReturnType<TestServer['plaza']> {
  return server.plazaProcess('user', 'ban', '--room', room, '--since', '10m', ...more);
}

async function countOf(query: string): Promise<number> {
  const [row] = await server.sql(`SELECT count(*)::int AS count FROM ${query}`, [room]);
  return Number(row?.count);
}

const IN_ROOM = 'room_id = (SELECT id FROM rooms WHERE token = $1)';
const LIVE_SPAM = `messages m JOIN users u ON u.id = m.user_id
  WHERE m.${IN_ROOM} AND m.data IS NOT NULL AND u.created_at > extract(epoch FROM now()) - 600`;
const BANNED = `permission_overrides WHERE ${IN_ROOM} AND banned`;

it('a clean-up tells its effects before it has any', async () => {
  await raid(3);
  const { code, stdout } = await cleanUp('--delete');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout:
      'This would ban 3 people and delete 3 messages, 0 reactions, 0 files, 0 direct messages. Add --yes to do it.\n',
  });
  expect(await countOf(BANNED)).toBe(0);
  expect(await countOf(LIVE_SPAM)).toBe(3);
});

it('a clean-up bans everybody who is new, deletes their posts, and spares members and staff', async () => {
  const [raider] = await raid();
  const newModerator = actors.person('new moderator');
  (await boss.setRole(newModerator.id, { rooms: [room] }, { moderator: true })).expect(200);
  (await newModerator.postMessage(room, 'I have just come')).expect(201);
  const { id } = (await actors.alice.postMessage(room, 'react to this')).expect(201).json;
  (await raider?.react(room, id, '💩'))?.expect(200);
  (await raider?.upload(room, Buffer.from('a picture')))?.expect(201);
  const { message_sequence: before } = (await mod.room(room)).json;

  const { code, stdout } = await cleanUp('--delete', '--yes', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    done: true,
    people: RAIDERS,
    messages: RAIDERS,
    reactions: 1,
    files: 1,
    directMessages: 0,
  });
  expect((await raider?.postMessage(room, 'again'))?.status).toBe(403);
  for (const person of [actors.alice, actors.bob, mod, newModerator]) {
    (await person.postMessage(room, 'we go on')).expect(201);
  }
  // Pollers hear of each deletion and of the reaction that is gone.
  const rows = (await mod.messagesSince(room, before, { t: 'r', limit: 256 })).expect(200).json;
  expect(rows.filter(({ deleted }) => deleted)).toHaveLength(RAIDERS);
  expect(rows.find((row) => row.id === id)?.reactions).toEqual({});
  const [entry] = await server.sql(
    `SELECT actor, room, after FROM events WHERE kind = 'people.clean_up' AND room = $1 ORDER BY id LIMIT 1`,
    [room],
  );
  expect(entry).toMatchObject({ actor: 'plaza', room, after: { people: RAIDERS } });
  expect((await cleanUp('--delete', '--yes')).stdout).toMatch(/^0 people banned/);
});

it('a clean-up removes 5000 IDs while members go on polling, and each deletion reaches a poller', async () => {
  await insertRaid(5000);
  const { message_sequence: before } = (await mod.room(room)).json;
  const poller = { polls: 0, isOver: false };
  const polling = (async () => {
    for (; !poller.isOver; poller.polls++) (await actors.alice.messagesSince(room, before)).expect(200);
  })();
  const started = process.hrtime.bigint();
  const { stdout } = await cleanUp('--delete', '--yes');
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  poller.isOver = true;
  await polling;
  expect(stdout).toMatch(/^5000 people banned; deleted: 5000 messages/);
  process.stdout.write(
    `Cleaning up after 5000 people took ${seconds.toFixed(1)} s, beside ${poller.polls} polls\n`,
  );
  expect(poller.polls).toBeGreaterThan(5);
  let since = before;
  let deletions = 0;
  for (;;) {
    const rows = (await actors.alice.messagesSince(room, since, { limit: 256 })).expect(200).json;
    if (rows.length === 0) break;
    deletions += rows.filter(({ deleted }) => deleted).length;
    since = rows.at(-1)?.seqno ?? since;
  }
  expect(deletions).toBe(5000);
});

it('a clean-up that is killed has dealt with each person wholly or not at all, and goes on when it is run again', async () => {
  await insertRaid(3000);
  const child = server.startPlaza('user', 'ban', '--room', room, '--since', '10m', '--delete', '--yes');
  child.stdout.resume();
  child.stderr.resume();
  const closed = once(child, 'close');
  while (child.exitCode === null && (await countOf(BANNED)) === 0);
  child.kill('SIGKILL');
  await closed;
  const banned = await countOf(BANNED);
  expect(await countOf(`${LIVE_SPAM} AND u.id IN (SELECT user_id FROM ${BANNED})`)).toBe(0);
  expect((await cleanUp('--delete', '--yes')).stdout).toContain(`${3000 - banned} people banned`);
  expect(await countOf(BANNED)).toBe(3000);
  expect(await countOf(LIVE_SPAM)).toBe(0);
});

it('a clean-up lets no post of the banned through that races it', async () => {
  const raiders = await raid();
  const posting = raiders.map(async (raider) => {
    for (;;) if ((await raider.postMessage(room, 'more')).status === 403) return;
  });
  await cleanUp('--delete', '--yes');
  await Promise.all(posting);
  expect(await countOf(LIVE_SPAM)).toBe(0);
});

it('a clean-up of the whole server removes direct messages, too', async () => {
  const [raider] = await raid(2);
  (await raider?.sendDirectMessage(actors.alice.id, Buffer.from('spam')))?.expect(201);
  expect((await actors.alice.inbox()).json).toHaveLength(1);
  const { stdout } = await server.plazaProcess(
    'user', 'ban', '--global', '--since', '10m', '--delete', '--yes', '--json',
  ); // prettier-ignore
  expect(JSON.parse(stdout)).toMatchObject({ people: 2, messages: 2, directMessages: 1 });
  expect((await actors.alice.inbox()).json).toEqual([]);
  expect((await raider?.capabilities())?.status).toBe(403);
});

it.each([
  [['--since', '10m'], 'say where'],
  [['--room', 'lobby'], 'say who'],
  [['--room', 'lobby', '--since', 'yesterday'], 'a date such as'],
  [['--room', 'lobby', '--delete', `15${'ab'.repeat(32)}`], 'go with --since'],
  [['--room', 'lobby', '--since', '10m', `15${'ab'.repeat(32)}`], '--since goes without an ID'],
])('a clean-up explains wrong usage: %j', async (args, reason) => {
  const { code, stderr } = await server.plazaProcess('user', 'ban', ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
});

it('a moderator bans and deletes a hundred people in a row from a client, without being slowed down', async () => {
  const raiders = await raid(100);
  for (const raider of raiders) {
    const answers = (
      await mod.sequence([
        { method: 'POST', path: `/user/${raider.id}/ban`, json: { rooms: [room] } },
        { method: 'DELETE', path: `/room/${room}/all/${raider.id}` },
      ])
    ).expect(200).json;
    expect(answers.map(({ code }) => code)).toEqual([200, 200]);
  }
  expect(await countOf(LIVE_SPAM)).toBe(0);
});

it('a ban with deletion removes reactions, too, and a global moderator’s ban direct messages', async () => {
  const { id } = (await actors.alice.postMessage(room, 'react to this')).expect(201).json;
  const spammer = actors.person('spammer');
  (await spammer.react(room, id, '💩')).expect(200);
  (await spammer.sendDirectMessage(actors.alice.id, Buffer.from('spam'))).expect(201);
  (await mod.deleteAll(room, spammer.id)).expect(200);
  expect((await actors.alice.message(room, id)).json.reactions).toEqual({});
  expect((await actors.alice.inbox()).json).toHaveLength(1);
  (await boss.deleteAllEverywhere(spammer.id)).expect(200);
  expect((await actors.alice.inbox()).json).toEqual([]);
});
