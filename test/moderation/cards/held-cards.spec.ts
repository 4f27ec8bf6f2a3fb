import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { type ShownMessage, StaffCards } from '../../support/cards.js';
import { holdForReasons } from '../../support/message-states.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

let server: OpenServer;
let cards: StaffCards;
let actors: Actors;
let mod: SessionClient;
let people = 0;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000' }, heldClock: true });
  actors = new Actors(server);
  mod = await actors.moderator();
  cards = new StaffCards(server);
  await holdForReasons(server);
});

beforeEach(() => server.clock.advance('10 minutes'));

afterAll(() => server.stop());

interface HeldPost {
  author: SessionClient;
  id: number;
  card: ShownMessage;
}

/** Posts something that is held, and finds the card about it. */
async function held(text = 'held for media'): Promise<HeldPost> {
  const author = actors.person(`newcomer ${++people}`);
  const timestamp = server.clock.milliseconds();
  const { id } = (await author.postMessage('lobby', text, { timestamp })).expect(201).json;
  await server.runJob('defence of rooms');
  return { author, id, card: await cards.cardOf(mod) };
}

const sees = async (reader: SessionClient, { author }: HeldPost): Promise<boolean> =>
  (await cards.shownTo(reader)).some((message) => message.author === author.id);

const open = async (): Promise<number> =>
  (await cards.shownTo(mod)).filter(({ buttons }) => buttons.length > 0).length;

describe('a held post that only a moderator can decide about', () => {
  it('makes one card, which shows its text and the reason', async () => {
    const { author, card } = await held(`held for name by\n\n@15${'0'.repeat(64)}`);
    expect(card.text).toContain(
      `(${author.id.slice(0, 10)}) is held: its author’s name looks like that of staff. “held for name by 15000`,
    );
    expect(card.buttons).toEqual(['✅', '❌', '🔨']);
    const before = await open();
    await server.clock.advance('10 minutes');
    await server.runJob('defence of rooms');
    expect(await open()).toBe(before);
  });

  it('is published by a tap', async () => {
    const post = await held();
    expect(await sees(actors.bob, post)).toBe(false);
    await cards.tap(mod, post.card, '✅');
    await cards.toldTo(mod, `The post ${post.id} of ${post.author.id.slice(0, 10)} is published.`);
    expect(await sees(actors.bob, post)).toBe(true);
  });

  it('is rejected by a word', async () => {
    const post = await held();
    await cards.reply(mod, post.card, 'reject');
    await cards.toldTo(mod, `The post ${post.id} of ${post.author.id.slice(0, 10)} is rejected.`);
    expect(await sees(post.author, post)).toBe(false);
  });

  it('is deleted with all posts of its author, who is banned', async () => {
    const post = await held();
    (await post.author.postMessage('lobby', 'something else')).expect(201);
    await cards.tap(mod, post.card, '🔨');
    await cards.toldTo(mod, `${post.author.id.slice(0, 10)} is banned here`);
    expect((await post.author.pollInfo('lobby')).status).toBe(403);
    expect(await sees(mod, post)).toBe(false);
    const [count] = await server.sql('SELECT count(*) AS bans FROM events WHERE kind = $1 AND target = $2', [
      'ban',
      post.author.id,
    ]);
    expect(count).toEqual({ bans: '1' });
  });

  it('has no card any more when it was decided about elsewhere', async () => {
    const { card, id } = await held();
    await server.plaza('queue', 'publish', '--room', 'lobby', String(id));
    await server.runJob('defence of rooms');
    expect((await mod.message('lobby', card.id)).status).toBe(404);
    expect(await cards.tap(mod, card, '🔨')).toBe(404);
  });

  it('that a challenge may publish makes no card until its author has failed it', async () => {
    const before = await open();
    const author = actors.person('one who fails');
    (await author.postMessage('lobby', 'held for first_post')).expect(201);
    await server.runJob('defence of rooms');
    expect(await open()).toBe(before);
    await server.sql(
      `INSERT INTO challenges (room_id, user_id, state, level, made_at, due_at)
       SELECT r.id, u.id, 'failed', 1, plaza_now(), plaza_now() + 1000 FROM rooms r, users u
       WHERE r.token = 'lobby' AND u.session_id = $1
       ON CONFLICT (room_id, user_id) DO UPDATE SET state = 'failed'`,
      [author.id],
    );
    await server.runJob('defence of rooms');
    expect((await cards.cardOf(mod)).text).toContain('no answer of its author could publish it');
  });

  it('makes no card while the room is guarded', async () => {
    await server.sql(
      `INSERT INTO room_defences (room_id, state, since, is_forced)
       SELECT id, 'guarded', plaza_now(), true FROM rooms WHERE token = 'lobby'
       ON CONFLICT (room_id) DO UPDATE SET state = 'guarded', is_forced = true`,
    );
    const before = await open();
    const { id } = await held();
    expect(await open()).toBe(before);
    expect(await server.sql('SELECT 1 FROM cards WHERE subject = $1', [String(id)])).toEqual([]);
    await server.sql(`UPDATE room_defences SET state = 'calm', is_forced = false`);
    await server.runJob('defence of rooms');
    expect(await open()).toBe(before + 1);
  });
});

describe('two buttons at once', () => {
  it('have one effect', async () => {
    const colleague = await actors.staff('colleague', { in: 'lobby' });
    for (let round = 0; round < 4; round++) {
      const post = await held();
      const taps = await Promise.all([
        cards.tap(mod, post.card, '✅'),
        cards.tap(colleague, post.card, '🔨'),
        cards.tap(colleague, post.card, '❌'),
      ]);
      expect(taps.sort()).toEqual([200, 404, 404]);
      const events = (): Promise<Record<string, unknown>[]> =>
        server.sql(
          `SELECT kind FROM events WHERE kind IN ('queue.publish', 'queue.reject') AND before->'messages' @> $1
           UNION ALL SELECT kind FROM events WHERE kind = 'ban' AND target = $2`,
          [JSON.stringify([post.id]), post.author.id],
        );
      await cards.toldTo(mod, post.author.id.slice(0, 10));
      expect(await events()).toHaveLength(1);
      await server.clock.advance('10 minutes');
    }
  });
});

describe('an edit that is held', () => {
  const edited = async (text: string): Promise<{ author: SessionClient; id: number }> => {
    const author = actors.person(`editor ${++people}`);
    const timestamp = server.clock.milliseconds();
    const { id } = (await author.postMessage('lobby', `as it was ${people}`, { timestamp })).expect(201).json;
    await server.plaza('room', 'set', 'lobby', '--defence', 'on');
    (await author.editMessage('lobby', id, text)).expect(200);
    await server.plaza('room', 'set', 'lobby', '--defence', 'default');
    await server.runJob('defence of rooms');
    return { author, id };
  };
  const textsOf = async (reader: SessionClient): Promise<string[]> =>
    (await cards.shownTo(reader)).map(({ text }) => text);

  it('makes a card, and shows when a moderator publishes it', async () => {
    const { id } = await edited('as it is now');
    const card = await cards.cardOf(mod);
    expect(card.text).toContain(`has changed post ${id}, which stays as it was until you have looked`);
    expect(card.text).toContain('“as it is now”');
    await cards.tap(mod, card, '✅');
    await cards.toldTo(mod, `The edit of post ${id}`);
    expect(await textsOf(actors.bob)).toContain('as it is now');
  });

  it('is never published by a card that shows another text', async () => {
    const { author, id } = await edited('harmless');
    const card = await cards.cardOf(mod);
    await server.clock.advance('1 second');
    await server.plaza('room', 'set', 'lobby', '--defence', 'on');
    (await author.editMessage('lobby', id, 'buy coins')).expect(200);
    await server.plaza('room', 'set', 'lobby', '--defence', 'default');
    await cards.tap(mod, card, '✅');
    await cards.toldTo(mod, 'its author has changed it since');
    expect(await textsOf(actors.bob)).not.toContain('buy coins');
    await server.clock.advance('10 minutes');
    await server.runJob('defence of rooms');
    expect((await cards.cardOf(mod)).text).toContain('“buy coins”');
  });
});
