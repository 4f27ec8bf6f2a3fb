import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const LOBBY = { rooms: ['lobby'] };

let server: OpenServer;
let admin: SessionClient;
let reader: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { REQUIRE_BLINDED_IDS: 'false', POST_RATE_LIMIT: '1000' } });
  const boss = new Identity();
  await server.addModerator(boss, { in: 'global', admin: true });
  admin = unblinded(boss);
  reader = server.client(new Identity());
  for (const person of [admin, reader]) (await person.pollInfo('lobby')).expect(200);
});

afterAll(() => server.stop());

/** A client that signs as `00…` and is known by its `05…` ID. */
function unblinded(identity = new Identity()): SessionClient {
  return server.client(identity, undefined, { blinded: false });
}

async function known(client: SessionClient): Promise<SessionClient> {
  (await client.pollInfo('lobby')).expect(200);
  return client;
}

/** One account's clients, without blinding and with it. */
async function bothOf(identity = new Identity()): Promise<[SessionClient, SessionClient]> {
  return [await known(unblinded(identity)), await known(server.client(identity))];
}

describe('somebody with an ordinary ID on a server without blinding', () => {
  it('learns that there is no blinding, and finds what a client polls for', async () => {
    const alice = unblinded();
    expect((await alice.capabilities()).json).toEqual({ capabilities: ['reactions', 'sogs'] });
    expect((await alice.capabilities(['blind'])).status).toBe(412);
    const codes = (await alice.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 })).json.map(
      ({ code }) => code,
    );
    expect(codes).toEqual([200, 200, 200, 401, 401]);
  });

  it('reacts, and sees which reactions are theirs', async () => {
    const alice = unblinded();
    const { id } = (await alice.postMessage('lobby', 'react')).expect(201).json;
    (await alice.react('lobby', id, '🐟')).expect(200);
    (await reader.react('lobby', id, '🐟')).expect(200);
    const reactors = (await alice.reactors('lobby', id, '🐟')).json.map(([who]) => who);
    expect(reactors).toEqual([alice.sessionId, reader.id]);
    const { reactions } = (await alice.message('lobby', id)).expect(200).json;
    expect(reactions['🐟']).toMatchObject({ count: 2, you: true, reactors: [alice.sessionId, reader.id] });
    (await alice.unreact('lobby', id, '🐟')).expect(200);
    expect((await reader.message('lobby', id)).json.reactions['🐟']).toMatchObject({ count: 1, you: true });
  });

  it('gets whispers to their ID, in any case of its digits, and nobody else does', async () => {
    const alice = await known(unblinded());
    for (const whisperTo of [alice.sessionId, alice.sessionId.toUpperCase()]) {
      const { id } = (await admin.postMessage('lobby', 'for her', { whisperTo })).expect(201).json;
      expect((await alice.message('lobby', id)).expect(200).json).toMatchObject({
        whisper: true,
        whisper_to: alice.sessionId,
      });
      expect((await reader.message('lobby', id)).status).toBe(404);
    }
  });

  it('alone reads their upload until a message shows it, and then everybody does', async () => {
    const alice = unblinded();
    const bytes = Buffer.from('a file');
    const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
    expect((await alice.download('lobby', id)).expect(200).bytes.equals(bytes)).toBe(true);
    expect((await reader.download('lobby', id)).status).toBe(404);
    (await alice.postMessage('lobby', 'a file', { files: [id] })).expect(201);
    (await reader.download('lobby', id)).expect(200);
  });

  it('can delete all their messages, and so can a moderator by that ID', async () => {
    const alice = unblinded();
    const own = (await alice.postMessage('lobby', 'mine')).expect(201).json.id;
    (await alice.deleteAll('lobby', alice.sessionId)).expect(200);
    expect((await reader.message('lobby', own)).status).toBe(404);
    const again = (await alice.postMessage('lobby', 'mine again')).expect(201).json.id;
    expect((await reader.deleteAll('lobby', alice.sessionId)).status).toBe(403);
    expect((await admin.deleteAllEverywhere(alice.sessionId)).expect(200).json).toMatchObject({ total: 1 });
    expect((await reader.message('lobby', again)).status).toBe(404);
  });

  it('gets roles by their ID and is listed under it', async () => {
    const alice = await known(unblinded());
    (await admin.setRole(alice.sessionId, LOBBY, { moderator: true })).expect(200);
    expect((await reader.room('lobby')).json.moderators).toContain(alice.sessionId);
    const { id } = (await reader.postMessage('lobby', 'to be deleted')).expect(201).json;
    (await alice.deleteMessage('lobby', id)).expect(200);
    (await admin.setRole(alice.sessionId, LOBBY, { moderator: false })).expect(200);
    expect((await reader.room('lobby')).json.moderators).not.toContain(alice.sessionId);
  });

  it('gets a role or a ban by their ID before the server has seen them', async () => {
    const [mod, spammer] = [unblinded(), unblinded()];
    (await admin.setRole(mod.sessionId, LOBBY, { moderator: true })).expect(200);
    (await admin.ban(spammer.sessionId, LOBBY)).expect(200);
    expect((await mod.pollInfo('lobby')).expect(200).json.moderator).toBe(true);
    expect((await spammer.postMessage('lobby', 'spam')).status).toBe(403);
    (await admin.unban(spammer.sessionId, LOBBY)).expect(200);
    (await spammer.postMessage('lobby', 'no spam')).expect(201);
  });

  it('can do nothing after a global ban', async () => {
    const alice = await known(unblinded());
    (await admin.ban(alice.sessionId, { global: true })).expect(200);
    expect((await alice.pollInfo('lobby')).status).toBe(403);
    expect((await alice.sendDirectMessage(reader.id, Buffer.of(1))).status).toBe(403);
  });
});

describe('the two IDs of one account on a server without blinding', () => {
  it('are two people: each has its own posts, roles and bans', async () => {
    const [plain, blinded] = await bothOf();
    const ids = [
      (await plain.postMessage('lobby', 'as 05')).expect(201).json.id,
      (await blinded.postMessage('lobby', 'as 15')).expect(201).json.id,
    ];
    (await admin.setRole(plain.sessionId, LOBBY, { moderator: true })).expect(200);
    expect((await plain.pollInfo('lobby')).json.moderator).toBe(true);
    expect((await blinded.pollInfo('lobby')).json.moderator).toBe(false);
    (await admin.setRole(plain.sessionId, LOBBY, { moderator: false })).expect(200);
    (await admin.ban(blinded.id, LOBBY)).expect(200);
    expect((await blinded.postMessage('lobby', 'banned')).status).toBe(403);
    (await plain.postMessage('lobby', 'not banned')).expect(201);
    (await admin.deleteAll('lobby', plain.sessionId)).expect(200);
    expect((await reader.message('lobby', ids[0] ?? 0)).status).toBe(404);
    (await reader.message('lobby', ids[1] ?? 0)).expect(200);
  });

  it('whisper to one is hidden from the other', async () => {
    const [plain, blinded] = await bothOf();
    const { id } = (await admin.postMessage('lobby', 'for 15', { whisperTo: blinded.id })).expect(201).json;
    (await blinded.message('lobby', id)).expect(200);
    expect((await plain.message('lobby', id)).status).toBe(404);
  });
});
