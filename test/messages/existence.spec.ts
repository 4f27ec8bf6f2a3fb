import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const NOTHING = 987_654;

/** No answer tells what nobody may see from what does not exist (protocol 10). */
describe('a message that the caller may not see', () => {
  let server: OpenServer;
  let actors: Actors;
  let mod: SessionClient;
  let admin: SessionClient;
  /** By what it is: a message that neither bob nor, but for the whisper, anybody else sees. */
  let hidden: Record<string, number>;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    const { alice, bob } = actors;
    mod = await actors.moderator();
    admin = await actors.admin();
    for (const person of [alice, bob]) (await person.pollInfo('lobby')).expect(200);
    const post = async (text: string, options = {}, by = mod): Promise<number> =>
      (await by.postMessage('lobby', text, options)).expect(201).json.id;
    hidden = {
      'a whisper to somebody else': await post('psst', { whisperTo: alice.id }),
      'a whisper to moderators': await post('psst', { whisperMods: true }),
      'a message that is kept unseen': await post('spam', {}, alice),
      'a deleted message': await post('gone', {}, alice),
      'a message that never was': NOTHING,
    };
    await server.sql(`UPDATE messages SET state = 'unseen' WHERE id = $1`, [
      hidden['a message that is kept unseen'],
    ]);
    (await alice.deleteMessage('lobby', Number(hidden['a deleted message']))).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Every endpoint that takes the id of a message, as one person asks them. */
  function ask(person: SessionClient, id: number): Promise<{ status: number; text: string }>[] {
    return [
      person.message('lobby', id),
      person.editMessage('lobby', id, 'mine now'),
      person.deleteMessage('lobby', id),
      person.react('lobby', id, '🦜'),
      person.unreact('lobby', id, '🦜'),
      person.reactors('lobby', id, '🦜'),
    ];
  }

  it('is 404 with the same words as one that never existed, on every endpoint', async () => {
    const told = await Promise.all(
      Object.values(hidden).map(async (id) =>
        (await Promise.all(ask(actors.bob, id))).map(({ status, text }) => `${status} ${text}`),
      ),
    );
    expect(new Set(told.flat())).toEqual(new Set(['404 No such message']));
  });

  it('is 404 for moderators who may not see it, and for admins who would pin it', async () => {
    const whisper = Number(hidden['a whisper to somebody else']);
    const unseen = Number(hidden['a message that is kept unseen']);
    for (const id of [whisper, unseen, NOTHING]) {
      const told = await Promise.all([
        admin.editMessage('lobby', id, 'mine now'),
        admin.deleteMessage('lobby', id),
        admin.removeReactions('lobby', id),
        admin.removeReactions('lobby', id, '🦜'),
        admin.pin('lobby', id),
      ]);
      expect(told.map(({ status, text }) => [status, text])).toEqual(
        told.map(() => [404, 'No such message']),
      );
      expect((await admin.unpin('lobby', id)).expect(200).json.unpinned).toBe(false);
    }
  });

  it('is 403 for people who see it and may not change it', async () => {
    const { alice, bob } = actors;
    const open = (await alice.postMessage('lobby', 'hello')).expect(201).json.id;
    for (const [person, id] of [
      [alice, Number(hidden['a whisper to somebody else'])],
      [bob, open],
    ] as const) {
      expect((await person.editMessage('lobby', id, 'mine now')).status).toBe(403);
      expect((await person.deleteMessage('lobby', id)).status).toBe(403);
    }
    expect((await admin.editMessage('lobby', open, 'mine now')).status).toBe(403);
  });

  it('can be deleted by its author, and a whisper to moderators by any of them', async () => {
    const id = (await actors.alice.postMessage('lobby', 'spam')).expect(201).json.id;
    await server.sql(`UPDATE messages SET state = 'unseen' WHERE id = $1`, [id]);
    (await actors.alice.deleteMessage('lobby', id)).expect(200);
    (await admin.deleteMessage('lobby', Number(hidden['a whisper to moderators']))).expect(200);
    (await mod.deleteMessage('lobby', Number(hidden['a whisper to somebody else']))).expect(200);
  });
});
