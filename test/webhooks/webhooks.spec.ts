import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { isSigned, Receiver } from './receiver.js';

interface Listed {
  id: number;
  url: string;
  events: string[];
  disabled: number | null;
  delivered: number;
  waiting: number;
  lost: number;
  failure: string | null;
}

interface Body {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** The pauses after attempts that fail. */
const PAUSES = [
  '5 seconds',
  '5 minutes',
  '30 minutes',
  '2 hours',
  '5 hours',
  '10 hours',
  '14 hours',
  '20 hours',
  '24 hours',
];

describe('a webhook', () => {
  let server: OpenServer;
  let receiver: Receiver;

  beforeEach(async () => {
    server = await openServer({ env: { DEFENCE: 'on', WEBHOOK_ALLOW_PRIVATE: 'true' }, heldClock: true });
    receiver = await Receiver.open();
    await server.runJob('webhooks');
  });

  afterEach(async () => {
    await server.stop();
    await receiver.close();
  });

  async function webhook(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await server.plaza('webhook', ...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  const add = async (...args: string[]): Promise<{ id: number; secret: string }> =>
    (await webhook('add', receiver.url, ...args)) as { id: number; secret: string };
  const list = async (): Promise<Listed[]> => (await webhook('list')) as Listed[];

  const raid = async (name: 'on' | 'off', room = 'lobby'): Promise<void> => {
    expect((await server.plaza('raid', name, '--room', room)).code).toBe(0);
  };

  /** Has all that has happened told, once every event of now may be read. */
  async function tell(): Promise<void> {
    const [waiting] = await server.sql(
      `SELECT count(*)::integer AS n FROM events e, event_cursors c
       WHERE c.reader = 'webhooks' AND (e.transaction, e.id) > (c.transaction, c.event_id)`,
    );
    await server.runJob('webhooks');
    if (waiting?.n !== 0) await tell();
  }

  const bodies = (): Body[] => receiver.received.map(({ body }) => JSON.parse(body) as Body);

  it('gets a signed notice of a raid with what to do about it, and none of other acts of staff', async () => {
    const { id, secret } = await add();
    expect(secret).toMatch(/^whsec_/);
    await raid('on');
    await raid('off');
    await tell();
    const [got, ...more] = await receiver.get(1);
    expect(more).toEqual([]);
    expect(got).toMatchObject({ method: 'POST', path: '/hook' });
    expect(got?.headers['content-type']).toBe('application/json');
    expect(got && (await isSigned(got, secret))).toBe(true);
    expect(got && (await isSigned({ ...got, body: `${got.body} ` }, secret))).toBe(false);
    expect(got?.headers['webhook-id']).toMatch(/^msg_[0-9a-f-]{36}$/);
    expect(Number(got?.headers['webhook-timestamp'])).toBe(Math.floor(server.clock.seconds()));
    const [{ type, timestamp, data } = {} as Body] = bodies();
    expect(type).toBe('raid.started');
    expect(Math.abs(Date.parse(timestamp) / 1000 - server.clock.seconds())).toBeLessThan(1);
    expect(data).toMatchObject({ room: 'lobby', incident: 1, cause: 'staff' });
    expect(data.text).toContain('write /raid ban in lobby');
    expect(await list()).toMatchObject([{ id, delivered: 1, waiting: 0, lost: 0, failure: null }]);
    expect(JSON.stringify(await list())).not.toContain(secret);
  });

  it('is told of its room and its events alone, and of no earlier ones', async () => {
    await server.addRoom('garden');
    await raid('on');
    await server.clock.advance('1 second');
    await add('--room', 'garden', '--events', 'raid.started');
    await add('--events', 'appeal.created,digest');
    await raid('off');
    await raid('on');
    await raid('on', 'garden');
    await tell();
    await receiver.get(1);
    expect(bodies().map(({ data }) => data.room)).toEqual(['garden']);
    expect((await list()).map(({ delivered, waiting }) => [delivered, waiting])).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('is tried again for three days, always with the same id, and then no more', async () => {
    const { secret } = await add('--events', 'raid.started');
    receiver.answer = 500;
    await raid('on');
    await tell();
    for (const [index, pause] of PAUSES.entries()) {
      await receiver.get(index + 1);
      await eventually(async () => (await list())[0]?.failure === 'it answered 500');
      const [seconds, unit] = pause.split(' ');
      await server.clock.advance(`${Number(seconds) - 0.1} ${unit ?? ''}`);
      await server.runJob('webhooks');
      expect(receiver.received).toHaveLength(index + 1);
      await server.clock.advance(`0.1 ${unit ?? ''}`);
      await server.runJob('webhooks');
    }
    const all = await receiver.get(10);
    expect(new Set(all.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(all.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    expect(new Set(all.map(({ body }) => body)).size).toBe(1);
    expect(await Promise.all(all.map((one) => isSigned(one, secret)))).not.toContain(false);
    await eventually(async () => (await list())[0]?.lost === 1);
    expect(await list()).toMatchObject([{ delivered: 0, waiting: 0, disabled: null }]);
    await server.clock.advance('30 days');
    await server.runJob('webhooks');
    expect(receiver.received).toHaveLength(10);
  });

  it('that can’t be reached keeps its waiting notices, and the list says why', async () => {
    await add();
    await receiver.close();
    await raid('on');
    await tell();
    await eventually(async () => (await list())[0]?.failure?.includes('nothing answers'));
    expect(await list()).toMatchObject([{ waiting: 1, delivered: 0 }]);
  });

  it('gets no notice any more once it has answered 410', async () => {
    await add();
    receiver.answer = 410;
    await raid('on');
    await tell();
    await eventually(async () => (await list())[0]?.disabled);
    receiver.answer = 204;
    await raid('off');
    await raid('on');
    await tell();
    await server.clock.advance('1 hour');
    await server.runJob('webhooks');
    expect(receiver.received).toHaveLength(1);
    expect(await list()).toMatchObject([{ waiting: 0, delivered: 0, lost: 1 }]);
  });

  it('loses the notices beyond a thousand, and counts them', async () => {
    const { id } = await add();
    await server.sql(
      `INSERT INTO webhook_deliveries (id, webhook_id, notice, made_at, due_at)
       SELECT gen_random_uuid(), $1, '{}', plaza_now(), plaza_now() + 1e6 FROM generate_series(1, 1000)`,
      [id],
    );
    await raid('on');
    await tell();
    expect(await list()).toMatchObject([{ waiting: 1000, lost: 1 }]);
    expect(receiver.received).toEqual([]);
  });

  it('gets each notice once from several processes, one at a time', async () => {
    const other = await openServer({ beside: server, env: { DEFENCE: 'on', WEBHOOK_ALLOW_PRIVATE: 'true' } });
    try {
      await add();
      let open = 0;
      let most = 0;
      receiver.answer = (response) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          response.writeHead(204).end();
        }, 20);
      };
      for (let raids = 0; raids < 6; raids++) {
        await raid('on');
        await raid('off');
      }
      await Promise.all([server, other, server, other].map((one) => one.runJob('webhooks')));
      await tell();
      await eventually(async () => (await list())[0]?.delivered === 6);
      expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(6);
      expect(receiver.received).toHaveLength(6);
    } finally {
      await other.stop();
    }
  });

  it('rings a phone by ntfy, as text with a title', async () => {
    const { secret } = await add('--form', 'ntfy');
    expect(secret).toBeNull();
    await raid('on');
    await tell();
    const [got] = await receiver.get(1);
    expect(got).toMatchObject({
      headers: { title: 'A raid may have begun in lobby', priority: '5', tags: 'rotating_light' },
    });
    expect(got?.headers['webhook-signature']).toBeUndefined();
    expect(got?.body).toContain('write /raid ban in lobby');
  });

  it('is told how a raid goes on', async () => {
    await add('--events', 'digest');
    await raid('on');
    await server.clock.advance('1 second');
    await server.runJob('defence of rooms');
    await tell();
    expect(receiver.received).toEqual([]);
    await server.clock.advance('10 minutes');
    await server.runJob('defence of rooms');
    await tell();
    await receiver.get(1);
    expect(bodies()).toMatchObject([
      { type: 'digest', data: { room: 'lobby', incident: 1, people: 0, held: 0, reports: 0, appeals: 0 } },
    ]);
  });

  it('tells of no raid where the defence only watches', async () => {
    await add();
    await server.plaza('room', 'set', 'lobby', '--defence', 'watch');
    await raid('on');
    await tell();
    expect(await list()).toMatchObject([{ delivered: 0, waiting: 0 }]);
  });

  it('is told once of all messages that wait in a room, without their texts and authors', async () => {
    const actors = new Actors(server);
    await add();
    const say = async (text: string): Promise<void> => {
      const person = actors.person(text);
      const timestamp = server.clock.milliseconds();
      const links = `https://${text}.example https://more-${text}.example`;
      (await person.postMessage('lobby', links, { timestamp })).expect(201);
    };
    await say('one');
    await say('two');
    const held = await server.sql(`SELECT id FROM messages WHERE state = 'held'`);
    expect(held).toHaveLength(2);
    await server.runJob('notices of held messages');
    await tell();
    expect(receiver.received).toEqual([]);
    await server.clock.advance('121 seconds');
    await server.runJob('notices of held messages');
    await tell();
    const [got] = await receiver.get(1);
    expect(bodies()).toMatchObject([{ type: 'message.held', data: { room: 'lobby', waiting: 2 } }]);
    expect(got?.body).not.toContain('example');
    await say('three');
    await server.clock.advance('9 minutes');
    await server.runJob('notices of held messages');
    await tell();
    expect(receiver.received).toHaveLength(1);
    await server.clock.advance('1 minute');
    await server.runJob('notices of held messages');
    await tell();
    await receiver.get(2);
    expect(bodies()[1]).toMatchObject({ data: { waiting: 3 } });
    await server.clock.advance('1 hour');
    await server.runJob('notices of held messages');
    await tell();
    expect(receiver.received).toHaveLength(2);
  });

  it('is tried by the operator, who is told whether it works', async () => {
    const { id, secret } = await add();
    expect(await webhook('test', String(id))).toEqual({ id, delivered: true });
    const [got] = await receiver.get(1);
    expect(got && (await isSigned(got, secret))).toBe(true);
    expect(bodies()).toMatchObject([{ type: 'test' }]);
    receiver.answer = 403;
    expect(await server.plaza('webhook', 'test', String(id))).toEqual({
      code: 1,
      stdout: '',
      stderr: `plaza: webhook ${id} did not take it: it answered 403\n`,
    });
    expect((await server.plaza('webhook', 'test', '99')).stderr).toBe('plaza: there is no webhook 99\n');
  });

  it('is removed with its waiting notices, and the log names its host alone', async () => {
    const { id } = await add();
    expect(await webhook('remove', String(id))).toEqual({ id, removed: true });
    expect(await list()).toEqual([]);
    expect((await server.plaza('webhook', 'remove', String(id))).code).toBe(1);
    const { stdout } = await server.plaza('audit', '--json');
    const acts = JSON.parse(stdout) as { action: string; target: string }[];
    expect(acts.filter(({ action }) => action.startsWith('webhook.'))).toMatchObject([
      { action: 'webhook.add', target: String(id) },
      { action: 'webhook.remove', target: String(id) },
    ]);
    expect(stdout).not.toContain('/hook');
  });

  it('is one of fifty at most, added with an address, events and a form that exist', async () => {
    await server.sql(
      `INSERT INTO webhooks (url, form, kinds, created_at) SELECT 'https://a.example/', 'ntfy', '{}', 0 FROM generate_series(1, 49)`,
    );
    await add();
    const refused = async (...args: string[]): Promise<[number, string]> => {
      const { code, stderr } = await server.plaza('webhook', 'add', ...args);
      return [code, stderr];
    };
    expect(await refused(receiver.url)).toEqual([1, 'plaza: there are 50 webhooks, and no more can be\n']);
    expect((await refused('ftp://a.example/'))[0]).toBe(1);
    expect((await refused('nothing'))[0]).toBe(2);
    expect((await refused(receiver.url, '--events', 'raid.started,raid.ended'))[0]).toBe(2);
    expect((await refused(receiver.url, '--form', 'slack'))[0]).toBe(2);
    expect((await refused(receiver.url, '--room', 'nowhere'))[0]).toBe(1);
  });
});
