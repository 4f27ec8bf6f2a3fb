import type * as errors from '../../../src/foundation/errors/protocol-error.js';
import type * as duty from '../../../src/messages/cards/duty.service.js';
import type * as users from '../../../src/users/users.service.js';
import { type StaffQuestion } from '../../../src/messages/cards/cards.service.js';
import { type SessionClient } from '../../client/client.js';
import { encodeMessage } from '../../client/message.js';
import { Actors } from '../../support/actors.js';
import { type ShownMessage, StaffCards } from '../../support/cards.js';
import { compiled } from '../../support/compiled.js';
import { eventually } from '../../support/eventually.js';
import { openServer, type OpenServer } from '../../support/open-server.js';
import { inRoom } from '../../support/publication.js';
import { Screen } from '../../support/screen.js';

const { DutyService } = await compiled<typeof duty>('messages/cards/duty.service.js');
const { UsersService } = await compiled<typeof users>('users/users.service.js');

let server: OpenServer;
let other: OpenServer;
let actors: Actors;
let cards: StaffCards;
let mod: SessionClient;
let colleague: SessionClient;
let bob: SessionClient;
let asked = 0;

/** Names of the questions whose effect has been carried out, in order, each with its button and its actor. */
const effects: string[] = [];

const BUTTONS = [
  { reaction: '✅', words: ['publish', 'yes'] },
  { reaction: '🔨', words: ['ban'] },
] as const;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '2' }, heldClock: true });
  other = await openServer({ beside: server });
  actors = new Actors(server);
  mod = await actors.moderator();
  colleague = await actors.staff('colleague', { in: 'lobby' });
  ({ bob } = actors);
  cards = new StaffCards(server);
  for (const one of [cards, new StaffCards(other)]) {
    one.register<{ name: string }>('test', {
      buttons: BUTTONS,
      act: ({ argument, button, actor }, finish) =>
        finish(async (tx) => {
          // The effect is a row, so that it is seen how often it was committed.
          await tx.run(
            `UPDATE rooms SET description = coalesce(description, '') || $1 WHERE token = 'lobby'`,
            [`${argument.name} ${button.reaction};`],
          );
          effects.push(`${argument.name} ${button.reaction} ${actor.sessionId}`);
          return `Done with ${argument.name}.`;
        }),
    });
  }
  await bob.messagesSince('lobby', 0);
});

beforeEach(() => server.clock.advance('1 minute'));

afterAll(async () => {
  await other.stop();
  await server.stop();
});

/** Asks something new. */
async function ask(
  more: Partial<StaffQuestion<{ name: string }>> = {},
): Promise<{ name: string; card: ShownMessage }> {
  const name = `question ${++asked}`;
  await cards.ask({ kind: 'test', argument: { name }, text: `What about ${name}?`, ...more });
  return { name, card: await cards.cardOf(mod) };
}

async function timesDone(name: string): Promise<number> {
  const [row] = await server.sql(`SELECT description FROM rooms WHERE token = 'lobby'`);
  return String(row?.description).split(`${name} `).length - 1;
}

const isThere = async (reader: SessionClient, { id }: { id: number }): Promise<boolean> =>
  (await reader.message('lobby', id)).status === 200;

describe('a card', () => {
  it('is shown to moderators alone, with its buttons and their words', async () => {
    const { name, card } = await ask();
    expect(card.text).toContain(`Only moderators see this. What about ${name}?`);
    expect(card.text).toContain('✅ publish · 🔨 ban');
    expect(card.buttons).toEqual(['✅', '🔨']);
    expect(await isThere(colleague, card)).toBe(true);
    expect(await isThere(bob, card)).toBe(false);
  });

  it('is answered by a tap: it disappears, and staff is told what was done and by whom', async () => {
    const { name, card } = await ask();
    const { seqno } = (await colleague.message('lobby', card.id)).expect(200).json;
    expect(await cards.tap(mod, card, '✅')).toBe(200);
    const { text } = await cards.toldTo(colleague, `Done with ${name}.`);
    expect(text).toBe(`Only moderators see this. Done with ${name}.\n✅ by @${mod.id}`);
    expect(await isThere(colleague, card)).toBe(false);
    expect((await cards.shownTo(bob)).some((message) => message.text.includes(name))).toBe(false);
    const updates = (await colleague.messagesSince('lobby', seqno)).expect(200).json;
    expect(updates.find(({ id }) => id === card.id)).toMatchObject({ deleted: true });
    expect(await timesDone(name)).toBe(1);
  });

  it.each(['Publish!', 'yes', '✅', '✅\u{FE0F}'])('is answered by a reply that says %s', async (word) => {
    const { name, card } = await ask();
    const { id } = await cards.reply(mod, card, word, asked % 2);
    await cards.toldTo(colleague, `Done with ${name}.`);
    expect(await isThere(bob, { id })).toBe(false);
    expect(await isThere(colleague, { id })).toBe(false);
    expect(await isThere(mod, { id })).toBe(true);
  });

  it('accepts answers beyond the rate of posts', async () => {
    for (let count = 0; count < 4; count++) {
      const { name, card } = await ask();
      await cards.reply(mod, card, 'ban');
      await cards.toldTo(colleague, `Done with ${name}.`);
    }
    expect((await mod.postMessage('lobby', 'a post')).status).toBe(429);
  });

  it('is not answered by another reaction, or by a reply with other words, which nobody sees', async () => {
    const { name, card } = await ask();
    expect(await cards.tap(mod, card, '😀')).toBe(200);
    const { id } = await cards.reply(mod, card, 'who is that?');
    await cards.toldTo(mod, 'That is none of the answers: ✅ publish · 🔨 ban');
    expect(await isThere(bob, { id })).toBe(false);
    expect(await cards.cardOf(colleague)).toMatchObject({ id: card.id, buttons: ['✅', '🔨'] });
    expect(await timesDone(name)).toBe(0);
  });

  it('keeps its buttons when a moderator removes all reactions from it', async () => {
    const { card } = await ask();
    expect((await mod.delete(`/room/lobby/reactions/${card.id}`)).json).toMatchObject({ removed: 0 });
    expect((await mod.delete(`/room/lobby/reactions/${card.id}/✅`)).json).toMatchObject({ removed: 0 });
    expect((await cards.cardOf(mod)).buttons).toEqual(['✅', '🔨']);
  });
});

describe('the first valid answer', () => {
  it('wins when several moderators and processes answer at once, by taps and words', async () => {
    for (let round = 0; round < 8; round++) {
      const { name, card } = await ask();
      const elsewhere = other.client(mod.identity);
      const colleagueElsewhere = other.client(colleague.identity);
      const taps = await Promise.all([
        cards.tap(mod, card, '✅'),
        cards.tap(colleagueElsewhere, card, '🔨'),
        cards.reply(colleague, card, 'ban').then(() => 201),
        cards.tap(elsewhere, card, '🔨'),
      ]);
      expect(taps.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
      await cards.toldTo(colleague, `Done with ${name}.`);
      const told = await cards.shownTo(mod);
      expect(told.filter(({ text }) => text.includes(`Done with ${name}.`))).toHaveLength(1);
      expect(await timesDone(name)).toBe(1);
      expect(effects.filter((effect) => effect.startsWith(`${name} `))).toHaveLength(1);
      await server.clock.advance('1 minute');
    }
  });

  it('has later ones fail: a tap finds no message, and a word is answered by a whisper', async () => {
    const { name, card } = await ask();
    await cards.tap(mod, card, '✅');
    await cards.toldTo(colleague, `Done with ${name}.`);
    expect(await cards.tap(colleague, card, '🔨')).toBe(404);
    const { id } = await cards.reply(colleague, card, 'ban');
    await cards.toldTo(colleague, 'This question is no longer open');
    expect(await isThere(bob, { id })).toBe(false);
    expect(await timesDone(name)).toBe(1);
  });

  it('that is sent again is the same message, and changes nothing', async () => {
    const { name, card } = await ask();
    const quote = { timestamp: Math.floor(card.posted * 1000), author: card.author };
    const data = encodeMessage({ body: 'publish', quote, timestamp: server.clock.milliseconds() });
    const first = (await mod.postMessage('lobby', '', { data })).expect(201).json;
    await cards.toldTo(mod, `Done with ${name}.`);
    expect((await mod.postMessage('lobby', '', { data })).expect(201).json.id).toBe(first.id);
    await server.clock.advance('3 seconds');
    await server.runJob('defence of rooms');
    expect((await mod.postMessage('lobby', '', { data })).expect(201).json.id).toBe(first.id);
    expect((await cards.shownTo(mod))[0]?.text).toContain(`Done with ${name}.`);
  });

  it('that is typed disappears from the screen of its author', async () => {
    const screen = new Screen(mod);
    const { name, card } = await ask();
    expect(await screen.say('publish', { ...card, text: '' })).toBe(201);
    await cards.toldTo(mod, `Done with ${name}.`);
    expect(await screen.texts()).toContain('publish');
    await server.clock.advance('3 seconds');
    await server.runJob('defence of rooms');
    expect(await screen.texts()).not.toContain('publish');
  });
});

describe('nobody but those who see a card', () => {
  it('answers it: people who guess its id are told that there is no such message', async () => {
    const { name, card } = await ask();
    const stranger = actors.person('a guesser');
    for (const person of [bob, stranger]) expect(await cards.tap(person, card, '✅')).toBe(404);
    expect(await cards.tap(bob, { ...card, id: card.id + 1_000 }, '✅')).toBe(404);
    await cards.reply(bob, card, 'publish');
    expect(await isThere(mod, card)).toBe(true);
    expect(await timesDone(name)).toBe(0);
  });

  it('answers it, not even a moderator who has lost the role meanwhile', async () => {
    const former = await actors.staff('former', { in: 'lobby' });
    const { name, card } = await ask();
    expect(await isThere(former, card)).toBe(true);
    await server.plaza('mod', 'remove', former.id, '--room', 'lobby');
    expect(await cards.tap(former, card, '✅')).toBe(404);
    await cards.reply(former, card, 'publish');
    expect(await isThere(mod, card)).toBe(true);
    expect(await timesDone(name)).toBe(0);
  });

  it('sees or answers a card for one moderator, and the outcome is told to them alone', async () => {
    const [row] = await server.sql('SELECT id FROM users WHERE session_id = $1', [mod.id]);
    const { name, card } = await ask({ forUserId: Number(row?.id) });
    expect(card.text).toMatch(/^Only you can see this\. /);
    expect(await cards.tap(colleague, card, '✅')).toBe(404);
    expect(await timesDone(name)).toBe(0);
    expect(await cards.tap(mod, card, '✅')).toBe(200);
    const told = await cards.toldTo(mod, `Done with ${name}.`);
    expect(told.text).toBe(`Only you can see this. Done with ${name}.`);
    expect(await isThere(colleague, told)).toBe(false);
  });
});

describe('an unanswered card', () => {
  it('is replaced by a newer one about the same thing', async () => {
    const { card: first } = await ask({ subject: 'a raid' });
    const { card: second } = await ask({ subject: 'a raid' });
    expect(second.id).not.toBe(first.id);
    expect(await isThere(mod, first)).toBe(false);
    expect(await cards.tap(mod, first, '✅')).toBe(404);
    expect(await cards.tap(mod, second, '✅')).toBe(200);
  });

  it('is removed after CARD_HOURS, and its row as long after that', async () => {
    const { card } = await ask();
    await server.clock.advance('71 hours');
    await cards.runJobs();
    expect(await isThere(mod, card)).toBe(true);
    await server.clock.advance('1 hour');
    await cards.runJobs();
    expect(await isThere(mod, card)).toBe(false);
    const row = (): Promise<unknown[]> =>
      server.sql('SELECT state FROM cards WHERE message_id = $1', [card.id]);
    expect(await row()).toEqual([{ state: 'settled' }]);
    await server.clock.advance('73 hours');
    await cards.runJobs();
    expect(await row()).toEqual([]);
  });
});

describe('an effect that fails', () => {
  it('is carried out by another process when the first one has left it, once', async () => {
    let tries = 0;
    const name = `question ${++asked}`;
    for (const one of [cards, new StaffCards(other)]) {
      one.register<{ name: string }>('fails at first', {
        buttons: BUTTONS,
        act: (answer, finish) =>
          finish(async (tx) => {
            await tx.run(
              `UPDATE rooms SET description = coalesce(description, '') || $1 WHERE token = 'lobby'`,
              [`${answer.argument.name} ${answer.button.reaction};`],
            );
            if (++tries === 1) throw new Error('the process is lost');
            return `Done with ${answer.argument.name}.`;
          }),
      });
    }
    const { card } = await ask({ kind: 'fails at first', argument: { name } });
    expect(await cards.tap(mod, card, '🔨')).toBe(200);
    await eventually(() => Promise.resolve(tries === 1));
    await new StaffCards(other).runJobs();
    expect(await timesDone(name)).toBe(0);
    await server.clock.advance('61 seconds');
    await Promise.all([cards.runJobs(), new StaffCards(other).runJobs(), cards.runJobs()]);
    await cards.toldTo(colleague, `Done with ${name}.`);
    expect(await timesDone(name)).toBe(1);
    expect(tries).toBe(2);
  });

  it('is refused with the reason when the moderator may not do it', async () => {
    const { ProtocolError } = await compiled<typeof errors>('foundation/errors/protocol-error.js');
    cards.register('refused', {
      buttons: BUTTONS,
      act: () => Promise.reject(new ProtocolError('permission_denied', 'this takes an admin')),
    });
    const { card } = await ask({ kind: 'refused' });
    await cards.tap(mod, card, '✅');
    await cards.toldTo(colleague, 'Nothing was done. Permission denied: this takes an admin.');
  });
});

describe('moderators on duty', () => {
  it('are mentioned by cards, unless they moderate the room no longer or go off duty', async () => {
    const duties = server.get(DutyService);
    const change = async (person: SessionClient, to: 'on' | 'off'): Promise<boolean> => {
      const caller = await server.get(UsersService).find(person.id);
      if (!caller) throw new Error('nobody is called so');
      return inRoom(server, 'lobby', (tx) => duties[to](tx, 'lobby', caller));
    };
    const fired = await actors.staff('fired', { in: 'lobby' });
    await fired.messagesSince('lobby', 0);
    expect((await ask()).card.text).not.toContain('@');
    for (const person of [mod, colleague, fired]) expect(await change(person, 'on')).toBe(true);
    expect(await change(mod, 'on')).toBe(false);
    await server.plaza('mod', 'remove', fired.id, '--room', 'lobby');
    expect((await ask()).card.text).toMatch(new RegExp(`@${mod.id} @${colleague.id}$`));
    expect(await change(mod, 'off')).toBe(true);
    expect((await ask()).card.text).toMatch(new RegExp(`word\\.\n\n@${colleague.id}$`));
    await expect(change(bob, 'on')).rejects.toThrow('moderator permission');
  });
});
