import { type SessionClient } from '../../client/client.js';
import { Actors } from '../../support/actors.js';
import { type ShownMessage, StaffCards } from '../../support/cards.js';
import { eventually } from '../../support/eventually.js';
import { openServer, type OpenServer } from '../../support/open-server.js';

let server: OpenServer;
let cards: StaffCards;
let mod: SessionClient;

beforeEach(async () => {
  server = await openServer({ env: { DEFENCE: 'on' }, heldClock: true });
  mod = await new Actors(server).moderator();
  cards = new StaffCards(server);
  cards.register('slow', {
    paced: 'report',
    buttons: [{ reaction: '✅', words: ['ok'] }],
    act: (_answer, finish) => finish(() => 'Looked at.'),
  });
});

afterEach(() => server.stop());

async function ask(count: number, more: { isMinor?: boolean } = {}): Promise<void> {
  for (let index = 0; index < count; index++) {
    await cards.ask({ kind: 'slow', argument: {}, text: `Report ${index}`, ...more });
  }
  await cards.runJobs();
}

async function after(time: string): Promise<ShownMessage[]> {
  await server.clock.advance(time);
  await cards.runJobs();
  return shown();
}

const shown = async (): Promise<ShownMessage[]> =>
  (await cards.shownTo(mod)).filter(({ buttons }) => buttons.length > 0);

const setState = (state: string): Promise<unknown> =>
  server.sql(
    `INSERT INTO room_defences (room_id, state, since, is_forced)
     SELECT id, $1::defence_state, 0, $1::text = 'guarded' FROM rooms WHERE token = 'lobby'
     ON CONFLICT (room_id) DO UPDATE SET state = excluded.state, is_forced = excluded.is_forced`,
    [state],
  );

describe('cards that wait for their turn', () => {
  it('are shown one in twenty seconds while they come one at a time', async () => {
    await ask(1);
    expect(await shown()).toHaveLength(1);
    await ask(1);
    expect(await after('19 seconds')).toHaveLength(1);
    expect(await after('1 second')).toHaveLength(2);
  });

  it('are counted by a digest otherwise, whose button shows four at a time', async () => {
    await ask(1);
    await ask(9);
    expect(await shown()).toHaveLength(1);
    const [digest] = await after('20 seconds');
    expect(await shown()).toHaveLength(2);
    expect(digest?.text).toContain('9 questions wait for you: 9 × report.');
    if (!digest) throw new Error('there is no digest');
    await cards.reply(mod, digest, 'show');
    await cards.toldTo(mod, '4 of 9 are shown.');
    await eventually(async () => (await shown()).length === 6);
    expect((await shown()).filter(({ text }) => text.includes('Report'))).toHaveLength(5);
    await cards.toldTo(mod, '5 questions wait for you: 5 × report.');
  });

  it('make a digest once in five minutes, which replaces the one before', async () => {
    await ask(1);
    await ask(2);
    await after('20 seconds');
    await ask(3);
    expect(await after('60 seconds')).toHaveLength(2);
    const later = await after('4 minutes');
    expect(later).toHaveLength(2);
    expect(later[0]?.text).toContain('5 questions wait for you');
  });

  it('are forgotten by the other button of the digest', async () => {
    await ask(3);
    await cards.tap(mod, await cards.cardOf(mod), '❌');
    await cards.toldTo(mod, '3 questions are forgotten');
    expect(await after('1 hour')).toHaveLength(0);
  });

  it('are counted in one digest when two processes look at once', async () => {
    const other = await openServer({ beside: server });
    const beside = new StaffCards(other);
    beside.register('slow', { paced: 'report', act: (_answer, finish) => finish(() => '') });
    for (let index = 0; index < 3; index++) await cards.ask({ kind: 'slow', argument: {}, text: 'Report' });
    await Promise.all([cards.runJobs(), beside.runJobs(), cards.runJobs(), beside.runJobs()]);
    expect(await shown()).toHaveLength(1);
    await other.stop();
  });
});

describe('while a room is guarded', () => {
  it('cards about new people wait, and others do not', async () => {
    await setState('guarded');
    await ask(2, { isMinor: true });
    expect(await after('1 hour')).toHaveLength(0);
    await ask(1);
    expect(await after('1 minute')).toHaveLength(1);
    await setState('alert');
    const [digest] = await after('1 minute');
    expect(digest?.text).toContain('2 questions wait for you');
  });
});
