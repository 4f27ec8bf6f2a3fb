import { type SessionClient } from '../client/client.js';
import { type MessageRow } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { type CommandResult } from '../support/community.js';
import { eventually } from '../support/eventually.js';
import { holdByText } from '../support/message-states.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const LONG = `hold this ${'and read on '.repeat(20)}\u001B[31m`;

describe('the queue of a room', () => {
  let server: OpenServer;
  let alice: SessionClient;
  let bob: SessionClient;
  let posts = 0;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '10000' }, heldClock: true });
    ({ alice, bob } = new Actors(server));
    await holdByText(server);
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    // Everything that an earlier test has left.
    await server.plaza('queue', 'reject', '--room', 'lobby', '--all');
  });

  async function post(text: string, author = alice): Promise<MessageRow> {
    // The same words of the same moment would be the same message.
    const timestamp = server.clock.milliseconds() + ++posts;
    return (await author.postMessage('lobby', text, { timestamp })).expect(201).json;
  }

  async function likened(text: string, ...likeness: string[]): Promise<number> {
    const { id } = await post(text);
    await server.sql('UPDATE messages SET likeness = $2 WHERE id = $1', [id, likeness]);
    return id;
  }

  async function holdEdit(id: number, text: string): Promise<void> {
    const { data, signature } = alice.messageBody(text) as Record<string, string>;
    const bytes = [data, signature].map((value) => Buffer.from(value ?? '', 'base64'));
    await server.sql(
      `INSERT INTO held_edits (message_id, held_at, held_for, data, padded_size, signature)
       VALUES ($1, plaza_now(), 'edit', $2, $3, $4)`,
      [id, bytes[0], bytes[0]?.length, bytes[1]],
    );
  }

  const queue = (command: string, ...args: string[]): Promise<CommandResult> =>
    server.plaza('queue', command, '--room', 'lobby', ...args);

  async function json(command: string, ...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await queue(command, ...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  const list = async (): Promise<{ id: number }[]> => (await json('list')) as { id: number }[];

  async function latestEvent(): Promise<unknown> {
    const { stdout } = await server.plaza('audit', '--json', '--limit', '1');
    return (JSON.parse(stdout) as unknown[])[0];
  }

  it('lists held posts and edits, whole and in lines', async () => {
    await post('open');
    const kept = await post(LONG);
    await server.sql(`UPDATE messages SET held_for = 'media' WHERE id = $1`, [kept.id]);
    const open = await post('open to edits');
    await holdEdit(open.id, 'better');
    expect(await list()).toEqual([
      {
        id: kept.id,
        session_id: alice.id,
        posted: kept.posted,
        reason: 'media',
        like: null,
        text: LONG,
      },
      {
        id: open.id,
        session_id: alice.id,
        posted: expect.any(Number) as number,
        reason: 'edit',
        like: null,
        text: 'better',
      },
    ]);
    const { stdout } = await queue('list');
    const [line = '', ...others] = stdout.trimEnd().split('\n');
    expect(others).toHaveLength(1);
    expect(line.split('\t')).toEqual([
      String(kept.id),
      expect.stringMatching(/Z$/) as string,
      alice.id,
      'media',
      '-',
      expect.stringMatching(/^hold this and read on .{50,60}…$/) as string,
    ]);
    expect(stdout).not.toContain('\u001B');
  });

  it('says which messages are like which', async () => {
    const ids = [
      await likened('hold this 1', '11', '9223372036854775807'),
      await likened('hold this 2', '9223372036854775806'),
      await likened('hold this 3', '9223372036854775807'),
    ];
    expect((await list()).map(({ id, ...entry }) => [id, (entry as { like?: number }).like])).toEqual([
      [ids[0], ids[0]],
      [ids[1], null],
      [ids[2], ids[0]],
    ]);
    expect(await json('publish', '--like', String(ids[2]))).toMatchObject({
      published: [
        { id: ids[0], was: ids[0] },
        { id: ids[2], was: ids[2] },
      ],
    });
    expect(await json('reject', '--like', String(ids[1]))).toMatchObject({ rejected: [ids[1]] });
    expect(await list()).toEqual([]);
  });

  it('publishes and rejects the named ones, says so and records it', async () => {
    const kept = [await post('hold this 1'), await post('hold this 2', bob), await post('hold this 3')];
    const [first = 0, second = 0, third = 0] = kept.map(({ id }) => id);
    await server.sql('UPDATE messages SET incident_id = 7 WHERE id = $1', [first]);
    const published = await queue('publish', String(first), '999999');
    expect(published).toMatchObject({
      code: 0,
      stderr: '',
      stdout: '1 published\nnot in the queue: 999999\n',
    });
    await eventually(async () => (await bob.message('lobby', first)).status === 200);
    expect(await server.sql('SELECT incident_id FROM messages WHERE id = $1', [first])).toEqual([
      { incident_id: null },
    ]);
    expect(await latestEvent()).toMatchObject({
      action: 'queue.publish',
      actor: 'plaza',
      room: 'lobby',
      before: { messages: [first] },
      after: { messages: [first], edits: [] },
    });
    expect((await queue('reject', String(second))).stdout).toBe('1 rejected\n');
    expect((await bob.message('lobby', second)).status).toBe(404);
    expect(await latestEvent()).toMatchObject({ action: 'queue.reject', before: { messages: [second] } });
    const before = await latestEvent();
    expect((await queue('publish', String(second))).stdout).toBe(`not in the queue: ${second}\n`);
    expect(await latestEvent()).toEqual(before);
    expect((await list()).map(({ id }) => id)).toEqual([third]);
  });

  it('publishes and rejects edits', async () => {
    const { id } = await post('as it was');
    await holdEdit(id, 'better');
    expect(await json('reject', String(id))).toMatchObject({ rejected: [id] });
    await server.sql('DELETE FROM held_edits');
    await holdEdit(id, 'best');
    expect(await json('publish', '--all')).toMatchObject({ published: [], edited: [id] });
    expect(await list()).toEqual([]);
    await eventually(async () => (await bob.message('lobby', id)).json.edited !== undefined);
  });

  it('says for which messages it is too late, and which got a new id', async () => {
    const late = await post('hold this for long');
    await server.clock.advance('5.9 hours');
    const other = await post('hold this');
    await server.clock.advance('11 minutes');
    const lines = (await queue('publish', '--all')).stdout.split('\n');
    expect(lines).toEqual([
      '1 published',
      `with new ids: ${other.id} is ${other.id + 1}`,
      `written more than six hours ago, so no client would show them: ${late.id}`,
      '',
    ]);
    expect((await list()).map(({ id }) => id)).toEqual([late.id]);
  });

  it.each([
    [['publish'], 'say which: ids, --like ID or --all'],
    [['reject', '1', '--all'], 'say which: ids, --like ID or --all'],
    [['publish', 'first'], 'an id is a positive integer, not "first"'],
    [['publish', '--like', '0'], 'an id is a positive integer, not "0"'],
    [['list', '1'], 'too many arguments'],
  ])('refuses %j in one line', async ([command = '', ...args], problem) => {
    const { code, stdout, stderr } = await queue(command, ...args);
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 2, stdout: '', lines: 2 });
    expect(stderr).toContain(problem);
  });

  it('fails in a room that does not exist', async () => {
    expect(await server.plaza('queue', 'list', '--room', 'nowhere', '--json')).toMatchObject({
      code: 1,
      stdout: '',
    });
  });
});
