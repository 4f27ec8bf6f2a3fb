import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

let server: OpenServer;
let actors: Actors;
let bob: SessionClient;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  await server.addRoom('garden');
  bob = actors.bob;
  (await bob.messagesSince('lobby', 0)).expect(200);
});

afterAll(async () => {
  await server.stop();
});

async function member(): Promise<SessionClient> {
  const person = actors.person(`person ${++count}`);
  (await person.postMessage('lobby', `hello from ${count}`)).expect(201);
  return person;
}

async function plaza(command: string, { sessionId }: SessionClient, ...options: string[]): Promise<void> {
  expect(await server.plaza('user', command, sessionId, ...options)).toMatchObject({ code: 0, stderr: '' });
}

async function newest(reader: SessionClient, limit = 1): Promise<{ id: number; text: string }[]> {
  const { json } = (await reader.get(`/room/lobby/messages/recent?limit=${limit}`)).expect(200);
  return (json as { id: number; data: string }[]).map(({ id, data }) => ({
    id,
    text: Buffer.from(data, 'base64').toString('utf8'),
  }));
}

async function writeAll(person: SessionClient, message: number): Promise<number[]> {
  const answers = await Promise.all([
    person.editMessage('lobby', message, 'edited'),
    person.react('lobby', message, '🦜'),
    person.upload('lobby', Buffer.from('picture')),
    person.sendDirectMessage(bob.id, Buffer.from('psst')),
  ]);
  return answers.map(({ status }) => status);
}

describe('a muted person', () => {
  it('is told once why and until when, and then gets 429 until the mute ends', async () => {
    const person = await member();
    await plaza('mute', person, '--room', 'lobby', '--for', '4h', '--reason', 'calm down, please');
    const first = await person.postMessage('lobby', 'what?');
    expect(first.status).toBe(201);
    const [whisper] = await newest(person);
    expect(whisper?.text).toContain('Only you can see this. A moderator has muted you until ');
    expect(whisper?.text).toContain('Reason: calm down, please');
    const again = await Promise.all([1, 2, 3].map((n) => person.postMessage('lobby', `again ${n}`)));
    expect(again.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect(Number(again[0]?.headers['retry-after'])).toBeGreaterThan(4 * 3600 - 60);
    expect((await newest(person))[0]).toEqual(whisper);
    expect((await newest(bob))[0]?.text).not.toContain('what?');
    const [held] = await server.sql(`SELECT state, held_for FROM messages WHERE id = $1`, [first.json.id]);
    expect(held).toEqual({ state: 'held', held_for: 'muted' });
    expect((await person.room('lobby')).json).toMatchObject({ read: true, write: true });
    expect((await person.postMessage('garden', 'over here')).status).toBe(201);
    await server.clock.advance('5 hours');
    expect((await person.postMessage('lobby', 'back again')).status).toBe(201);
    expect((await newest(bob))[0]?.text).toContain('back again');
  });

  it('is told of each mute, once among posts at the same time', async () => {
    const person = await member();
    for (const reason of ['first', 'second']) {
      await plaza('mute', person, '--reason', reason);
      const answers = await Promise.all([1, 2, 3].map((n) => person.postMessage('lobby', `${reason} ${n}`)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 429, 429]);
      expect((await newest(person))[0]?.text).toContain(`Reason: ${reason}`);
      await plaza('unmute', person);
      await server.clock.advance('1 minute');
    }
    expect((await person.postMessage('lobby', 'better now')).status).toBe(201);
  });

  it('can neither edit nor react, upload or send direct messages while muted everywhere', async () => {
    const person = await member();
    const { id } = (await person.postMessage('lobby', 'mine')).expect(201).json;
    await plaza('mute', person);
    expect(await writeAll(person, id)).toEqual([429, 429, 429, 429]);
    await plaza('unmute', person);
    expect(await writeAll(person, id)).toEqual([200, 200, 201, 201]);
  });

  it('of a room may send direct messages only when they have used another room', async () => {
    const person = await member();
    await plaza('mute', person, '--room', 'lobby');
    expect((await person.sendDirectMessage(bob.id, Buffer.from('psst'))).status).toBe(429);
    (await person.postMessage('garden', 'hello')).expect(201);
    expect((await person.sendDirectMessage(bob.id, Buffer.from('psst'))).status).toBe(201);
  });
});

describe('somebody who is shadowed', () => {
  it('sees their own posts, and nobody else does', async () => {
    const person = await member();
    await plaza('shadow', person, '--room', 'lobby');
    const { id } = (await person.postMessage('lobby', 'buy coins')).expect(201).json;
    expect((await newest(person))[0]?.text).toContain('buy coins');
    expect((await newest(bob))[0]?.text).not.toContain('buy coins');
    expect((await bob.message('lobby', id)).status).toBe(404);
    expect((await newest(await actors.moderator()))[0]?.text).not.toContain('buy coins');
    await plaza('unshadow', person, '--room', 'lobby');
    (await person.postMessage('lobby', 'sell coins')).expect(201);
    expect((await newest(bob))[0]?.text).toContain('sell coins');
    expect((await bob.message('lobby', id)).status).toBe(404);
  });

  it('is answered as ever for edits, reactions, uploads and direct messages, of which nobody sees anything', async () => {
    const person = await member();
    const { id } = (await person.postMessage('lobby', 'mine')).expect(201).json;
    const before = (await bob.inbox()).json.length;
    await plaza('shadow', person);
    expect(await writeAll(person, id)).toEqual([200, 200, 201, 201]);
    const seen = (await bob.message('lobby', id)).json;
    expect(Buffer.from(seen.data ?? '', 'base64').toString('utf8')).toContain('mine');
    expect(seen.reactions).toEqual({});
    expect((await bob.inbox()).json).toHaveLength(before);
  });
});
