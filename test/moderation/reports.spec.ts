import type * as databases from '../../src/foundation/database/database.js';
import type * as services from '../../src/moderation/reports/reports.service.js';
import type * as users from '../../src/users/users.service.js';
import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { StaffCards } from '../support/cards.js';
import { compiled } from '../support/compiled.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { Database } = await compiled<typeof databases>('foundation/database/database.js');
const { ReportsService } = await compiled<typeof services>('moderation/reports/reports.service.js');
const { UsersService } = await compiled<typeof users>('users/users.service.js');

const DAY = 24 * 60 * 60;

describe('a report', () => {
  let server: OpenServer;
  let actors: Actors;
  let cards: StaffCards;
  let mod: SessionClient;
  let spammer: SessionClient;
  let ann: SessionClient;
  let ben: SessionClient;
  let cat: SessionClient;
  let dan: SessionClient;

  beforeEach(async () => {
    server = await openServer({ heldClock: true });
    actors = new Actors(server);
    cards = new StaffCards(server);
    mod = await actors.moderator();
    [ann, ben, cat, dan] = [
      actors.person('ann'),
      actors.person('ben'),
      actors.person('cat'),
      actors.person('dan'),
    ];
    for (const member of [ann, ben, cat, dan]) await say(member, 'I have been here for long');
    await server.sql(
      'UPDATE trust SET posts = 30, days = 10, member_since = plaza_now() - $1, regular_since = plaza_now()',
      [20 * DAY],
    );
    spammer = actors.person('spammer');
    await server.clock.advance('1 minute');
  });

  afterEach(() => server.stop());

  async function say(person: SessionClient, text: string): Promise<number> {
    const timestamp = server.clock.milliseconds();
    return (await person.postMessage('lobby', text, { timestamp })).expect(201).json.id;
  }

  async function report(reporter: SessionClient, id: number, reason?: string): Promise<string> {
    (await reporter.pollInfo('lobby')).expect(200);
    const caller = await server.get(UsersService).resolve(reporter.id);
    if (!caller) throw new Error('nobody');
    return server
      .get(Database)
      .transact((tx) => server.get(ReportsService).report(tx, 'lobby', caller, id, reason));
  }

  async function listed(): Promise<Record<string, unknown>[]> {
    const { code, stdout, stderr } = await server.plaza('report', 'list', '--room', 'lobby', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Record<string, unknown>[];
  }

  const textsTo = async (person: SessionClient): Promise<(string | undefined)[]> =>
    (await person.recentMessages('lobby', { limit: 100 }))
      .expect(200)
      .json.filter(({ data }) => data !== null)
      .map(({ data }) => readMessage(data ?? '').body);

  const sees = async (person: SessionClient, text: string): Promise<boolean> =>
    (await textsTo(person)).some((shown) => shown?.includes(text));

  const showCards = async (): Promise<void> => {
    await server.clock.advance('21 seconds');
    await server.runJob('defence of rooms');
  };

  it('counts once for each person, and is listed with its reason', async () => {
    const id = await say(spammer, 'buy this');
    expect(await report(ann, id, 'advertising')).toBe('taken');
    expect(await report(ann, id)).toBe('repeated');
    expect(await listed()).toMatchObject([
      {
        room: 'lobby',
        id,
        session_id: spammer.id,
        reports: 1,
        by_established: 1,
        hidden: false,
        reasons: ['advertising'],
        text: 'buy this',
      },
    ]);
  });

  it('hides a newcomer’s message when three established members make it, and the message waits in the queue', async () => {
    const id = await say(spammer, 'buy this');
    for (const stranger of actors.crowd(5)) expect(await report(stranger, id)).toBe('taken');
    expect(await report(ann, id)).toBe('taken');
    expect(await report(ben, id)).toBe('taken');
    expect(await sees(dan, 'buy this')).toBe(true);
    expect(await report(cat, id)).toBe('hidden');
    expect(await sees(dan, 'buy this')).toBe(false);
    expect(await sees(spammer, 'Several members have reported your message')).toBe(true);
    const { stdout } = await server.plaza('queue', 'list', '--room', 'lobby', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ id, reason: 'reported', text: 'buy this' }]);
    expect(await listed()).toMatchObject([{ id, reports: 8, by_established: 3, hidden: true }]);
  });

  it('hides no message of a member, however many make it', async () => {
    const id = await say(dan, 'an opinion');
    for (const member of [ann, ben, cat]) expect(await report(member, id)).toBe('taken');
    expect(await sees(spammer, 'an opinion')).toBe(true);
  });

  it('that hid a message ends with it when a moderator publishes it from the queue, or rejects it', async () => {
    for (const [act, isShown] of [
      ['publish', true],
      ['reject', false],
    ] as const) {
      const text = `what to ${act}`;
      const id = await say(spammer, text);
      for (const member of [ann, ben, cat]) await report(member, id);
      const { code, stdout } = await server.plaza('queue', act, '--room', 'lobby', String(id), '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(
        isShown ? { published: [{ was: id }], unknown: [] } : { rejected: [id], unknown: [] },
      );
      expect(await sees(dan, text)).toBe(isShown);
      await server.runJob('reports of removed messages');
      expect(await listed()).toEqual([]);
      expect(await sees(ann, 'A message that you reported has been removed')).toBe(!isShown);
      expect((await server.plaza('queue', 'list', '--room', 'lobby')).stdout).toBe('');
    }
  });

  it('is answered by a card: the message is deleted, and its reporters are told once', async () => {
    const id = await say(spammer, 'buy this');
    await report(ann, id, 'advertising');
    await report(ben, id);
    await showCards();
    const card = await cards.toldTo(mod, 'Somebody reports a message');
    expect(card.text).toContain('buy this');
    expect(card.text).toContain('Reason: advertising');
    expect(card.buttons).toEqual(['✅', '🧹', '🔨']);
    expect(await cards.tap(mod, card, '🧹')).toBe(200);
    await cards.toldTo(mod, 'The reported message is deleted.');
    expect(await sees(dan, 'buy this')).toBe(false);
    const thanks = 'A message that you reported has been removed. Thank you.';
    for (const member of [ann, ben]) {
      const told = (await textsTo(member)).filter((text) => text?.includes(thanks));
      expect(told).toHaveLength(1);
    }
    expect(await sees(cat, thanks)).toBe(false);
    await server.runJob('reports of removed messages');
    expect((await textsTo(ann)).filter((text) => text?.includes(thanks))).toHaveLength(1);
    expect(await listed()).toEqual([]);
    expect((await spammer.pollInfo('lobby')).status).toBe(200);
  });

  it('is answered by a card: the author is banned, or all is fine and nobody is told', async () => {
    const fine = await say(spammer, 'fine');
    for (const member of [ann, ben, cat]) await report(member, fine);
    await showCards();
    await cards.tap(mod, await cards.toldTo(mod, 'which is hidden until you decide'), '✅');
    await cards.toldTo(mod, 'The reported message is published again.');
    expect(await sees(dan, 'fine')).toBe(true);
    const bad = await say(spammer, 'bad');
    await report(ann, bad);
    await showCards();
    await cards.tap(mod, await cards.toldTo(mod, '“bad”'), '🔨');
    await cards.toldTo(mod, 'The author of the reported message is banned');
    expect((await spammer.pollInfo('lobby')).status).toBe(403);
    expect(await sees(dan, 'bad')).toBe(false);
    const told = (await textsTo(ann)).filter((text) => text?.includes('has been removed'));
    expect(told).toHaveLength(1);
    expect(await sees(ben, 'has been removed')).toBe(false);
  });

  it('ends without a word when the author deletes the message', async () => {
    const id = await say(spammer, 'buy this');
    await report(ann, id);
    (await spammer.deleteMessage('lobby', id)).expect(200);
    await server.runJob('reports of removed messages');
    expect(await listed()).toEqual([]);
    expect(await sees(ann, 'has been removed')).toBe(false);
  });

  it('leads to a notice when a moderator deletes the message from any client', async () => {
    const id = await say(spammer, 'buy this');
    await report(ann, id);
    (await mod.deleteMessage('lobby', id)).expect(200);
    await server.runJob('reports of removed messages');
    expect(await sees(ann, 'has been removed')).toBe(true);
  });

  it('is refused for one’s own message, for one that the caller can’t see, and after ten in an hour', async () => {
    const own = await say(ann, 'mine');
    await expect(report(ann, own)).rejects.toThrow('their own message');
    await expect(report(ann, 4_711_000)).rejects.toThrow('No such message');
    for (let number = 0; number < 10; number++) {
      await server.clock.advance('20 seconds');
      await report(ann, await say(spammer, `spam ${number}`));
    }
    const next = await say(spammer, 'one more');
    await expect(report(ann, next)).rejects.toThrow('Too many reports');
    await server.clock.advance('1 hour');
    expect(await report(ann, next)).toBe('taken');
  });

  it('by newcomers is one of thirty in an hour, and waits while the room is guarded', async () => {
    await server.plaza('room', 'set', 'lobby', '--defence', 'on');
    expect(await server.plaza('raid', 'on', '--room', 'lobby')).toMatchObject({ code: 0, stderr: '' });
    const id = await say(dan, 'an opinion');
    for (const stranger of actors.crowd(30)) await report(stranger, id);
    await expect(report(actors.person('one more'), id)).rejects.toThrow('Too many reports');
    await showCards();
    expect(await sees(mod, 'reports a message')).toBe(false);
    const { stdout } = await server.plaza('audit', '--action', 'report.created');
    expect(stdout).toBe('');
    await server.plaza('raid', 'off', '--room', 'lobby');
    await eventually(async () => {
      await showCards();
      return sees(mod, 'report');
    });
  });
});
