import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { encodeMessage, readMessage, signatureHolds } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const MESSAGE_MAX_BYTES = 4096;

describe('posting', () => {
  let server: OpenServer;
  let actors: Actors;
  let people = 0;

  beforeAll(async () => {
    server = await openServer({ env: { MESSAGE_MAX_BYTES: String(MESSAGE_MAX_BYTES) } });
    await server.addRoom('quiet');
    await server.sql(`UPDATE rooms SET default_write = false WHERE token = 'quiet'`);
    actors = new Actors(server);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Someone who has not posted yet, and so has no rate limit to mind. */
  function someone(): SessionClient {
    people += 1;
    return actors.person(`someone-${people}`);
  }

  async function messageCount(): Promise<number> {
    const [row] = await server.sql('SELECT count(*)::int AS count FROM messages');
    return Number(row?.count);
  }

  it('answers 201 with the message as everyone will see it', async () => {
    const alice = someone();
    const before = (await alice.room('lobby')).json.message_sequence;
    const body = alice.messageBody('hello', { displayName: 'Alice' });
    const posted = (await alice.post('/room/lobby/message', body)).expect(201);
    expect(posted.headers['content-type']).toBe('application/json');
    expect(posted.json).toEqual({
      id: expect.any(Number) as number,
      session_id: alice.id,
      posted: expect.closeTo(Date.now() / 1000, -2) as number,
      seqno: before + 1,
      data: body.data,
      signature: body.signature,
      reactions: {},
    });
    const [read] = (await someone().recentMessages('lobby', { limit: 1 })).json;
    expect(read).toEqual(posted.json);
    expect(readMessage(read?.data ?? '')).toMatchObject({ body: 'hello', displayName: 'Alice' });
  });

  describe('gives back exactly the bytes that were signed', () => {
    const text = encodeMessage({ body: 'padded' });
    it.each<[string, Uint8Array]>([
      ['padded', text],
      ['with other padding', Buffer.concat([text, Buffer.alloc(700)])],
      ['without padding', Buffer.from('no padding at all')],
      ['empty', Buffer.alloc(0)],
      ['nothing but padding', Buffer.from('80000000', 'hex')],
      ['nothing but zeros', Buffer.alloc(32)],
      ['ending in 0x80', Buffer.from('616280', 'hex')],
      ['with 0x80 twice', Buffer.from('6180008000', 'hex')],
      ['as large as may be', randomBytes(MESSAGE_MAX_BYTES)],
      ['an envelope', encodeMessage({ body: 'newer client', envelope: true })],
    ])('%s', async (_what, data) => {
      const alice = someone();
      const { id } = (await alice.postMessage('lobby', '', { data })).expect(201).json;
      const read = (await alice.message('lobby', id)).expect(200).json;
      expect(Buffer.from(read.data ?? '', 'base64')).toEqual(Buffer.from(data));
      expect(signatureHolds(read)).toBe(true);
    });
  });

  it('accepts base64 without padding and returns it with padding', async () => {
    const alice = someone();
    const { data, signature } = alice.messageBody('', { data: Buffer.from('four') });
    const unpadded = {
      data: String(data).replace(/=+$/, ''),
      signature: String(signature).replace(/=+$/, ''),
    };
    const posted = (await alice.post('/room/lobby/message', unpadded)).expect(201).json;
    expect(posted).toMatchObject({ data, signature });
  });

  it('accepts the extra fields of clients: keys of their own, nulls, ids of files in any form', async () => {
    const alice = someone();
    for (const extra of [
      { public_key: alice.sessionId, timestamp: 1_700_000_000.123, sender: 'me' },
      { files: null, whisper_to: null, whisper_mods: null },
      { files: [] },
      { files: [1, '2', '3000000000'], whisper_mods: false },
    ]) {
      const body = { ...alice.messageBody('hello'), ...extra };
      const posted = (await alice.post('/room/lobby/message', body)).expect(201).json;
      expect(posted).not.toHaveProperty('whisper');
    }
  });

  describe('refuses with 400 and writes nothing', () => {
    const good = (): Record<string, unknown> => actors.alice.messageBody('hello');
    it.each<[string, () => unknown]>([
      ['no body', () => undefined],
      ['an empty body', () => ''],
      ['no JSON', () => '{"data":'],
      ['bytes that are no UTF-8', () => Buffer.from('fe', 'hex')],
      ['a list', () => [good()]],
      ['text', () => '"hello"'],
      ['null', () => null],
      ['a number', () => 7],
      ['no data', () => ({ ...good(), data: undefined })],
      ['null for data', () => ({ ...good(), data: null })],
      ['data that is a number', () => ({ ...good(), data: 7 })],
      ['data that is no base64', () => ({ ...good(), data: '***' })],
      ['data in URL-safe base64', () => ({ ...good(), data: '-_-_' })],
      ['no signature', () => ({ ...good(), signature: undefined })],
      ['a signature that is no base64', () => ({ ...good(), signature: '?' })],
      ['a signature of 63 bytes', () => ({ ...good(), signature: randomBytes(63).toString('base64') })],
      ['a signature of 65 bytes', () => ({ ...good(), signature: randomBytes(65).toString('base64') })],
      ['a signature of nothing', () => ({ ...good(), signature: '' })],
      ['a wrong signature', () => ({ ...good(), signature: randomBytes(64).toString('base64') })],
      ['a signature over other data', () => ({ ...good(), data: 'AAAA' })],
      ['someone else’s signature', () => actors.bob.messageBody('hello')],
      ['a signature by the unblinded key', () => unblindedBody()],
      ['files that are no list', () => ({ ...good(), files: 7 })],
      ['files that are objects', () => ({ ...good(), files: [{}] })],
      ['files with a fraction', () => ({ ...good(), files: [1.5] })],
      ['files below zero', () => ({ ...good(), files: [-1] })],
      ['files beyond any number', () => ({ ...good(), files: ['9'.repeat(30)] })],
      ['files that are words', () => ({ ...good(), files: ['one'] })],
      ['whisper_to that is no ID', () => ({ ...good(), whisper_to: 'bob' })],
      ['whisper_to with the prefix 00', () => ({ ...good(), whisper_to: '00'.repeat(33) })],
      ['whisper_mods that is no flag', () => ({ ...good(), whisper_mods: 2 })],
    ])('%s', async (_what, body) => {
      const before = await messageCount();
      const refused = await actors.alice.post('/room/lobby/message', body());
      expect(refused.status).toBe(400);
      expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(refused.text.length).toBeGreaterThan(10);
      expect(await messageCount()).toBe(before);
    });

    function unblindedBody(): Record<string, unknown> {
      const { data } = actors.alice.messageBody('hello');
      const bytes = Buffer.from(String(data), 'base64');
      const signature = actors.alice.identity?.unblinded.sign(bytes) ?? Buffer.alloc(0);
      return { data, signature: Buffer.from(signature).toString('base64') };
    }

    it('and says which field it was', async () => {
      const refused = await actors.alice.post('/room/lobby/message', { ...good(), whisper_mods: 'yes' });
      expect(refused.text).toContain('whisper_mods');
    });
  });

  it('refuses data beyond the limit with 413', async () => {
    const refused = await someone().postMessage('lobby', '', { data: Buffer.alloc(MESSAGE_MAX_BYTES + 1) });
    expect(refused.status).toBe(413);
    expect(refused.text).toContain(String(MESSAGE_MAX_BYTES));
  });

  it('needs a user, a room and the permission to write', async () => {
    const alice = someone();
    const body = alice.messageBody('hello');
    expect((await actors.anonymous.post('/room/lobby/message', body)).status).toBe(401);
    expect((await alice.post('/room/nowhere/message', body)).status).toBe(404);
    expect((await alice.post('/room/quiet/message', body)).status).toBe(403);
  });

  it('needs no permission to read', async () => {
    await server.addRoom('letterbox');
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'letterbox'`);
    const alice = someone();
    expect((await alice.postMessage('letterbox', 'hello')).status).toBe(201);
    expect((await alice.recentMessages('letterbox')).status).toBe(403);
  });

  describe('too fast', () => {
    async function statusesOf(poster: SessionClient, count: number): Promise<number[]> {
      const answers = [];
      for (let posted = 0; posted < count; posted += 1)
        answers.push(await poster.postMessage('lobby', 'hello'));
      return answers.map(({ status }) => status);
    }

    it('is refused with 429 after the fifth post in 16 seconds', async () => {
      const alice = someone();
      expect(await statusesOf(alice, 6)).toEqual([201, 201, 201, 201, 201, 429]);
      await server.sql(
        `UPDATE messages SET posted_at = posted_at - 17
         WHERE id = (SELECT min(id) FROM messages WHERE user_id = (SELECT id FROM users WHERE session_id = $1))`,
        [alice.id],
      );
      expect(await statusesOf(alice, 2)).toEqual([201, 429]);
    });

    it('is refused when the posts come all at once', async () => {
      const alice = someone();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => alice.postMessage('lobby', `${index}`)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([
        ...Array<number>(5).fill(201),
        ...Array<number>(7).fill(429),
      ]);
    });

    it('is counted for each room by itself', async () => {
      await server.addRoom('second');
      const alice = someone();
      await statusesOf(alice, 5);
      expect((await alice.postMessage('second', 'hello')).status).toBe(201);
    });

    it('is counted with deleted posts', async () => {
      const alice = someone();
      const { id } = (await alice.postMessage('lobby', 'oops')).expect(201).json;
      (await alice.deleteMessage('lobby', id)).expect(200);
      expect(await statusesOf(alice, 5)).toEqual([201, 201, 201, 201, 429]);
    });

    it('is refused to moderators, too, and allowed to admins', async () => {
      const mod = await actors.moderator();
      const admin = await actors.admin();
      expect((await statusesOf(mod, 6)).at(-1)).toBe(429);
      expect((await statusesOf(admin, 7)).at(-1)).toBe(201);
    });
  });

  describe('whispers', () => {
    it('may be sent by moderators alone', async () => {
      const [alice, bob] = [someone(), someone()];
      (await bob.pollInfo('lobby')).expect(200);
      for (const whisper of [{ whisperTo: bob.id }, { whisperMods: true }]) {
        const refused = await alice.postMessage('lobby', 'psst', whisper);
        expect(refused.status).toBe(403);
      }
    });

    it('are marked as whispers in the answer, by a real boolean', async () => {
      const admin = await actors.admin();
      const bob = someone();
      (await bob.pollInfo('lobby')).expect(200);
      const toBob = (await admin.postMessage('lobby', 'psst', { whisperTo: bob.id })).expect(201).json;
      expect(toBob).toMatchObject({ whisper: true, whisper_mods: false, whisper_to: bob.id });
      const toMods = (await admin.postMessage('lobby', 'psst', { whisperMods: true })).expect(201).json;
      expect(toMods).toMatchObject({ whisper: true, whisper_mods: true });
      expect(toMods).not.toHaveProperty('whisper_to');
    });

    it('reach people by their 05 ID, in either case, and people whom the server has not seen', async () => {
      const admin = await actors.admin();
      const bob = someone();
      (await bob.pollInfo('lobby')).expect(200);
      for (const whisperTo of [bob.sessionId, bob.id.toUpperCase()]) {
        const posted = (await admin.postMessage('lobby', 'psst', { whisperTo })).expect(201).json;
        expect(posted.whisper_to).toBe(bob.id);
        expect((await bob.message('lobby', posted.id)).status).toBe(200);
      }
      const stranger = server.client(new Identity());
      const { id } = (await admin.postMessage('lobby', 'psst', { whisperTo: stranger.id })).expect(201).json;
      expect((await stranger.message('lobby', id)).status).toBe(200);
    });
  });
});
