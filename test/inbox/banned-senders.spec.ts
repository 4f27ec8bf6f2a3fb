import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const MESSAGE = Buffer.from('hello');

describe('someone who is banned', () => {
  let server: OpenServer;
  let actors: Actors;
  let admin: SessionClient;
  let bob: SessionClient;

  /** The status with which a direct message is answered. */
  const sendTo = async (recipient: SessionClient, sender: SessionClient): Promise<number> =>
    (await sender.sendDirectMessage(recipient.id, MESSAGE)).status;
  const visit = async (person: SessionClient, ...rooms: string[]): Promise<void> => {
    for (const room of rooms) (await person.pollInfo(room)).expect(200);
  };
  const ban = async (person: SessionClient, ...rooms: string[]): Promise<void> => {
    (await admin.ban(person.id, { rooms })).expect(200);
  };

  beforeAll(async () => {
    server = await openServer();
    await server.addRoom('garden');
    actors = new Actors(server);
    admin = await actors.globalAdmin();
    ({ bob } = actors);
    (await bob.inbox()).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  it('from every room they have used can send no direct message, until one ban is lifted', async () => {
    const person = actors.person('carol');
    await visit(person, 'lobby', 'garden');
    await ban(person, 'lobby', 'garden');
    const refused = await person.sendDirectMessage(bob.id, MESSAGE);
    expect([refused.status, refused.text]).toEqual([
      403,
      'Permission denied: you are banned from every room that you have used',
    ]);
    (await admin.unban(person.id, { rooms: ['garden'] })).expect(200);
    expect(await sendTo(bob, person)).toBe(201);
  });

  it('from the only room they have used can go on once they have used another', async () => {
    const person = actors.person('dave');
    await visit(person, 'lobby');
    await ban(person, 'lobby');
    expect(await sendTo(bob, person)).toBe(403);
    await visit(person, 'garden');
    expect(await sendTo(bob, person)).toBe(201);
  });

  it('from one of the rooms they have used can send', async () => {
    const person = actors.person('erin');
    await visit(person, 'lobby', 'garden');
    await ban(person, 'lobby');
    expect(await sendTo(bob, person)).toBe(201);
  });

  it('from one room can send once they have posted in another, without ever reading there', async () => {
    const person = actors.person('frank');
    (await person.postMessage('garden', 'hello')).expect(201);
    await ban(person, 'lobby');
    expect(await sendTo(bob, person)).toBe(201);
  });

  it('before they ever came can send no direct message either', async () => {
    const person = actors.person('grace');
    await ban(person, 'lobby');
    expect(await sendTo(bob, person)).toBe(403);
  });

  it('from rooms still reads and clears their own messages, and gets new ones', async () => {
    const person = actors.person('heidi');
    await visit(person, 'lobby');
    await ban(person, 'lobby');
    expect(await sendTo(person, bob)).toBe(201);
    expect((await person.inbox(0)).expect(200).json).toHaveLength(1);
    expect((await person.clearInbox()).expect(200).json).toEqual({ deleted: 1 });
  });

  it('from the server can neither send nor get nor read direct messages', async () => {
    const person = actors.person('ivan');
    expect(await sendTo(bob, person)).toBe(201);
    (await admin.ban(person.id, { global: true })).expect(200);
    const answers = [
      await sendTo(bob, person),
      (await person.inbox()).status,
      (await person.outbox(0)).status,
      (await person.clearInbox()).status,
      await sendTo(person, bob),
    ];
    expect(answers).toEqual([403, 403, 403, 403, 404]);
  });

  it('while they write is stopped for good by the ban', async () => {
    const people = actors.crowd(6);
    for (const person of people) await visit(person, 'lobby');
    await Promise.all(
      people.map(async (person) => {
        const banning = ban(person, 'lobby');
        const statuses: number[] = [];
        for (let round = 0; round < 10; round++) statuses.push(await sendTo(bob, person));
        await banning;
        statuses.push(await sendTo(bob, person));
        expect(statuses.join(' ')).toMatch(/^(201 )*(403 )*403$/);
        const sent = statuses.filter((status) => status === 201).length;
        expect(
          (await bob.inbox(0, { limit: 256 })).json.filter(({ sender }) => sender === person.id),
        ).toHaveLength(sent);
      }),
    );
  });
});
