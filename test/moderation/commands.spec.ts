import { readFile } from 'node:fs/promises';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Screen } from '../support/screen.js';

let server: OpenServer;
let actors: Actors;
let mod: Screen;
let colleague: Screen;
let stranger: Screen;
let count = 0;

beforeAll(async () => {
  server = await openServer({
    heldClock: true,
    env: { POST_RATE_LIMIT: '1000', CONTACT: 'write to op@example.org' },
  });
  actors = new Actors(server, 'lobby');
  await server.addRoom('garden');
  mod = new Screen(await actors.moderator());
  colleague = new Screen(await actors.admin());
  stranger = new Screen(actors.person('stranger'));
});

afterAll(() => server.stop());

beforeEach(() => server.clock.advance('2 minutes'));

async function somebody(name = `person ${++count}`): Promise<Screen> {
  const person = new Screen(actors.person(name));
  // Clients take a message for six hours after the time that it was signed with.
  const content = { displayName: name, timestamp: server.clock.milliseconds() };
  (await person.person.postMessage('lobby', `hello from ${name}`, content)).expect(201);
  await person.poll();
  return person;
}

async function statusOf(person: SessionClient): Promise<number> {
  return (await person.postMessage('lobby', `status ${++count}`)).status;
}

/** Does by the job what the process does by its timers. */
async function later(seconds: number): Promise<void> {
  await server.clock.advance(`${seconds} seconds`);
  await server.runJob('defence of rooms');
}

describe('a command', () => {
  it('is seen by nobody else, answered by a whisper, and disappears from its author’s screen', async () => {
    const person = await somebody();
    const hello = await mod.find('hello from');
    expect(await mod.say('/mute 4h calm down, please', hello)).toBe(201);
    expect(await mod.whisper()).toMatch(/^person \d+ \(15\w{8}…\) is muted here for 4h; they are told\.$/);
    expect(await mod.texts()).toContain('/mute 4h calm down, please');
    await later(8);
    expect(await mod.texts()).not.toContain('/mute 4h calm down, please');
    for (const other of [colleague, stranger, person]) {
      expect((await other.texts()).join('\n')).not.toContain('/mute');
    }
    expect(await person.whisper()).toMatch(
      /^A moderator has muted you .* Reason: calm down, please\. .*\/appeal/,
    );
    expect(await statusOf(person.person)).toBe(429);
    expect(await colleague.whisper()).toBe('');
  });

  it('has its deletion told again to a client that learned of it before it knew the message', async () => {
    const before = await mod.person.postMessage('lobby', '/help');
    const { id } = before.expect(201).json;
    await later(8);
    const seqno = async (): Promise<number> =>
      Number((await server.sql('SELECT seqno FROM messages WHERE id = $1', [id]))[0]?.seqno);
    const first = await seqno();
    await later(36);
    expect(await seqno()).toBeGreaterThan(first);
    const told = (await mod.person.messagesSince('lobby', first)).expect(200).json;
    expect(told).toContainEqual(expect.objectContaining({ id, deleted: true }));
    expect(
      (await stranger.person.messagesSince('lobby', first)).expect(200).json.map((row) => row.id),
    ).not.toContain(id);
  });

  it('counts once for its signature, whatever request brings it', async () => {
    await somebody();
    const hello = await mod.find('hello from');
    const content = {
      timestamp: server.clock.milliseconds(),
      quote: { timestamp: Math.floor(hello.posted * 1000), author: hello.author },
    };
    const answers = [];
    for (let n = 0; n < 3; n++) {
      answers.push((await mod.person.postMessage('lobby', '/warn be kind', content)).expect(201).json);
    }
    const parallel = await Promise.all(
      [1, 2, 3].map(() => mod.person.postMessage('lobby', '/warn be kind', content)),
    );
    const ids = [...answers, ...parallel.map(({ json }) => json)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    const warnings = await server.sql(`SELECT id FROM events WHERE kind = 'warn' AND target = $1`, [
      hello.author,
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('is never published when its name is mistyped, and published unchanged after two slashes', async () => {
    await mod.say('/bna somebody');
    expect(await mod.whisper()).toContain(
      'There is no command /bna, and nothing was published. Did you mean /ban ',
    );
    await mod.say('/home/me/notes.txt');
    expect(await mod.whisper()).toContain('There is no command /home');
    await mod.say('//shrug');
    const seen = await stranger.texts();
    expect(seen.join('\n')).not.toMatch(/bna|home/);
    expect(seen).toContain('//shrug');
  });

  it('of somebody who is no moderator is an ordinary message, unless it is one for members', async () => {
    const person = await somebody();
    await person.say('/ban everybody');
    expect(await stranger.texts()).toContain('/ban everybody');
    await person.say('/rules');
    expect(await person.whisper()).toContain('Nobody has written rules for this room.');
    expect(await stranger.texts()).not.toContain('/rules');
  });

  it('of members has a rate of its own', async () => {
    const person = await somebody();
    const statuses = [];
    for (let n = 0; n < 8; n++) statuses.push(await person.say('/why'));
    expect(statuses).toEqual([201, 201, 201, 201, 201, 201, 429, 429]);
  });

  it('is carried out by another process when its own was killed before', async () => {
    const person = await somebody();
    const hello = await mod.find('hello from');
    await mod.say('/help');
    const steps = 'SELECT step FROM commands ORDER BY id DESC LIMIT 1';
    await eventually(async () => (await server.sql(steps))[0]?.step === 'delete');
    await server.sql(
      `UPDATE commands SET step = 'run', text = $1, quote = NULL, outcome = NULL, due_at = plaza_now() - 1
       WHERE id = (SELECT max(id) FROM commands)`,
      [`/shadow @${hello.author}`],
    );
    await server.runJob('defence of rooms');
    await eventually(async () => (await mod.whisper()).endsWith('is shadow-banned here.'));
    await person.say('buy coins');
    expect(await stranger.texts()).not.toContain('buy coins');
  });
});

describe('somebody is named', () => {
  it('by an answer, a mention, an ID, digits of it, and a name that only one has', async () => {
    const person = await somebody('Jo Bright');
    await mod.poll();
    const { id } = person.person;
    const hello = await mod.find('hello from Jo Bright');
    const ways: [string, typeof hello | undefined][] = [
      ['/who', hello],
      [`/who @${id}`, undefined],
      [`/who ${id}`, undefined],
      [`/who ${id.slice(2, 10)}`, undefined],
      [`/who ${id.slice(0, 6)}…${id.slice(-4)}`, undefined],
      ['/who jo bright', undefined],
      ['/WHO  "Jo Bright"', undefined],
    ];
    for (const [text, quote] of ways) {
      await mod.say(text, quote);
      expect(await mod.whisper()).toContain(`Jo Bright (${id.slice(0, 10)}…) ${id}`);
    }
  });

  it('never by a guess', async () => {
    await somebody('Twin');
    await new Screen(actors.person('other twin')).person.postMessage('lobby', 'hi', { displayName: 'Twin' });
    await mod.say('/ban Nobody Known');
    expect(await mod.whisper()).toContain('Nobody here has the name or the ID “Nobody”.');
    await mod.say('/ban');
    expect(await mod.whisper()).toContain('Say whom: answer a message of theirs');
    const bans = await server.sql(`SELECT id FROM events WHERE kind = 'ban'`);
    expect(bans).toEqual([]);
  });

  it('by a card when several have a name, and the command goes on with the one who is chosen', async () => {
    const one = await somebody('Double');
    const other = new Screen(actors.person('other double'));
    await other.person.postMessage('lobby', 'hi', { displayName: 'Double' });
    await mod.say('/note Double likes trains');
    const card = await mod.find('2 people have that name. Who is meant?');
    expect(await colleague.texts()).not.toContain(card.text);
    const digits = one.person.id.slice(2, 10);
    expect(card.text).toContain(digits);
    await mod.say(digits, card);
    const notes = `SELECT target, after FROM events WHERE kind = 'note' ORDER BY id DESC LIMIT 1`;
    await eventually(async () => (await server.sql(notes))[0]?.target === one.person.id);
    expect((await server.sql(notes))[0]?.after).toEqual({ text: 'likes trains' });
  });

  it('by an answer to a message that is deleted, and not by one of a neighbouring millisecond', async () => {
    const person = new Screen(actors.person(`person ${++count}`));
    // Posts that come at once share a transaction, which gives them neighbouring milliseconds.
    await Promise.all(['first of two', 'second of two'].map((text) => person.say(text)));
    const [first, second] = [await mod.find('first of two'), await mod.find('second of two')];
    expect(Math.abs(Math.floor(second.posted * 1000) - Math.floor(first.posted * 1000))).toBeLessThanOrEqual(
      2,
    );
    await mod.say('/del', second);
    expect(await mod.texts()).toContain('first of two');
    expect(await mod.texts()).not.toContain('second of two');
    await mod.say('/warn no more of that', second);
    expect(await person.whisper()).toContain('no more of that');
  });
});

describe('/ban', () => {
  it('stops writing at once and reading after a minute, and says why', async () => {
    const person = await somebody();
    await mod.say('/ban 7d selling coins', await mod.find('hello from'));
    expect(await mod.whisper()).toMatch(/is banned here for 7d; they read for a minute why\.$/);
    expect(await person.whisper()).toMatch(
      /^A moderator has banned you .* Reason: selling coins\. .*op@example\.org$/,
    );
    expect(await statusOf(person.person)).toBe(429);
    expect((await person.person.pollInfo('lobby')).status).toBe(200);
    await server.clock.advance('61 seconds');
    await server.runJob('due permissions and bans');
    expect((await person.person.pollInfo('lobby')).status).toBe(403);
    await server.clock.advance('8 days');
    await server.runJob('due permissions and bans');
    expect(await statusOf(person.person)).toBe(201);
  });

  it('removes all posts of somebody, and /undo gives them back with their permissions', async () => {
    const person = await somebody();
    const hello = await mod.find('hello from');
    await mod.say('/ban everything spam', hello);
    expect(await mod.whisper()).toMatch(/is banned here.* 1 message deleted\.$/);
    expect(await stranger.texts()).not.toContain(hello.text);
    await mod.say('/undo');
    const card = await mod.find('Take this back? ');
    expect(card.text).toMatch(/messages\.delete_all.*1 message given back/);
    (await mod.person.react('lobby', card.id, '✅')).expect(200);
    await eventually(async () => (await person.person.pollInfo('lobby')).json.write);
    await eventually(async () => (await statusOf(person.person)) === 201);
    expect(await stranger.texts()).toContain(hello.text);
    expect(await statusOf(person.person)).toBe(201);
  });

  it('spares staff and its own author', async () => {
    await colleague.say('I am an admin');
    await mod.say('/ban', await mod.find('I am an admin'));
    expect(await mod.whisper()).toMatch(/^Nothing was changed\. .*only an admin can ban a moderator/);
    await mod.say(`/ban @${mod.person.id}`);
    expect(await mod.whisper()).toContain('nobody can ban themselves');
  });
});

describe('a room', () => {
  it('is slowed down, closed to newcomers and opened', async () => {
    await mod.say('/slow 30s');
    expect(await mod.whisper()).toBe('Everybody waits 30s between two messages.');
    const person = await somebody();
    expect(await statusOf(person.person)).toBe(429);
    await mod.say('/slow off');
    await mod.say('/lockdown 1h');
    expect(await mod.whisper()).toContain('closed to strangers and newcomers for 1h');
    await mod.say('/raid');
    expect(await mod.whisper()).toContain('The room is closed.');
    await mod.say('/open');
    await mod.say('/raid');
    expect(await mod.whisper()).toContain('The room is calm.');
  });

  it('is run by its own staff: a command for another room is refused', async () => {
    const gardener = new Screen(await actors.staff('gardener', { in: 'garden' }));
    await gardener.say('/lockdown');
    expect(await stranger.texts()).toContain('/lockdown');
    const [{ state } = {}] = await server.sql(
      `SELECT d.state FROM room_defences d JOIN rooms r ON r.id = d.room_id WHERE r.token = 'lobby'`,
    );
    expect(state ?? 'calm').toBe('calm');
  });
});

describe('sixty commands of thirty moderators at once', () => {
  it('are each carried out and answered once', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => somebody()));
    const moderators = await Promise.all(
      people.map(async (_, n) => new Screen(await actors.staff(`mod ${n}`, { in: 'lobby' }))),
    );
    const answers = await Promise.all(
      moderators.flatMap((moderator, n) => [
        moderator.say(`/note ${people[n]?.person.id ?? ''} seen by ${n}`),
        moderator.say(`/mute ${people[(n + 1) % 30]?.person.id ?? ''} 4h`),
      ]),
    );
    expect(new Set(answers)).toEqual(new Set([201]));
    const done = `SELECT count(*) AS n FROM events WHERE kind IN ('note', 'mute') AND actor = ANY ($1)`;
    const ids = moderators.map(({ person }) => person.id);
    await eventually(async () => Number((await server.sql(done, [ids]))[0]?.n) === 60);
    for (const moderator of moderators) {
      await eventually(async () => {
        const texts = await moderator.texts();
        return texts.filter((text) => text.startsWith('Only you can see this.')).length === 2;
      });
    }
  });
});

describe('members', () => {
  it('report a message, and appeal against decisions about them, once each', async () => {
    const [reporter, person] = [await somebody(), await somebody()];
    const hello = await reporter.find('hello from ' + `person ${count}`);
    expect(hello.author).toBe(person.person.id);
    await reporter.say('/report selling coins', hello);
    expect(await reporter.whisper()).toContain('The moderators look at the message');
    await reporter.say('/report again', hello);
    expect(await reporter.whisper()).toBe('You have reported this message before.');
    await person.say('/appeal against nothing');
    expect(await person.whisper()).toContain('Nothing is decided about you here');
    await mod.say('/mute 4h loud', hello);
    await person.say('/appeal I was not loud');
    expect(await person.whisper()).toBe('Your appeal is with the moderators. You are told what they decide.');
    await person.say('/appeal again');
    expect(await person.whisper()).toBe('You have appealed against that before.');
    const list = await server.plaza('appeal', 'list', '--room', 'lobby', '--json');
    expect(JSON.parse(list.stdout)).toEqual([expect.objectContaining({ text: 'I was not loud' })]);
    expect((await stranger.texts()).join('\n')).not.toMatch(/report|appeal/);
  });
});

describe('plaza command', () => {
  it('runs the same commands as the operator', async () => {
    const person = await somebody();
    const run = async (text: string): Promise<string> => {
      const { code, stdout } = await server.plaza('command', 'run', text, '--room', 'lobby', '--json');
      expect(code).toBe(0);
      return (JSON.parse(stdout) as { answer: string }).answer;
    };
    expect(await run(`/mute ${person.person.id} 1h loud`)).toContain('is muted here for 1h');
    expect(await person.whisper()).toContain('Reason: loud');
    const nowhere = await server.plaza('command', 'run', '/help', '--room', 'nowhere');
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('No such room') as string });
    expect(await run('/nonsense')).toContain('There is no command /nonsense');
    const table = await server.plaza('command', 'list', '--markdown');
    expect(await readFile('docs/commands.md', 'utf8')).toContain(table.stdout);
    const list = await server.plaza('command', 'list', '--json');
    expect(JSON.parse(list.stdout)).toContainEqual(
      expect.objectContaining({ name: 'ban', giver: 'moderator' }),
    );
  });
});
