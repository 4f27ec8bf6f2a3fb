import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { type ShownMessage, StaffCards } from '../../support/cards.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

const YES = { reaction: '✅', words: ['yes'] } as const;

describe('the card of a raid', () => {
  let server: OpenServer;
  let cards: StaffCards;
  let mod: SessionClient;
  let raiders: SessionClient[];

  beforeEach(async () => {
    server = await openServer({ env: { DEFENCE: 'on' }, heldClock: true });
    const actors = new Actors(server);
    mod = await actors.moderator();
    cards = new StaffCards(server);
    raiders = actors.crowd(12);
    for (const [index, raider] of raiders.entries()) {
      const timestamp = server.clock.milliseconds();
      (await raider.postMessage('lobby', `line ${index}`, { timestamp })).expect(201);
    }
  });

  afterEach(() => server.stop());

  async function card(): Promise<ShownMessage> {
    await cards.toldTo(mod, 'A raid may have begun in');
    return cards.cardOf(mod);
  }

  const state = async (): Promise<unknown> => (await server.sql('SELECT state FROM room_defences'))[0]?.state;

  it('bans everybody who took part by one tap', async () => {
    const raid = await card();
    expect(raid.buttons).toEqual(['🔨', '❌', '✅']);
    // The first posts join the raid when their authors are judged.
    await server.clock.advance('16 seconds');
    await server.runJob('defence of rooms');
    expect(await cards.tap(mod, raid, '🔨')).toBe(200);
    await cards.toldTo(mod, 'Banned here for the raid: 12 people.');
    const answers = await Promise.all(raiders.map((raider) => raider.pollInfo('lobby')));
    expect(answers.map(({ status }) => status)).toEqual(raiders.map(() => 403));
    expect(await state()).toBe('guarded');
  });

  it('ends it by a word', async () => {
    await cards.reply(mod, await card(), 'end');
    await cards.toldTo(mod, 'The raid is ended.');
    expect(await state()).toBe('alert');
  });

  it('takes all of it back by another tap', async () => {
    await cards.tap(mod, await card(), '✅');
    await cards.toldTo(mod, 'The raid is taken back:');
    expect(await state()).toBe('calm');
    expect((await cards.shownTo(raiders[0] ?? mod)).length).toBe(12);
  });

  it('is replaced by the next digest, whose buttons do the same', async () => {
    const first = await card();
    cards.register('complaint', {
      paced: 'complaint',
      buttons: [YES],
      act: (_answer, finish) => finish(() => ''),
    });
    await cards.ask({ kind: 'complaint', argument: {}, text: 'A report', isMinor: true });
    await server.clock.advance('10 minutes');
    await server.runJob('defence of rooms');
    const { text } = await cards.toldTo(mod, 'The raid on lobby goes on.');
    expect(text).toContain('Until it is over, these wait: 1 × complaint.');
    expect(await cards.tap(mod, first, '🔨')).toBe(404);
    await cards.tap(mod, await cards.cardOf(mod), '❌');
    await cards.toldTo(mod, 'The raid is ended.');
  });

  it('of a raid that another one has followed does nothing', async () => {
    const old = await card();
    await server.plaza('raid', 'off', '--room', 'lobby');
    await server.plaza('raid', 'on', '--room', 'lobby');
    await cards.tap(mod, old, '🔨');
    await cards.toldTo(mod, 'That raid is over, and another one came after it.');
    expect((await raiders[0]?.pollInfo('lobby'))?.status).toBe(200);
  });
});
