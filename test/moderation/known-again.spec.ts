import { createHash } from 'node:crypto';
import { type PostOptions, type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

let server: OpenServer;
let actors: Actors;
let made = 0;

beforeAll(async () => {
  server = await openServer({ env: { DEFENCE: 'on' }, heldClock: true });
  actors = new Actors(server);
});

beforeEach(() => server.forgetRaids());

afterEach(() => server.clock.advance('1 day'));

afterAll(() => server.stop());

const fresh = (): SessionClient => actors.person(`fresh ${++made}`);

/** Why the last message of a room is held; null for one that is published. */
async function post(person: SessionClient, text: string, options: PostOptions = {}): Promise<unknown> {
  const timestamp = server.clock.milliseconds();
  const { id } = (await person.postMessage('lobby', text, { timestamp, ...options })).expect(201).json;
  const [row] = await server.sql('SELECT held_for FROM messages WHERE id = $1', [id]);
  return row?.held_for;
}

const stateOfLobby = async (): Promise<unknown> =>
  (await server.sql('SELECT state FROM room_defences'))[0]?.state;

describe('three strangers', () => {
  it('who have the same profile picture make a room guarded, whatever follows its path', async () => {
    const pictures = [
      'http://f.example/file/12#k=1',
      'http://f.example/file/12?x',
      'HTTP://F.example/file/12',
    ];
    for (const [index, profilePicture] of pictures.entries()) {
      expect(await stateOfLobby()).not.toBe('guarded');
      await post(fresh(), `line ${index}`, { profilePicture });
    }
    expect(await stateOfLobby()).toBe('guarded');
  });

  it('who have pictures of their own do not', async () => {
    for (let i = 1; i <= 5; i += 1)
      await post(fresh(), `own ${i}`, { profilePicture: `http://f.example/${i}a` });
    expect(await stateOfLobby()).toBe('calm');
  });

  it.each([1_000, 300_000])(
    'who show the same file of %i bytes make a room guarded, whatever its name',
    async (size) => {
      const bytes = Buffer.alloc(size, 7);
      for (let i = 1; i <= 3; i += 1) {
        expect(await stateOfLobby()).not.toBe('guarded');
        const person = fresh();
        const { id } = (await person.upload('lobby', bytes, `holiday ${i}.png`)).expect(201).json;
        expect(await post(person, `look ${i}`, { files: [id], attachments: [{ id }] })).toBe('media');
      }
      expect(await stateOfLobby()).toBe('guarded');
      const [stored] = await server.sql('SELECT sha256 FROM files WHERE size = $1 LIMIT 1', [size]);
      expect(stored?.sha256).toEqual(createHash('sha256').update(bytes).digest());
    },
  );
});

describe('the name of a room’s staff', () => {
  const name = 'Captain Haddock';

  async function appoint(who: string, room: string, hidden: boolean): Promise<SessionClient> {
    return actors.staff(who, { in: room, hidden });
  }

  /** Has one of the staff write in the lobby under a name, and waits until it is kept. */
  async function write(staff: SessionClient, displayName: string): Promise<void> {
    await post(staff, `good day from ${displayName}`, { displayName });
    await eventually(async () => {
      const [row] = await server.sql(
        'SELECT 1 FROM staff_names n JOIN users u ON u.id = n.user_id WHERE u.session_id = $1',
        [staff.id],
      );
      return row !== undefined;
    });
  }

  it('is kept from strangers, however they write it', async () => {
    expect(await post(fresh(), 'hello one', { displayName: name })).toBeNull();
    await write(await appoint('captain', 'lobby', false), name);
    for (const displayName of [name, 'captain haddock 7', 'Сарtain-Hаddосk']) {
      expect(await post(fresh(), `hello ${displayName}`, { displayName })).toBe('name');
    }
    // Three of one long name have made the room guarded.
    await server.forgetRaids();
    expect(await post(fresh(), 'hello two', { displayName: 'Captain Haddocks' })).toBeNull();
  });

  it('is free again when they have another one', async () => {
    await post(await appoint('captain', 'lobby', false), 'now I am another', {
      displayName: 'Professor Calculus',
    });
    await eventually(
      async () => (await post(fresh(), `hello ${++made}`, { displayName: 'Professor Calculus' })) === 'name',
    );
    expect(await post(fresh(), 'hello three', { displayName: name })).toBeNull();
  });

  it('is free when its owner is hidden, or staff of another room', async () => {
    await write(await appoint('hidden', 'lobby', true), 'Bianca Castafiore');
    expect(await post(fresh(), 'hello four', { displayName: 'Bianca Castafiore' })).toBeNull();
    await server.addRoom('ship');
    await post(await appoint('sailor', 'ship', false), 'good day', { displayName: 'Cutts the Butcher' });
    // A name is kept soon after the post: that one would be by the time that the next one is.
    await write(await appoint('lieutenant', 'lobby', false), 'Oliveira da Figueira');
    expect(await post(fresh(), 'hello five', { displayName: 'Cutts the Butcher' })).toBeNull();
  });
});
