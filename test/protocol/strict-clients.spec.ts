import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { encodeMessage } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** Fields that Android or iOS decode as integers: with a fraction they refuse the whole answer. */
const INTEGERS = new Set([
  'id',
  'seqno',
  'info_updates',
  'message_sequence',
  'active_users',
  'active_users_cutoff',
  'image_id',
  'pinned_at',
  'count',
  'index',
]);

/** Every value of an integer field in an answer that is no integer, with where it stands. */
function fractions(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => fractions(inner, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    INTEGERS.has(key) && !Number.isInteger(inner)
      ? [`${at}.${key} is ${String(inner)}`]
      : fractions(inner, `${at}.${key}`),
  );
}

describe('with their decoders', () => {
  let server: OpenServer;
  let actors: Actors;
  let alice: SessionClient;
  let admin: SessionClient;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '100' } });
    actors = new Actors(server);
    alice = actors.alice;
    admin = await actors.admin();
    (await admin.room('lobby')).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  describe('Android', () => {
    it('reads pinned_at as a whole number, in the past', async () => {
      const { id } = (await alice.postMessage('lobby', 'to be pinned')).expect(201).json;
      (await admin.pin('lobby', id)).expect(200);
      const at = (await alice.room('lobby')).json.pinned_messages.find((pin) => pin.id === id)?.pinned_at;
      expect(Number.isInteger(at)).toBe(true);
      expect(at).toBeLessThanOrEqual(Date.now() / 1000);
      expect(at).toBeGreaterThan(Date.now() / 1000 - 60);
    });

    it('reads no fraction where it wants a whole number, in any answer of a poll', async () => {
      const { id } = (await alice.postMessage('lobby', 'with a reaction')).expect(201).json;
      (await alice.react('lobby', id, '👍')).expect(200);
      const answers = [
        await alice.rooms(),
        await alice.room('lobby'),
        await alice.pollInfo('lobby'),
        await alice.messagesSince('lobby', 0),
        await alice.recentMessages('lobby'),
        await alice.message('lobby', id),
      ];
      expect(answers.flatMap((answer) => fractions(answer.expect(200).json))).toEqual([]);
    });

    it('merges each answer into the last one, and so removes a role that was lost', async () => {
      const carol = actors.person('carol');
      (await carol.room('lobby')).expect(200);
      (await admin.setRole(carol.id, { rooms: ['lobby'] }, { admin: true })).expect(200);
      const before = (await carol.pollInfo('lobby')).expect(200).json;
      expect(before).toMatchObject({ moderator: true, admin: true });
      expect(before.details).toMatchObject({ moderator: true, admin: true });
      (await admin.setRole(carol.id, { rooms: ['lobby'] }, { moderator: false })).expect(200);
      await eventually(async () => !(await carol.pollInfo('lobby')).json.moderator);
      const after = (await carol.pollInfo('lobby', before.details?.info_updates)).expect(200).json;
      const merged = { ...before, ...after, details: { ...before.details, ...after.details } };
      const none = { moderator: false, admin: false, global_moderator: false, global_admin: false };
      expect(merged).toMatchObject(none);
      expect(merged.details).toMatchObject({ ...none, hidden_moderators: [], hidden_admins: [] });
    });

    it('removes the last pin and a description that was removed', async () => {
      const { id } = (await alice.postMessage('lobby', 'pinned for a moment')).expect(201).json;
      (await admin.pin('lobby', id)).expect(200);
      (await admin.updateRoom('lobby', { description: 'Come in' })).expect(200);
      const before = (await alice.pollInfo('lobby')).json.details;
      (await admin.unpinAll('lobby')).expect(200);
      (await admin.updateRoom('lobby', { description: '' })).expect(200);
      await eventually(async () => (await alice.room('lobby')).json.pinned_messages.length === 0);
      const after = (await alice.pollInfo('lobby', before?.info_updates)).json.details;
      expect({ ...before, ...after }).toMatchObject({ pinned_messages: [], description: '' });
    });
  });

  describe('Desktop', () => {
    it('shows the name and description of a new room, although it polls with 0', async () => {
      await server.addRoom('fresh', { name: 'Fresh', description: 'Made this minute' });
      const { details } = (await alice.pollInfo('fresh', 0)).expect(200).json;
      expect(details).toMatchObject({ name: 'Fresh', description: 'Made this minute', info_updates: 1 });
    });

    it('receives the latest changes in each poll with 0', async () => {
      for (const description of ['first', 'second', 'third']) {
        (await admin.updateRoom('lobby', { description })).expect(200);
        expect((await admin.pollInfo('lobby', 0)).json.details?.description).toBe(description);
        const { id } = (await alice.postMessage('lobby', description)).expect(201).json;
        const { seqno } = (await alice.message('lobby', id)).expect(200).json;
        await eventually(
          async () => ((await alice.pollInfo('lobby', 0)).json.details?.message_sequence ?? 0) >= seqno,
        );
      }
    });

    it('receives in the same poll only what its owner may see', async () => {
      (await admin.updateRoom('lobby', { default_upload: false })).expect(200);
      await eventually(async () => !(await alice.pollInfo('lobby', 0)).json.upload);
      expect((await admin.pollInfo('lobby', 0)).json).toMatchObject({ upload: true, admin: true });
      const ofAlice = (await alice.pollInfo('lobby', 0)).json;
      expect(ofAlice).toMatchObject({ upload: false, write: true, admin: false });
      expect(ofAlice.details).toMatchObject({ upload: false, write: true, admin: false });
      (await admin.updateRoom('lobby', { default_upload: true })).expect(200);
    });

    it('never meets a room without a name', async () => {
      for (const name of ['', '   ', '\t\n', '\u200b']) {
        const refused = await admin.updateRoom('lobby', { name });
        expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('must not be blank')]);
      }
      expect((await alice.room('lobby')).json.name).toBe('lobby');
    });
  });

  describe('everyone', () => {
    it('downloads no name beyond 256 characters and no description beyond 2 000', async () => {
      const longest = { name: '🐟'.repeat(256), description: '🐟'.repeat(2000) };
      (await admin.updateRoom('lobby', longest)).expect(200);
      for (const tooLong of [
        { name: 'x'.repeat(257) },
        { name: '🐟'.repeat(257) },
        { description: 'x'.repeat(2001) },
        { name: 'short', description: 'x'.repeat(2_000_000) },
      ]) {
        const refused = await admin.updateRoom('lobby', tooLong);
        expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('has at most')]);
      }
      expect((await admin.room('lobby')).json).toMatchObject(longest);
    });
  });

  describe('a request that was written for SQLite', () => {
    const flags = (value: unknown) => ({ whisper_mods: value });

    it('writes booleans in a post as 0 and 1', async () => {
      const body = admin.messageBody('psst');
      for (const [number, whisper] of [
        [1, true],
        [0, undefined],
      ] as const) {
        // prettier-ignore
        const posted = await admin.post('/room/lobby/message', { ...body, ...flags(number) });
        expect((posted.expect(201).json as { whisper?: boolean }).whisper).toBe(whisper);
      }
      for (const other of [2, -1, 0.5, '1', 'true', []]) {
        const refused = await admin.post('/room/lobby/message', { ...body, ...flags(other) });
        expect(refused.status).toBe(400);
      }
    });

    it('writes booleans in rooms, permissions, roles and bans as 0 and 1', async () => {
      const dora = actors.person('dora');
      (await dora.room('lobby')).expect(200);
      (await admin.put('/room/lobby', { default_upload: 0 })).expect(200);
      (await admin.post(`/room/lobby/permissions/${dora.id}`, { upload: 1 })).expect(200);
      await eventually(async () => (await dora.room('lobby')).json.upload);
      expect((await alice.room('lobby')).json.upload).toBe(false);
      const role = { rooms: ['lobby'], global: 0, moderator: 1, visible: 0 };
      (await admin.post(`/user/${dora.id}/moderator`, role)).expect(200);
      expect((await admin.room('lobby')).json.hidden_moderators).toContain(dora.id);
      (await admin.post(`/user/${dora.id}/ban`, { rooms: ['lobby'], global: 0 })).expect(200);
      await eventually(async () => (await dora.pollInfo('lobby')).status === 403);
    });
  });
});

describe('on a server without blinding', () => {
  let server: OpenServer;

  beforeAll(async () => {
    server = await openServer({ env: { REQUIRE_BLINDED_IDS: 'false' } });
  });

  afterAll(async () => {
    await server.stop();
  });

  /** An account whose Ed25519 key has this sign bit. */
  function someoneWithSign(sign: 0 | 1): Identity {
    for (;;) {
      const identity = new Identity();
      const lastByte = Number.parseInt(identity.unblinded.id.slice(-2), 16);
      if (lastByte >> 7 === sign) return identity;
    }
  }

  describe.each([0, 1] as const)('with a key of sign bit %d', (sign) => {
    it('Android posts and edits with the plain Ed25519 key that signs its requests', async () => {
      const identity = someoneWithSign(sign);
      const client = server.client(identity, undefined, { blinded: false });
      const bytes = encodeMessage({ body: 'by Android' });
      const signature = Buffer.from(identity.unblinded.sign(bytes)).toString('base64');
      const posted = (await client.postMessage('lobby', '', { data: bytes, signature })).expect(201).json;
      expect(posted).toMatchObject({ session_id: identity.sessionId, signature });
      (await client.editMessage('lobby', posted.id, '', { data: bytes, signature })).expect(200);
    });

    it('Desktop and libsession post with XEd25519', async () => {
      const identity = someoneWithSign(sign);
      const client = server.client(identity, undefined, { blinded: false });
      const bytes = encodeMessage({ body: 'by Desktop' });
      for (const topBit of [true, false]) {
        const signed = Buffer.from(identity.signAsSessionId(bytes, { topBit })).toString('base64');
        (await client.postMessage('lobby', '', { data: bytes, signature: signed })).expect(201);
      }
    });

    it('nobody posts with the key of another, or with a signature over other data', async () => {
      const identity = someoneWithSign(sign);
      const client = server.client(identity, undefined, { blinded: false });
      const bytes = encodeMessage({ body: 'forged' });
      const wrong = [
        new Identity().unblinded.sign(bytes),
        identity.unblinded.sign(Buffer.concat([bytes, Buffer.alloc(1)])),
        Buffer.alloc(64),
      ];
      for (const signed of wrong) {
        const signature = Buffer.from(signed).toString('base64');
        const refused = await client.postMessage('lobby', '', { data: bytes, signature });
        expect(refused.status).toBe(400);
      }
    });
  });
});
