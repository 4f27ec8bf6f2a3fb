import type * as databases from '../../src/foundation/database/database.js';
import type * as services from '../../src/moderation/appeals/appeals.service.js';
import type * as users from '../../src/users/users.service.js';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { StaffCards } from '../support/cards.js';
import { compiled } from '../support/compiled.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const { Database } = await compiled<typeof databases>('foundation/database/database.js');
const { AppealsService } = await compiled<typeof services>('moderation/appeals/appeals.service.js');
const { UsersService } = await compiled<typeof users>('users/users.service.js');

describe('an appeal', () => {
  let server: OpenServer;
  let actors: Actors;
  let cards: StaffCards;
  let mod: SessionClient;
  let alice: SessionClient;

  beforeEach(async () => {
    server = await openServer({ env: { DEFENCE: 'on' }, heldClock: true });
    actors = new Actors(server);
    cards = new StaffCards(server);
    mod = await actors.moderator();
    ({ alice } = actors);
    (await alice.pollInfo('lobby')).expect(200);
  });

  afterEach(() => server.stop());

  async function appeal(person: SessionClient, text: string): Promise<string> {
    const caller = await server.get(UsersService).resolve(person.id);
    if (!caller) throw new Error('nobody');
    return server
      .get(Database)
      .transact((tx) => server.get(AppealsService).appeal(tx, 'lobby', caller, text));
  }

  async function plaza(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await server.plaza(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return args.includes('--json') ? JSON.parse(stdout) : stdout;
  }

  const mute = (person: SessionClient): Promise<unknown> =>
    plaza('user', 'mute', person.id, '--room', 'lobby', '--for', '4h');
  const list = async (): Promise<{ id: number; about: string; text: string }[]> =>
    (await plaza('appeal', 'list', '--room', 'lobby', '--json')) as [];

  async function say(person: SessionClient, text: string): Promise<number> {
    const timestamp = server.clock.milliseconds();
    return (await person.postMessage('lobby', text, { timestamp })).expect(201).json.id;
  }

  const isHeld = async (id: number): Promise<boolean> => {
    const [row] = await server.sql('SELECT state FROM messages WHERE id = $1', [id]);
    return row?.state === 'held';
  };

  const showCards = async (): Promise<void> => {
    await server.clock.advance('21 seconds');
    await server.runJob('defence of rooms');
  };

  it('against nothing is refused', async () => {
    expect(await appeal(alice, 'why?')).toBe('nothing');
    expect(await list()).toEqual([]);
  });

  it('against a mute is heard once, and accepted by a card it ends the mute', async () => {
    await mute(alice);
    expect(await appeal(alice, 'I did nothing')).toBe('taken');
    expect(await appeal(alice, 'I did nothing')).toBe('repeated');
    expect(await list()).toMatchObject([{ about: 'mute', text: 'I did nothing' }]);
    await showCards();
    const card = await cards.toldTo(mod, 'appeals against a mute');
    expect(card.text).toContain('“I did nothing”');
    expect(await cards.tap(mod, card, '✅')).toBe(200);
    await cards.toldTo(mod, 'The appeal is accepted');
    await cards.toldTo(alice, 'Your appeal was accepted.');
    expect(await isHeld(await say(alice, 'thank you'))).toBe(false);
    expect(await list()).toEqual([]);
    await mute(alice);
    expect(await appeal(alice, 'again?')).toBe('taken');
  });

  it('that is declined changes nothing, and can’t be made again', async () => {
    await mute(alice);
    await appeal(alice, 'I did nothing');
    const [{ id } = { id: 0 }] = await list();
    expect(await plaza('appeal', 'decline', String(id), '--json')).toEqual({
      id,
      outcome: 'declined',
      result: 'The appeal is declined.',
    });
    await cards.toldTo(alice, 'Your appeal was declined.');
    expect(await isHeld(await say(alice, 'pity'))).toBe(true);
    expect(await appeal(alice, 'please')).toBe('repeated');
    expect(await server.plaza('appeal', 'accept', String(id))).toMatchObject({
      code: 1,
      stderr: `plaza: there is no open appeal ${id}\n`,
    });
  });

  it('against a mute that is over is refused', async () => {
    await mute(alice);
    await plaza('user', 'unmute', alice.id, '--room', 'lobby');
    expect(await appeal(alice, 'why?')).toBe('nothing');
  });

  it('against a held message publishes it when it is accepted', async () => {
    const id = await say(alice, 'https://a.example https://b.example https://c.example');
    expect(await isHeld(id)).toBe(true);
    expect(await appeal(alice, 'it is our page')).toBe('taken');
    const [open] = await list();
    expect(open).toMatchObject({ about: 'hold', message: id });
    expect(await plaza('appeal', 'accept', String(open?.id))).toBe(
      'The appeal is accepted: the message is published.\n',
    );
    expect(await isHeld(id)).toBe(false);
    await cards.toldTo(alice, 'Your appeal was accepted.');
  });

  it('is settled once by two moderators at the same time', async () => {
    await mute(alice);
    await appeal(alice, 'I did nothing');
    const [{ id } = { id: 0 }] = await list();
    const settle = (): Promise<string> =>
      server.get(Database).transact((tx) => server.get(AppealsService).settle(tx, 'plaza', id, 'accepted'));
    const outcomes = await Promise.allSettled([settle(), settle(), settle()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const told = (await cards.shownTo(alice)).filter(({ text }) => text.includes('accepted'));
    expect(told).toHaveLength(1);
  });

  it('by somebody new waits until a raid is over, and is one of thirty in an hour', async () => {
    await plaza('raid', 'on', '--room', 'lobby');
    await mute(alice);
    expect(await appeal(alice, 'I did nothing')).toBe('taken');
    await showCards();
    expect((await cards.shownTo(mod)).some(({ text }) => text.includes('appeals'))).toBe(false);
    expect(await plaza('audit', '--action', 'appeal.created')).toBe('');
    for (const person of actors.crowd(29)) {
      (await person.pollInfo('lobby')).expect(200);
      await say(person, `I am ${person.id}`);
      expect(await appeal(person, 'publish it')).toBe('taken');
    }
    const { bob } = actors;
    await say(bob, 'one more');
    await expect(appeal(bob, 'publish it')).rejects.toThrow('Too many reports');
  });
});
