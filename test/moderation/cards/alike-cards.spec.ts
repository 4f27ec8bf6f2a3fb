import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { type ShownMessage, StaffCards } from '../../support/cards.js';
import { eventually } from '../../support/eventually.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

const SPAM = 'Buy the very best coins of the whole world here';

let server: OpenServer;
let cards: StaffCards;
let actors: Actors;
let mod: SessionClient;
let people = 0;

beforeEach(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000', DEFENCE: 'watch' }, heldClock: true });
  actors = new Actors(server);
  mod = await actors.moderator();
  cards = new StaffCards(server);
  // The first run takes note of where events begin for it.
  await server.runJob('defence of rooms');
});

afterEach(() => server.stop());

async function say(person: SessionClient, text: string): Promise<number> {
  await server.clock.advance('1 second');
  const timestamp = server.clock.milliseconds();
  return (await person.postMessage('lobby', text, { timestamp })).expect(201).json.id;
}

const somebody = (): SessionClient => actors.person(`spammer ${++people}`);

/** New people who say the same, each with the id of their post. */
async function spam(count: number): Promise<{ author: SessionClient; id: number }[]> {
  const posts = [];
  for (let index = 0; index < count; index++) {
    const author = somebody();
    posts.push({ author, id: await say(author, `${SPAM} ${index}`) });
  }
  return posts;
}

/** The offers that there are when all deletions have been looked at: an event waits for older transactions to end. */
async function offered(): Promise<ShownMessage[]> {
  await server.clock.advance('30 seconds');
  await eventually(async () => {
    await server.runJob('defence of rooms');
    const [row] = await server.sql(
      `SELECT count(*) AS waiting FROM events e, event_cursors c
       WHERE c.reader = 'offers after deletions' AND (e.transaction, e.id) > (c.transaction, c.event_id)`,
    );
    return row?.waiting === '0';
  });
  return (await cards.shownTo(mod)).filter(({ buttons }) => buttons.includes('🧹'));
}

/** Bans somebody and deletes their posts, as the menu of a client does. */
async function banAndDelete({ id }: SessionClient): Promise<void> {
  const answers = await mod.sequence([
    { method: 'POST', path: `/user/${id}/ban`, json: { rooms: ['lobby'] } },
    { method: 'DELETE', path: `/room/lobby/all/${id}` },
  ]);
  expect(answers.expect(200).json.map(({ code }) => code)).toEqual([200, 200]);
}

const isThere = async (id: number): Promise<boolean> => (await mod.message('lobby', id)).status === 200;

const isBanned = async (person: SessionClient): Promise<boolean> =>
  (await person.pollInfo('lobby')).status === 403;

describe('posts like one that a moderator has deleted', () => {
  it('of new people are offered once after a ban with deletion, and removed with their authors', async () => {
    const [first, ...others] = await spam(4);
    if (!first) throw new Error('nobody has said anything');
    const innocent = await say(somebody(), 'Good morning to all of you in this room');
    await banAndDelete(first.author);
    const [card, ...more] = await offered();
    expect(more).toEqual([]);
    expect(card?.text).toContain(`3 more posts are like what was just deleted, by 3 new people: “${SPAM} 1”`);
    expect(await offered()).toHaveLength(1);
    if (!card) throw new Error('nothing is offered');
    await cards.tap(mod, card, '🔨');
    await cards.toldTo(mod, 'Posts like it that were removed: 3. People banned here: 3.');
    for (const { author, id } of others) {
      expect(await isThere(id)).toBe(false);
      expect(await isBanned(author)).toBe(true);
    }
    expect(await isThere(innocent)).toBe(true);
    expect(await offered()).toEqual([]);
  });

  it('are removed without a ban by the broom, after the deletion of a single one', async () => {
    const [first, second] = await spam(2);
    if (!first || !second) throw new Error('nobody has said anything');
    expect((await mod.deleteMessage('lobby', first.id)).status).toBe(200);
    const [card] = await offered();
    if (!card) throw new Error('nothing is offered');
    await cards.reply(mod, card, 'remove');
    await cards.toldTo(mod, 'Posts like it that were removed: 1.');
    expect(await isThere(second.id)).toBe(false);
    expect(await isBanned(second.author)).toBe(false);
    const [event] = await server.sql(`SELECT id FROM events WHERE kind = 'people.clean_up'`);
    const { stdout } = await server.plaza('undo', String(event?.id));
    expect(stdout).toContain('1 of 1 message given back');
  });

  it('stay when the moderator says so', async () => {
    const [first, second] = await spam(2);
    if (!first || !second) throw new Error('nobody has said anything');
    await banAndDelete(first.author);
    const [card] = await offered();
    if (!card) throw new Error('nothing is offered');
    await cards.tap(mod, card, '❌');
    await cards.toldTo(mod, 'The other posts like it stay.');
    expect(await isThere(second.id)).toBe(true);
  });

  it('are never touched when they are of members, regulars or staff, of any room', async () => {
    await server.addRoom('other');
    const [member, regular, elsewhere, staff, vouched, spammer] = await spam(6);
    if (!member || !regular || !elsewhere || !staff || !vouched || !spammer) throw new Error('too few');
    const trust = (person: SessionClient, column: string, room = 'lobby'): Promise<unknown> =>
      server.sql(
        `INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day, ${column})
         SELECT r.id, u.id, 0, 3, 2, 2, 5 FROM rooms r, users u WHERE r.token = $2 AND u.session_id = $1
         ON CONFLICT (room_id, user_id) DO UPDATE SET ${column} = 5`,
        [person.id, room],
      );
    await trust(member.author, 'member_since');
    await trust(regular.author, 'regular_since');
    await trust(elsewhere.author, 'member_since', 'other');
    await server.plaza('mod', 'add', staff.author.id, '--room', 'other');
    await server.plaza('user', 'trust', vouched.author.id, '--room', 'lobby');
    await banAndDelete(spammer.author);
    expect(await offered()).toEqual([]);
    const last = await spam(2);
    await banAndDelete(last[0]?.author ?? spammer.author);
    const [card] = await offered();
    if (!card || !last[1]) throw new Error('nothing is offered');
    expect(card.text).toContain('1 more post is like');
    // Somebody becomes a member after the offer.
    await trust(last[1].author, 'member_since');
    await cards.tap(mod, card, '🔨');
    await cards.toldTo(mod, 'Posts like it that were removed: 0. People banned here: 0.');
    for (const { id, author } of [member, regular, elsewhere, staff, vouched, last[1]]) {
      expect(await isThere(id)).toBe(true);
      expect(await isBanned(author)).toBe(false);
    }
  });

  it('are offered together with held ones, and with those of one incident', async () => {
    const [first, second, third] = await spam(3);
    if (!first || !second || !third) throw new Error('nobody has said anything');
    await server.sql(`UPDATE messages SET likeness = NULL, incident_id = 7 WHERE id = ANY ($1)`, [
      [first.id, second.id, third.id],
    ]);
    await server.sql(`UPDATE messages SET state = 'held', held_for = 'guarded' WHERE id = $1`, [second.id]);
    await banAndDelete(first.author);
    const [card] = await offered();
    expect(card?.text).toContain('2 more posts are like');
    if (!card) throw new Error('nothing is offered');
    await cards.tap(mod, card, '🧹');
    await cards.toldTo(mod, 'Posts like it that were removed: 2.');
    expect(await isThere(third.id)).toBe(false);
    expect((await second.author.message('lobby', second.id)).status).toBe(404);
  });

  it('that their authors delete themselves make no offer', async () => {
    const [first] = await spam(3);
    if (!first) throw new Error('nobody has said anything');
    expect((await first.author.deleteMessage('lobby', first.id)).status).toBe(200);
    expect(await offered()).toEqual([]);
  });
});
