import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

describe('direct messages that are switched off', () => {
  let server: OpenServer;
  let alice: SessionClient;
  let bob: SessionClient;

  beforeAll(async () => {
    server = await openServer();
    ({ alice, bob } = new Actors(server));
    (await bob.inbox()).expect(200);
    (await alice.sendDirectMessage(bob.id, Buffer.from('before'))).expect(201);
  });

  afterAll(() => server.stop());

  const bodies = async (reader: SessionClient): Promise<string[]> =>
    (await reader.inbox()).expect(200).json.map(({ message }) => Buffer.from(message, 'base64').toString());

  it('are refused openly, and older ones can be read', async () => {
    await server.restart({ DIRECT_MESSAGES: 'off' });
    const refused = await alice.sendDirectMessage(bob.id, Buffer.from('no'));
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('no direct messages')]);
    expect(await bodies(bob)).toEqual(['before']);
  });

  it('are answered as if they were sent, where the operator wants that', async () => {
    await server.restart({ TELL_REFUSED_SENDERS: 'false' });
    expect((await alice.sendDirectMessage(bob.id, Buffer.from('unseen'))).status).toBe(201);
    expect(await bodies(bob)).toEqual(['before']);
    expect((await alice.outbox()).json).toHaveLength(1);
  });

  it('are sent again when they are switched on', async () => {
    await server.restart({ DIRECT_MESSAGES: 'on' });
    (await alice.sendDirectMessage(bob.id, Buffer.from('after'))).expect(201);
    expect(await bodies(bob)).toEqual(['before', 'after']);
  });
});
