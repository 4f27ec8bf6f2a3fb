import type * as service from '../../../src/messages/cards/choices.service.js';
import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { StaffCards } from '../../support/cards.js';
import { compiled } from '../../support/compiled.js';
import { openServer, type OpenServer } from '../../support/open-server.js';
import { inRoom } from '../../support/publication.js';

const { Choices } = await compiled<typeof service>('messages/cards/choices.service.js');

let server: OpenServer;
let cards: StaffCards;
let mod: SessionClient;

beforeAll(async () => {
  server = await openServer();
  mod = await new Actors(server).moderator();
  cards = new StaffCards(server);
  const choices = server.get(Choices);
  choices.register<{ reason: string }>('greet', ({ argument, chosen, actor, room }, finish) =>
    finish(() =>
      Promise.resolve(`${chosen ?? 'nobody'} for ${argument.reason} in ${room} by ${actor.sessionId}.`),
    ),
  );
  choices.register<{ people: number }>('greet many', ({ argument }, finish) =>
    finish(() => `Greeted ${argument.people}.`),
  );
});

afterAll(() => server.stop());

const OPTIONS = [
  { word: '1234abcd', label: '1234abcd Ann', value: 'first' },
  { word: '5678efab', label: '5678efab Ann', value: 'second' },
];

async function choose(reason: string): Promise<void> {
  await inRoom(server, 'lobby', (tx, room) =>
    server.get(Choices).choose(tx, room, {
      continuation: 'greet',
      argument: { reason },
      text: 'Which Ann?',
      options: OPTIONS,
    }),
  );
}

async function confirm(): Promise<void> {
  await inRoom(server, 'lobby', (tx, room) =>
    server.get(Choices).confirm(tx, room, {
      continuation: 'greet many',
      argument: { people: 7 },
      text: 'Greet 7 people?',
    }),
  );
}

describe('a choice', () => {
  it('shows the options, and goes on with the value of the one that was tapped', async () => {
    await choose('a tap');
    const card = await cards.cardOf(mod);
    expect(card.text).toContain(
      'Which Ann?\n🔴 1: 1234abcd Ann\n🟡 2: 5678efab Ann\n\n🔴 1234abcd · 🟡 5678efab',
    );
    expect(card.buttons).toEqual(['🔴', '🟡']);
    await cards.tap(mod, card, '🟡');
    await cards.toldTo(mod, `second for a tap in lobby by ${mod.id}.`);
  });

  it.each(['1', '1234ABCD', '🔴'])('is made by writing %s, too', async (word) => {
    await choose(`writing ${word}`);
    await cards.reply(mod, await cards.cardOf(mod), word);
    await cards.toldTo(mod, `first for writing ${word} in lobby`);
  });
});

describe('a confirmation', () => {
  it('goes on with yes', async () => {
    await confirm();
    await cards.tap(mod, await cards.cardOf(mod), '✅');
    await cards.toldTo(mod, 'Greeted 7.');
  });

  it('does nothing with no', async () => {
    await confirm();
    await cards.reply(mod, await cards.cardOf(mod), 'no');
    await cards.toldTo(mod, 'Nothing was done.');
    const greeted = (await cards.shownTo(mod)).filter(({ text }) => text.includes('Greeted 7.'));
    expect(greeted).toHaveLength(1);
  });
});

it('the server refuses cards that clients cannot show', async () => {
  const options = Array.from({ length: 5 }, (_, index) => ({ word: `${index}`, label: '', value: '' }));
  const question = { continuation: 'greet', argument: {}, text: 'Which?', options };
  await expect(
    inRoom(server, 'lobby', (tx, room) => server.get(Choices).choose(tx, room, question)),
  ).rejects.toThrow('one to four buttons');
});
