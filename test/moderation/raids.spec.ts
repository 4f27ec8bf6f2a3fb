import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { Challenges } from '../support/challenges.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

interface View {
  state: string;
  since: number | null;
  held: number;
  published: number;
  withdrawn: number;
  incident: number | null;
}

describe('a raid', () => {
  let server: OpenServer;
  let actors: Actors;
  let raiders: SessionClient[];
  let member: SessionClient;

  beforeEach(async () => {
    server = await openServer({ env: { DEFENCE: 'on' }, heldClock: true });
    actors = new Actors(server);
    member = actors.person('member');
    await say(member, 'known');
    await server.sql('UPDATE trust SET member_since = plaza_now() - 1');
    await server.clock.advance('1 day');
    raiders = actors.crowd(12);
  });

  afterEach(() => server.stop());

  async function say(person: SessionClient, text: string): Promise<number> {
    const timestamp = server.clock.milliseconds();
    return (await person.postMessage('lobby', text, { timestamp })).expect(201).json.id;
  }

  /** Twelve strangers write: six are published, one is held, the others are held in a guarded room. */
  async function raid(): Promise<number[]> {
    const ids: number[] = [];
    for (const [index, raider] of raiders.entries()) ids.push(await say(raider, `line ${index}`));
    return ids;
  }

  /** The authors of what is published have not polled, so it is taken back. */
  async function takeBack(): Promise<void> {
    await server.clock.advance('16 seconds');
    await server.runJob('defence of rooms');
    await eventually(async () => (await show()).withdrawn === 6);
  }

  async function command(name: string, ...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await server.plaza('raid', name, '--room', 'lobby', '--json', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  const show = async (): Promise<View> => (await command('show')) as View;

  async function banned(): Promise<number> {
    const answers = await Promise.all(raiders.map((raider) => raider.pollInfo('lobby')));
    return answers.filter(({ status }) => status === 403).length;
  }

  async function shown(): Promise<number> {
    return (await member.recentMessages('lobby')).expect(200).json.filter(({ whisper }) => !whisper).length;
  }

  it('is shown with its state and its numbers', async () => {
    expect(await show()).toEqual({
      state: 'calm',
      since: null,
      held: 0,
      published: 0,
      withdrawn: 0,
      incident: null,
    });
    await raid();
    const { since, incident, ...view } = await show();
    expect(view).toEqual({ state: 'guarded', held: 6, published: 0, withdrawn: 0 });
    expect([since, incident]).toEqual([expect.closeTo(server.clock.seconds(), 0), expect.any(Number)]);
    await takeBack();
    expect((await server.plaza('raid', 'show', '--room', 'lobby')).stdout.split('\n')).toEqual([
      'state: guarded',
      expect.stringMatching(/^since: .*Z$/),
      `incident: ${incident}`,
      'held: 6',
      'published: 0',
      'taken back: 6',
      '',
    ]);
  });

  it('is banned as one with all its posts, but not members, and undone as one', async () => {
    await raid();
    await takeBack();
    const friend = actors.person('friend');
    (await friend.inbox()).expect(200);
    await server.sql(
      `INSERT INTO inbox (recipient_id, sender_id, body, posted_at, expires_at)
       SELECT f.id, r.id, 'x', plaza_now(), plaza_now() + 999 FROM users f, users r
       WHERE f.session_id = $1 AND r.session_id = $2`,
      [friend.id, raiders[0]?.id],
    );
    expect(await command('ban')).toEqual({
      incident: (await show()).incident,
      people: 12,
      messages: 6,
      reactions: 0,
      files: 0,
      directMessages: 1,
    });
    expect(await banned()).toBe(12);
    expect(await shown()).toBe(1);
    expect((await show()).held).toBe(0);
    expect((await member.pollInfo('lobby')).status).toBe(200);
    expect(await server.sql('SELECT is_banned FROM incidents')).toEqual([{ is_banned: true }]);
    expect(await command('undo')).toMatchObject({ people: 12, messages: 12, tooLate: 0 });
    expect(await banned()).toBe(0);
    await eventually(async () => (await shown()) === 13);
    expect(await show()).toMatchObject({ state: 'calm', held: 0, incident: null });
    expect(await command('undo')).toMatchObject({ people: 0, messages: 0 });
    expect(await shown()).toBe(13);
  });

  it('is undone without a ban: what was held and taken back is published', async () => {
    await raid();
    await takeBack();
    expect(await command('undo')).toMatchObject({ people: 0, messages: 12, tooLate: 0 });
    await eventually(async () => (await shown()) === 13);
    await say(actors.person('another stranger'), 'hello').catch(() => undefined);
    expect(await show()).toMatchObject({ state: 'calm' });
  });

  it('is banned together with older held posts of its members, which no undo publishes', async () => {
    const known = actors.person('known');
    await say(known, 'a newcomer of the day before');
    await server.clock.advance('1 day');
    const pictured = { attachments: [{ id: 7 }] };
    (await known.postMessage('lobby', 'my dog', pictured)).expect(201);
    for (const [index, raider] of raiders.slice(0, 10).entries()) {
      (await raider.postMessage('lobby', `picture ${index}`, pictured)).expect(201);
    }
    expect(await show()).toMatchObject({ state: 'guarded', held: 11 });
    expect(await command('undo')).toMatchObject({ messages: 0 });
    expect(await show()).toMatchObject({ state: 'calm', held: 11 });
    expect(await command('ban')).toMatchObject({ people: 10, messages: 10 });
    expect(await show()).toMatchObject({ held: 1 });
    expect((await known.pollInfo('lobby')).status).toBe(200);
  });

  it('does not bring messages back that clients would not take any more', async () => {
    await raid();
    await takeBack();
    await command('ban');
    await server.clock.advance('6.1 hours');
    expect(await command('undo')).toMatchObject({ people: 12, messages: 0, tooLate: 12 });
    expect(await banned()).toBe(0);
    expect(await shown()).toBe(1);
  });

  it('leaves those banned whom a moderator had banned before', async () => {
    await raid();
    await server.plaza('user', 'ban', raiders[11]?.id ?? '', '--room', 'lobby');
    await command('ban');
    expect(await banned()).toBe(12);
    await command('undo');
    expect(await banned()).toBe(1);
  });

  it('spares people whom staff trusts, and whose posts staff has published from the queue', async () => {
    const ids = await raid();
    await server.plaza('user', 'trust', raiders[10]?.id ?? '', '--room', 'lobby');
    await server.plaza('queue', 'publish', '--room', 'lobby', String(ids[11]));
    await command('ban');
    expect(await banned()).toBe(10);
    expect((await raiders[11]?.pollInfo('lobby'))?.status).toBe(200);
  });

  it('includes first posts that stand, and spares people who solved and whose posts stand', async () => {
    await raid();
    const challenges = new Challenges(server);
    const [, , , solver, deleter] = raiders.slice(6);
    for (const person of [solver, deleter]) {
      if (!person) throw new Error('nobody');
      await person.messagesSince('lobby', 0);
      const card = await challenges.readCard(person);
      (await person.react('lobby', card.id, card.right)).expect(200);
    }
    const [own] = (await member.recentMessages('lobby')).json.filter(
      ({ session_id }) => session_id === deleter?.id,
    );
    (await deleter?.deleteMessage('lobby', own?.id ?? 0))?.expect(200);
    await command('ban');
    expect(await banned()).toBe(11);
    expect(await shown()).toBe(2);
    expect((await solver?.pollInfo('lobby'))?.status).toBe(200);
    await command('undo');
    expect(await banned()).toBe(0);
  });

  it('includes posts of newcomers who wrote too much together, and no others', async () => {
    for (const raider of raiders) await say(raider, `hello ${raider.id}`).catch(() => undefined);
    await server.sql('UPDATE messages SET likeness = NULL');
    await server.sql(
      `UPDATE messages SET state = 'published', held_for = NULL, incident_id = NULL WHERE data IS NOT NULL`,
    );
    await server.forgetRaids();
    await server.sql(
      `INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day)
       SELECT room_id, user_id, posted_at, 1, 1, 0 FROM messages WHERE whisper_to IS NULL AND NOT whisper_mods
       ON CONFLICT DO NOTHING`,
    );
    await server.clock.advance('3 days');
    await command('on');
    await say(raiders[0] ?? member, 'an honest newcomer goes on');
    await command('ban');
    expect(await banned()).toBe(0);
    for (const raider of raiders.slice(1)) await say(raider, `wave ${raider.id}`);
    await server.sql(
      `UPDATE messages SET state = 'held', held_for = 'newcomer', incident_id = (SELECT max(id) FROM incidents)
       WHERE id = (SELECT max(id) FROM messages WHERE NOT whisper_mods)`,
    );
    await command('ban');
    expect(await banned()).toBe(12);
  });

  it('includes the newcomers whose posts were held before so many made the room guarded', async () => {
    const newcomers = actors.crowd(22);
    for (const newcomer of newcomers) (await newcomer.inbox()).expect(200);
    await server.sql(
      `INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day)
       SELECT r.id, u.id, plaza_now() - 259200, 1, 1, 0 FROM rooms r CROSS JOIN users u
       WHERE r.token = 'lobby' AND u.session_id = ANY ($1)`,
      [newcomers.map(({ id }) => id)],
    );
    for (const newcomer of newcomers) await say(newcomer, `wave ${newcomer.id}`);
    expect(await show()).toMatchObject({ state: 'guarded', held: 10 });
    expect(await command('ban')).toMatchObject({ people: 22, messages: 22 });
    expect(await show()).toMatchObject({ held: 0 });
  });

  it('is finished by a ban that is done again, and banned once by two at once', async () => {
    await raid();
    await takeBack();
    const incident = (await show()).incident;
    // As a ban leaves it that was killed after its first transaction.
    await server.sql('UPDATE messages SET incident_id = NULL WHERE incident_id = $1 AND id % 2 = 0', [
      incident,
    ]);
    await command('ban');
    await server.sql(
      `UPDATE messages SET incident_id = $1 WHERE user_id IN (SELECT user_id FROM messages WHERE state = 'withdrawn')`,
      [incident],
    );
    const reports = (await Promise.all([command('ban'), command('ban')])) as { people: number }[];
    expect(reports.every(({ people }) => people <= 12)).toBe(true);
    await command('undo');
    expect(await banned()).toBe(0);
  });

  it('can be ended: strangers solve a challenge for six hours more', async () => {
    await raid();
    const { incident } = await show();
    expect(await command('end')).toMatchObject({ state: 'alert', incident });
    expect(await command('end')).toMatchObject({ state: 'alert', incident });
    expect(await server.sql('SELECT ended_at IS NOT NULL AS ended FROM incidents')).toEqual([
      { ended: true },
    ]);
    await server.clock.advance('6.1 hours');
    await server.runJob('defence of rooms');
    await eventually(async () => (await show()).state === 'calm');
  });

  it('can be declared by staff, and its end, too', async () => {
    expect(await command('on')).toMatchObject({ state: 'guarded', held: 0 });
    const first = await show();
    expect(await command('on')).toEqual(first);
    await say(raiders[0] ?? member, 'hello');
    expect(await show()).toMatchObject({ state: 'guarded', held: 1, incident: first.incident });
    await server.clock.advance('2 days');
    await server.runJob('defence of rooms');
    expect(await show()).toMatchObject({ state: 'guarded' });
    expect(await command('off')).toMatchObject({ state: 'calm', held: 1, incident: null });
    const events = JSON.parse(
      (await server.plaza('audit', '--action', 'raid.state', '--json')).stdout,
    ) as object[];
    expect(events).toMatchObject([
      { before: { state: 'calm' }, after: { state: 'guarded', cause: 'staff' } },
      { before: { state: 'guarded' }, after: { state: 'calm' } },
    ]);
  });

  it('can neither be banned nor undone where there was none, which one line says', async () => {
    for (const name of ['ban', 'undo']) {
      expect(await server.plaza('raid', name, '--room', 'lobby', '--json')).toEqual({
        code: 1,
        stdout: '',
        stderr: 'plaza: there was no raid on lobby\n',
      });
    }
    expect(await server.plaza('raid', 'ban')).toMatchObject({ code: 2, stdout: '' });
    expect(await server.plaza('raid', 'show', '--room', 'nowhere')).toMatchObject({ code: 1, stdout: '' });
    const { stdout } = await server.plaza('audit', '--action', 'raid.ban', '--json');
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
