import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SessionClient } from '../client/client.js';
import { Actors, identityOf } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';
import { identitiesOf, tracesOf } from './traces.js';

let server: OpenServer;
let actors: Actors;
let bob: SessionClient;
let mod: SessionClient;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-erase-'));
  server = await openServer({ env: { POST_RATE_LIMIT: '1000' }, heldClock: true });
  await server.addRoom('garden');
  actors = new Actors(server);
  ({ bob } = actors);
  mod = await actors.moderator();
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** A life: posts with history, a file, reactions, direct messages, reports, notes, a mute, a ban, a role. */
async function live(name: string): Promise<{ person: SessionClient; message: number; file: number }> {
  const person = actors.person(name);
  const timestamp = (): number => server.clock.milliseconds();
  const { id: file } = (await person.upload('lobby', Buffer.from(`bytes of ${name}`), 'me.png')).expect(
    201,
  ).json;
  const { id: message } = (
    await person.postMessage('lobby', `I am ${person.id}`, { files: [file], timestamp: timestamp() })
  ).expect(201).json;
  (await person.editMessage('lobby', message, 'edited', { timestamp: timestamp() })).expect(200);
  const { id: gone } = (await person.postMessage('garden', 'deleted')).expect(201).json;
  (await person.deleteMessage('garden', gone)).expect(200);
  const { id: other } = (await bob.postMessage('lobby', 'by bob')).expect(201).json;
  (await person.react('lobby', other, '👍')).expect(200);
  (await bob.react('lobby', message, '👎')).expect(200);
  (await bob.sendDirectMessage(person.id, Buffer.from('to'))).expect(201);
  (await person.sendDirectMessage(bob.id, Buffer.from('from'))).expect(201);
  const staff = new Screen(mod);
  await staff.poll();
  await staff.say(`/note ${person.id} odd`);
  await staff.say(`/warn ${person.id} be kind`);
  await staff.say(`/who ${person.id}`);
  await server.operate('user', 'mute', person.id, '--for', '1h');
  await server.operate('user', 'trust', person.id, '--room', 'lobby');
  await server.operate('mod', 'add', identityOf(name).sessionId, '--room', 'garden');
  await new Screen(person).say('/report');
  await server.runJob('defence of rooms');
  await server.runJob('active users');
  return { person, message, file };
}

describe('somebody who is erased', () => {
  it('leaves no trace in any table or file, in whatever form of their ID, and clients are told of the deletions', async () => {
    const { person, message, file } = await live('carol');
    const forms = identitiesOf(person, identityOf('carol'));
    expect(await tracesOf(server, forms)).not.toEqual([]);
    const { message_sequence: before } = (await bob.room('lobby')).json;
    expect((await server.plaza('user', 'erase', person.sessionId)).code).toBe(2);
    expect(await server.operate('user', 'erase', person.sessionId, '--yes')).toMatch(
      /^Erased: \d IDs?, \d messages?, 1 reaction, 1 file\./,
    );
    await server.runJob('defence of rooms');
    await server.runJob('expired files');
    expect(await tracesOf(server, forms)).toEqual([]);
    const told = (await bob.messagesSince('lobby', before)).expect(200).json;
    expect(told).toContainEqual(expect.objectContaining({ id: message, deleted: true }));
    expect((await bob.download('lobby', file)).status).toBe(404);
    expect((await bob.recentMessages('lobby')).expect(200).json.map(({ data }) => data)).not.toContain(null);
    expect((await bob.outbox()).json).toEqual([]);
    // They are a stranger, who may begin anew.
    (await person.postMessage('lobby', 'back')).expect(201);
    expect((await bob.room('garden')).json.moderators).not.toContain(person.id);
  });

  it('by a blinded ID disappears as well, and others keep their data', async () => {
    const { person } = await live('dave');
    const { id: mention } = (await bob.postMessage('lobby', `hello @${person.id}`)).expect(201).json;
    const stdout = await server.operate('user', 'erase', person.id, '--yes');
    expect(stdout).toContain(`name the ID stay: ${mention}`);
    expect((await bob.message('lobby', mention)).status).toBe(200);
    (await bob.deleteMessage('lobby', mention)).expect(200);
    await server.sql('DELETE FROM message_history WHERE message_id = $1', [mention]);
    expect(await tracesOf(server, identitiesOf(person, identityOf('dave')))).toEqual([]);
  });

  it('stays banned where the operator wants that, with the ID alone', async () => {
    const { person } = await live('erin');
    await server.operate('user', 'ban', person.id, '--room', 'lobby');
    await server.operate('user', 'erase', person.sessionId, '--yes', '--keep-bans');
    expect((await person.postMessage('lobby', 'again')).status).toBe(403);
    (await person.postMessage('garden', 'elsewhere')).expect(201);
  });

  it('can have all that is known about them before', async () => {
    const { person, file } = await live('frank');
    const rows = (await server.operate('user', 'export', person.sessionId))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { table: string; row: Record<string, unknown> });
    const tables = new Set(rows.map(({ table }) => table));
    const expected = ['users', 'messages', 'message_history', 'files', 'inbox', 'user_reactions', 'events'];
    expect([...tables]).toEqual(expect.arrayContaining(expected));
    expect(rows).toContainEqual(
      expect.objectContaining({
        table: 'files',
        row: expect.objectContaining({ id: file, filename: 'me.png' }) as object,
      }),
    );
  });
});

describe('a list of bans', () => {
  it('is taken over by another community, but for blinded IDs and unknown rooms', async () => {
    const other = await openServer({ env: { REQUIRE_BLINDED_IDS: 'true' } });
    try {
      const known = identityOf('known by 05').sessionId;
      await server.operate('user', 'ban', known, '--global');
      await server.operate('user', 'ban', identityOf('in two rooms').sessionId, '--room', 'lobby');
      await server.operate('user', 'ban', identityOf('in two rooms').sessionId, '--room', 'garden');
      const seen = actors.person('seen');
      (await seen.postMessage('lobby', 'spam')).expect(201);
      await server.operate('user', 'ban', seen.id, '--global');
      const list = join(folder, 'bans.json');
      await server.operate('user', 'bans', '--export', list);
      const { stdout, stderr } = await other.plaza('user', 'bans', '--import', list);
      expect(stdout).toBe('2 banned, 0 were banned already.\n');
      expect(stderr).toMatch(
        /skipped \d+ blinded IDs? of another server, under which nobody is known here\n.*skipped 1 ban of rooms/,
      );
      const there = other.client(identityOf('known by 05'));
      expect((await there.postMessage('lobby', 'x')).status).toBe(403);
      expect((await other.plaza('user', 'bans', '--import', list)).stdout).toBe(
        '0 banned, 2 were banned already.\n',
      );
      expect(await server.operate('user', 'bans', '--import', list)).toMatch(/^0 banned/);
      expect((await server.plaza('user', 'bans', '--export', list)).code).toBe(1);
      await writeFile(list, '{"format": "other"}');
      expect((await other.plaza('user', 'bans', '--import', list)).stderr).toContain("can't be read");
      expect((await other.plaza('user', 'bans')).code).toBe(2);
    } finally {
      await other.stop();
    }
  });
});
