import { readMessage } from '../client/message.js';
import { type SessionClient } from '../client/client.js';
import { type MessageUpdate } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

let server: OpenServer;
let actors: Actors;
let admin: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  admin = await actors.globalAdmin();
  (await admin.room('lobby')).expect(200);
});

afterAll(() => server.stop());

async function says(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await server.plaza(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd();
}

async function latestEvent(): Promise<string> {
  const [event] = JSON.parse(await says('audit', '--json', '--limit', '1')) as { id: number }[];
  return String(event?.id);
}

/** Rows that a command has caused: its process tells the server, which may hear of it some milliseconds later. */
async function newsSince(seqno: number): Promise<MessageUpdate[]> {
  let rows: MessageUpdate[] = [];
  await eventually(async () => {
    rows = (await actors.bob.messagesSince('lobby', seqno)).expect(200).json;
    return rows.length > 0;
  });
  return rows;
}

describe('an archived room', () => {
  it('is read by everybody and written by nobody, staff included, until it is opened again', async () => {
    const { alice, bob } = actors;
    const own = (await alice.postMessage('lobby', 'my own')).expect(201).json.id;
    const others = (await bob.postMessage('lobby', 'of another')).expect(201).json.id;
    const { info_updates: before } = (await alice.room('lobby')).json;
    expect(await says('room', 'archive', 'lobby')).toBe(
      'lobby is archived: people read it, and nobody writes there',
    );

    for (const person of [alice, admin]) {
      expect((await person.room('lobby')).expect(200).json).toMatchObject({
        read: true,
        write: false,
        upload: false,
        info_updates: before + 1,
      });
      expect((await person.pollInfo('lobby')).json).toMatchObject({
        read: true,
        write: false,
        upload: false,
      });
      expect((await person.messagesSince('lobby', 0)).expect(200).json).toHaveLength(2);
      const refused = [
        await person.postMessage('lobby', 'hello?'),
        await person.upload('lobby', Buffer.from('x'), 'x.txt'),
        await person.react('lobby', others, '👍'),
        await person.editMessage('lobby', own, 'another text'),
      ];
      expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    }
    expect((await alice.rooms()).json.map(({ token }) => token)).toContain('lobby');

    // Nothing new comes in, but what is there can go.
    (await admin.delete(`/room/lobby/message/${others}`)).expect(200);
    (await alice.delete(`/room/lobby/message/${own}`)).expect(200);
    expect((await server.plaza('say', '--room', 'lobby', 'hello?')).stderr).toBe(
      'plaza: Permission denied: the room is archived: open it first\n',
    );

    expect(await says('room', 'unarchive', '--room', 'lobby')).toBe(
      'lobby is open: people write there as its permissions say',
    );
    expect((await alice.pollInfo('lobby')).json).toMatchObject({ write: true, upload: true });
    (await alice.postMessage('lobby', 'here again')).expect(201);
  });

  it('can be archived and opened again by undo', async () => {
    await says('room', 'archive', 'lobby');
    const event = await latestEvent();
    expect(await says('undo', event)).toContain('room lobby is open again');
    (await actors.alice.postMessage('lobby', 'open')).expect(201);
    await says('room', 'archive', 'lobby');
    await says('room', 'open', 'lobby');
    expect(await says('undo', await latestEvent())).toContain('room lobby is archived again');
    (await actors.alice.postMessage('lobby', 'closed')).expect(403);
    expect(await says('room', 'show', 'lobby')).toMatch(/^archived: on$/m);
    await says('room', 'open', 'lobby');
  });

  it('accepts no post that races with it', async () => {
    const posts = actors.crowd(20).map((person) => person.postMessage('lobby', 'racing'));
    const [archived, ...answers] = await Promise.all([says('room', 'archive', 'lobby'), ...posts]);
    expect(archived).toContain('archived');
    expect(answers.every(({ status }) => status === 201 || status === 403)).toBe(true);
    const seen = (await actors.alice.room('lobby')).json.message_sequence;
    const late = await Promise.all(actors.crowd(5).map((person) => person.postMessage('lobby', 'late')));
    expect(late.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect((await actors.alice.room('lobby')).json.message_sequence).toBe(seen);
    await says('room', 'open', 'lobby');
  });
});

describe('plaza say', () => {
  it('posts as the server, under a name, and is taken back by undo', async () => {
    const { message_sequence: seqno } = (await actors.bob.room('lobby')).json;
    expect(await says('say', '--room', 'lobby', '--name', 'The operators', 'We move on Sunday.')).toMatch(
      /^said in lobby: message \d+$/,
    );
    const [row] = await newsSince(seqno);
    expect(row?.session_id).toMatch(/^15/);
    expect(row).not.toHaveProperty('whisper');
    const { body, displayName } = readMessage(row?.data ?? '');
    expect([body, displayName]).toEqual(['We move on Sunday.', 'The operators']);

    expect(await says('undo', await latestEvent())).toContain('is deleted');
    expect(await newsSince(row?.seqno ?? 0)).toEqual([
      expect.objectContaining({ id: row?.id, deleted: true }),
    ]);
    const { id } = JSON.parse(await says('say', '--room', 'LOBBY', 'Again.', '--json')) as { id: number };
    expect(id).toBeGreaterThan(row?.id ?? 0);
  });

  it.each([
    [['say', 'hello'], '--room'],
    [['say', '--room', 'lobby', '  '], 'a text has 1 to 10000 characters'],
    [['say', '--room', 'lobby', 'x'.repeat(10_001)], 'a text has 1 to 10000 characters'],
    [['say', '--room', 'lobby', '--name', 'x'.repeat(65), 'hello'], 'a value such that'],
  ])('exits with 2 and one line for %#', async (args, reason) => {
    const { code, stderr } = await server.plaza(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});
