import { type SessionClient } from '../client/client.js';
import { type BatchReply, type BatchRequest } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** Every reader pays for what is written, so one person may write so much and no more. */
describe('one person', () => {
  let server: OpenServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await openServer({
      heldClock: true,
      env: { POST_RATE_LIMIT: '10000', RATE_LIMIT_PER_KEY: '0', MAX_EDITS_KEPT: '5' },
    });
    actors = new Actors(server);
  });

  afterAll(() => server.stop());

  /** Makes people known to the server. */
  async function welcome(people: SessionClient[]): Promise<void> {
    await Promise.all(people.map(async (person) => (await person.pollInfo('lobby')).expect(200)));
    await server.sql('SELECT 1');
  }

  function codesOf(answers: BatchReply[]): Record<number, number> {
    const counts: Record<number, number> = {};
    for (const { code } of answers) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }

  function letter(recipient: SessionClient): BatchRequest {
    const message = Buffer.from('psst').toString('base64');
    return { method: 'POST', path: `/inbox/${recipient.id}`, json: { message } };
  }

  const times = <T>(count: number, make: (n: number) => T): T[] =>
    Array.from({ length: count }, (_, n) => make(n));

  it('sends thirty direct messages without being stopped, and a hundred in an hour at most, in parallel too', async () => {
    const [eve, ...people] = ['eve', 'ann', 'ben', 'cat'].map((name) => actors.person(name));
    if (!eve) throw new Error('eve is missing');
    await welcome([eve, ...people]);
    const some = (count: number): BatchRequest[] => times(count, (n) => letter(people[n % 3] ?? eve));
    expect(codesOf((await eve.batch(some(30))).expect(200).json)).toEqual({ 201: 30 });
    const answers = await Promise.all(times(4, async () => (await eve.batch(some(40))).expect(200).json));
    expect(codesOf(answers.flat())).toEqual({ 201: 70, 429: 90 });
    const refused = await eve.sendDirectMessage(actors.person('ann').id, Buffer.from('one more'));
    expect(refused.status).toBe(429);
    expect(refused.text).toMatch(/100 an hour/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3000);
    const [row] = await server.sql('SELECT count(*) AS rows FROM inbox');
    expect(Number(row?.rows)).toBe(100);
    expect((await actors.person('ann').sendDirectMessage(eve.id, Buffer.from('stop'))).status).toBe(201);
  });

  it('writes to fifty people in an hour at most, and can go on writing to those', async () => {
    const crowd = actors.crowd(52);
    await welcome([actors.bob, ...crowd]);
    const answers = (await actors.bob.batch(crowd.map(letter))).expect(200).json;
    expect(codesOf(answers)).toEqual({ 201: 50, 429: 2 });
    expect((await actors.bob.sendDirectMessage(crowd[0]?.id ?? '', Buffer.from('hi'))).status).toBe(201);
  });

  it('leaves a hundred messages with somebody who does not write back, and more with somebody who does', async () => {
    const [dan, mia] = [actors.person('dan'), actors.person('mia')];
    await welcome([dan, mia]);
    await server.sql(
      `INSERT INTO inbox (recipient_id, sender_id, body, posted_at, expires_at)
       SELECT mia.id, dan.id, '', 0, 1e10 FROM users mia, users dan, generate_series(1, 100)
       WHERE mia.session_id = $1 AND dan.session_id = $2`,
      [mia.id, dan.id],
    );
    const refused = await dan.sendDirectMessage(mia.id, Buffer.from('hello?'));
    expect([refused.status, refused.text]).toEqual([429, expect.stringMatching(/not written back/)]);
    expect((await mia.sendDirectMessage(dan.id, Buffer.from('hello'))).status).toBe(201);
    expect((await dan.sendDirectMessage(mia.id, Buffer.from('at last'))).status).toBe(201);
  });

  it('edits thirty times in ten minutes at most, and the first text and the latest ones are kept', async () => {
    const { alice } = actors;
    const { id } = (await alice.postMessage('lobby', 'the first text')).expect(201).json;
    const edits = times(40, (n): BatchRequest => ({
      method: 'PUT',
      path: `/room/lobby/message/${id}`,
      json: alice.messageBody(`text ${n}`),
    }));
    const answers = (await alice.batch(edits)).expect(200).json;
    expect(codesOf(answers)).toEqual({ 200: 30, 429: 10 });
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
    const kept = await server.sql('SELECT data FROM message_history ORDER BY id');
    expect(kept).toHaveLength(5);
    expect(String(kept[0]?.data)).toContain('the first text');
    expect(String(kept[4]?.data)).toContain('text 28');
    const other = (await actors.bob.postMessage('lobby', 'mine')).expect(201).json;
    expect((await actors.bob.editMessage('lobby', other.id, 'still mine')).status).toBe(200);
  });

  it('adds or removes sixty reactions in a minute at most, and an admin as many as they like', async () => {
    const { id } = (await actors.alice.postMessage('lobby', 'hello')).expect(201).json;
    const flicker = times(80, (n): BatchRequest => ({
      method: n % 2 === 0 ? 'PUT' : 'DELETE',
      path: `/room/lobby/reaction/${id}/x`,
      ...(n % 2 === 0 && { json: {} }),
    }));
    expect(codesOf((await actors.bob.batch(flicker)).expect(200).json)).toEqual({ 200: 60, 429: 20 });
    const admin = await actors.admin();
    expect(codesOf((await admin.batch(flicker)).expect(200).json)).toEqual({ 200: 80 });
  });

  it('deletes as a moderator without any of these limits', async () => {
    const mod = await actors.moderator();
    const ids = await Promise.all(
      times(80, async (n) => (await actors.alice.postMessage('lobby', `spam ${n}`)).expect(201).json.id),
    );
    const requests = ids.flatMap((id): BatchRequest[] => [
      { method: 'DELETE', path: `/room/lobby/reactions/${id}` },
      { method: 'DELETE', path: `/room/lobby/message/${id}` },
    ]);
    expect(codesOf((await mod.batch(requests)).expect(200).json)).toEqual({ 200: 160 });
  });
});

describe('an address', () => {
  it('that sends malformed keys is limited like one that sends none, and members behind it are served', async () => {
    const server = await openServer({
      heldClock: true,
      env: { RATE_LIMIT_PER_ADDRESS: '1', RATE_LIMIT_BURST: '20' },
    });
    try {
      const stranger = server.client(undefined, 'plain');
      const malformed: Record<string, string>[] = [
        { 'X-SOGS-Pubkey': 'nonsense' },
        {
          'X-SOGS-Pubkey': `15${'ff'.repeat(32)}`,
          'X-SOGS-Nonce': '00'.repeat(16),
          'X-SOGS-Timestamp': String(Math.floor(Date.now() / 1000)),
          'X-SOGS-Signature': '00'.repeat(64),
        },
        {
          'X-SOGS-Pubkey': `15${'ff'.repeat(32)}`,
          'X-SOGS-Nonce': '00'.repeat(16),
          'X-SOGS-Timestamp': '1',
          'X-SOGS-Signature': '00'.repeat(64),
        },
      ];
      const codes: number[] = [];
      for (let n = 0; n < 60; n++) {
        const headers = malformed[n % malformed.length] ?? {};
        const path = n % 2 === 0 ? '/capabilities' : '/room/lobby/pollInfo/0';
        codes.push((await stranger.get(path, { headers })).status);
        codes.push((await stranger.post('/room/lobby/file', Buffer.from('x'), { headers })).status);
      }
      expect(codes.map((code) => code === 429)).toEqual(codes.map((_code, index) => index >= 20));
      expect((await new Actors(server, 'lobby', 'plain').alice.pollInfo('lobby')).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
