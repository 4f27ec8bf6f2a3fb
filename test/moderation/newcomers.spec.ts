import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const PARROT = '🦜';

let server: OpenServer;
let actors: Actors;
let bob: SessionClient;
let message: number;
let count = 0;

beforeAll(async () => {
  server = await openServer({ heldClock: true, env: { DEFENCE: 'on', POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server, 'lobby');
  await server.addRoom('garden');
  bob = await member();
  message = (await bob.postMessage('lobby', 'look at this')).expect(201).json.id;
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  await server.clock.advance('2 days');
  await guard('calm');
});

/** Somebody who has read the lobby and posted nothing. */
async function stranger(): Promise<SessionClient> {
  const person = actors.person(`person ${++count}`);
  (await person.messagesSince('lobby', 0)).expect(200);
  return person;
}

async function newcomer(): Promise<SessionClient> {
  const person = await stranger();
  (await person.postMessage('lobby', `hello from ${count}`)).expect(201);
  // Newcomers post once in 15 seconds.
  await server.clock.advance('20 seconds');
  return person;
}

async function member(sinceDaysAgo = 30): Promise<SessionClient> {
  const person = await newcomer();
  await server.sql(
    `UPDATE trust SET posts = 5, days = 3, member_since = first_at - 86400.0 * $2
     WHERE user_id = (SELECT id FROM users WHERE session_id = $1)`,
    [person.id, sinceDaysAgo],
  );
  return person;
}

async function guard(state: string, room = 'lobby'): Promise<void> {
  await server.sql(
    `INSERT INTO room_defences (room_id, state, since) SELECT id, $1::defence_state, 0 FROM rooms WHERE token = $2
     ON CONFLICT (room_id) DO UPDATE SET state = excluded.state`,
    [state, room],
  );
}

async function textOf(id: number): Promise<string> {
  const { data } = (await bob.message('lobby', id)).expect(200).json;
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}

describe('an edit of a newcomer', () => {
  it('waits for a moderator while the old text stays', async () => {
    const person = await newcomer();
    const { id } = (await person.postMessage('lobby', 'the old text')).expect(201).json;
    (await person.editMessage('lobby', id, 'buy coins')).expect(200);
    expect(await textOf(id)).toContain('the old text');
    expect(await server.sql('SELECT held_for FROM held_edits WHERE message_id = $1', [id])).toEqual([
      { held_for: 'edit' },
    ]);
  });

  it('shows at once when they are a member, or the defence of the room rests or only watches', async () => {
    const established = await member();
    const { id } = (await established.postMessage('lobby', 'the old text')).expect(201).json;
    (await established.editMessage('lobby', id, 'the new text')).expect(200);
    expect(await textOf(id)).toContain('the new text');
    const person = await newcomer();
    await server.clock.advance('1 minute');
    const other = (await person.postMessage('lobby', 'one more')).expect(201).json;
    for (const mode of ['off', 'watch']) {
      await server.plaza('room', 'set', 'lobby', '--defence', mode);
      (await person.editMessage('lobby', other.id, `edited with ${mode}`)).expect(200);
      expect(await textOf(other.id)).toContain(`edited with ${mode}`);
      await server.plaza('room', 'set', 'lobby', '--defence', 'default');
    }
  });
});

describe('a reaction', () => {
  it('of strangers and newcomers is an emoji', async () => {
    for (const person of [await stranger(), await newcomer()]) {
      expect(await person.react('lobby', message, 'buy coins')).toMatchObject({
        status: 403,
        text: expect.stringContaining('emoji') as string,
      });
      expect((await person.react('lobby', message, PARROT)).status).toBe(200);
      expect((await person.react('lobby', message, '❤')).status).toBe(200);
    }
    expect((await (await member()).react('lobby', message, 'hooray')).status).toBe(200);
  });

  it.each(['guarded', 'closed'])('of a stranger is refused while the room is %s', async (state) => {
    const [fresh, known] = [await stranger(), await newcomer()];
    (await fresh.react('lobby', message, '🐢')).expect(200);
    await guard(state);
    expect((await fresh.react('lobby', message, PARROT)).status).toBe(429);
    expect((await known.react('lobby', message, PARROT)).status).toBe(200);
    expect((await fresh.unreact('lobby', message, '🐢')).status).toBe(200);
  });
});

describe('reactions of strangers together', () => {
  const statusesOf = async (people: readonly SessionClient[]): Promise<Record<number, number>> => {
    const counts: Record<number, number> = {};
    const answers = await Promise.all(people.map((one) => one.react('lobby', message, '🐢')));
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };
  const strangers = (howMany: number): SessionClient[] =>
    Array.from({ length: howMany }, () => actors.person(`person ${++count}`));

  it('are ten in a minute, also at once, while members go on', async () => {
    expect(await statusesOf(strangers(25))).toEqual({ 200: 10, 429: 15 });
    expect((await bob.react('lobby', message, PARROT)).status).toBe(200);
    expect((await (await newcomer()).react('lobby', message, PARROT)).status).toBe(200);
  });

  it('are two hundred a day, and one that is taken back frees no place', async () => {
    let given = 0;
    for (let minute = 0; minute < 300; minute += 7) {
      const people = strangers(10);
      given += (await statusesOf(people))[200] ?? 0;
      for (const person of people) await person.unreact('lobby', message, '🐢');
      await server.clock.advance('7 minutes');
    }
    expect(given).toBe(200);
    await server.clock.advance('1 day');
    expect(await statusesOf(strangers(1))).toEqual({ 200: 1 });
  });
});

describe('uploads', () => {
  const upload = async (person: SessionClient, room = 'lobby'): Promise<number> =>
    (await person.upload(room, Buffer.from('picture'))).status;

  it('of a stranger are two in ten minutes', async () => {
    const person = await stranger();
    expect([await upload(person), await upload(person), await upload(person)]).toEqual([201, 201, 429]);
    const atOnce = await Promise.all([1, 2, 3, 4].map(() => upload(person, 'garden')));
    expect(atOnce.sort()).toEqual([201, 201, 429, 429]);
    await server.clock.advance('11 minutes');
    expect(await upload(person)).toBe(201);
  });

  it('of a stranger are readable by nobody else, also while the room is guarded', async () => {
    await guard('guarded');
    const person = await stranger();
    const { id } = (await person.upload('lobby', Buffer.from('picture'))).expect(201).json;
    expect((await person.download('lobby', id)).status).toBe(200);
    for (const other of [bob, await actors.moderator()]) {
      expect((await other.download('lobby', id)).status).toBe(404);
    }
  });

  it('of newcomers and young members are ten together in ten minutes, whatever strangers upload', async () => {
    const [one, other, young] = [await newcomer(), await newcomer(), await member(3)];
    await upload(await stranger());
    for (const person of [one, other]) for (let i = 1; i <= 4; i++) expect(await upload(person)).toBe(201);
    expect([await upload(young), await upload(young), await upload(young)]).toEqual([201, 201, 429]);
    expect([await upload(one), await upload(one, 'garden')]).toEqual([429, 201]);
    expect(await upload(bob)).toBe(201);
    await server.clock.advance('11 minutes');
    expect(await upload(young)).toBe(201);
  });
});

describe('direct messages', () => {
  const send = async (from: SessionClient, to: SessionClient): Promise<number> =>
    (await from.sendDirectMessage(to.id, Buffer.from('psst'))).status;
  const many = async (howMany: number, make: () => Promise<SessionClient>): Promise<SessionClient[]> => {
    const people: SessionClient[] = [];
    while (people.length < howMany) people.push(await make());
    return people;
  };

  it('of a stranger reach staff alone, and nobody while any room is guarded', async () => {
    const [person, mod] = [await stranger(), await actors.moderator()];
    (await mod.messagesSince('lobby', 0)).expect(200);
    expect([await send(person, bob), await send(person, mod)]).toEqual([403, 201]);
    await guard('guarded', 'garden');
    expect(await send(person, mod)).toBe(429);
    await guard('calm', 'garden');
  });

  it('answer anybody who has written first', async () => {
    const [person, known] = [await stranger(), await member()];
    expect([await send(known, person), await send(person, known)]).toEqual([201, 201]);
  });

  it('of a newcomer begin with five people a day, also at once, and go on with these', async () => {
    const person = await newcomer();
    const people = await many(7, stranger);
    const statuses = await Promise.all(people.map((one) => send(person, one)));
    expect(statuses.sort()).toEqual([201, 201, 201, 201, 201, 429, 429]);
    const reached = (await person.outbox()).json.at(-1)?.recipient;
    expect((await person.sendDirectMessage(reached ?? '', Buffer.from('and'))).status).toBe(201);
    await server.clock.advance('25 hours');
    expect(await send(person, await stranger())).toBe(201);
  });

  it('of new people to one person are five a day, those of members aside', async () => {
    const target = await member();
    const people = await many(7, newcomer);
    await server.clock.advance('1 hour');
    const statuses = await Promise.all(people.map((one) => send(one, target)));
    expect(statuses.sort()).toEqual([201, 201, 201, 201, 201, 429, 429]);
    expect(await send(await member(), target)).toBe(201);
  });

  it('to the server itself reach nobody', async () => {
    const person = await newcomer();
    await server.plaza('user', 'mute', person.sessionId, '--room', 'lobby');
    (await person.postMessage('lobby', 'what?')).expect(201);
    const [whisper] = (await person.get('/room/lobby/messages/recent?limit=1')).expect(200).json as {
      session_id: string;
    }[];
    const answer = await bob.sendDirectMessage(whisper?.session_id ?? '', Buffer.from('why?'));
    expect(answer.status).toBe(404);
  });

  it('are answered as if they were sent where the operator has senders not told', async () => {
    const [person, known] = [await stranger(), await member()];
    await server.restart({ TELL_REFUSED_SENDERS: 'false' });
    expect(await send(person, known)).toBe(201);
    expect((await known.inbox()).json).toEqual([]);
    await server.restart({ TELL_REFUSED_SENDERS: 'true' });
  });
});
