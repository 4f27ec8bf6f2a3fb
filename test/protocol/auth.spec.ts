import { randomBytes } from 'node:crypto';
import { type SessionClient } from '../client/client.js';
import { Identity, type Signer } from '../client/identity.js';
import { authHeaders, type AuthOverrides } from '../client/request-auth.js';
import { type SessionResponse } from '../client/response.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { rowCounts } from '../support/row-counts.js';

const DAY = 24 * 60 * 60;
const PATH = '/room/lobby/pollInfo/0';

const BAD_SIGNATURE = Buffer.alloc(64, 1).toString('base64');
const OLD = now() - 2 * DAY;

/** Points that no Ed25519 key can be: not on the curve, the neutral element, and one of order 8. */
const INVALID_POINTS = [
  '02'.padEnd(64, '0'),
  'ff'.repeat(32),
  '01'.padEnd(64, '0'),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
];

describe('request authentication', () => {
  let server: OpenServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await openServer();
    actors = new Actors(server, 'lobby', 'plain');
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Sends a request without signing it, with these headers. */
  function send(headers: Record<string, string>, path = PATH): Promise<SessionResponse> {
    return actors.anonymous.get(path, { headers });
  }

  /** The headers of a proper request of Alice's, to be spoilt. */
  function signed(overrides: AuthOverrides = {}, signer = blinded('alice')): Record<string, string> {
    return authHeaders(signer, server.publicKey, { method: 'GET', path: PATH }, overrides);
  }

  function blinded(name: string): Signer {
    const { identity } = actors.person(name);
    if (!identity) throw new Error(`${name} has no identity`);
    return identity.blindedFor(server.publicKey);
  }

  async function bannedPerson(): Promise<SessionClient> {
    const banned = actors.person('banned');
    await banned.pollInfo('lobby');
    await server.sql('UPDATE users SET banned = true WHERE session_id = $1', [banned.id]);
    await eventually(async () => (await banned.rooms()).status === 403);
    return banned;
  }

  describe('without a single header', () => {
    it('is anonymous: reading works', async () => {
      expect((await actors.anonymous.get(PATH)).status).toBe(200);
    });

    it('answers 401 where a user is needed', async () => {
      const refused = await actors.anonymous.post('/room/lobby/message', {});
      expect(refused.status).toBe(401);
      expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(refused.text).not.toBe('');
    });

    it('reads empty headers as missing ones', async () => {
      const empty = Object.fromEntries(Object.keys(signed()).map((name) => [name, '']));
      expect((await send(empty)).status).toBe(200);
    });
  });

  describe('with some of the headers', () => {
    it('answers 400 whichever is missing or empty', async () => {
      for (const name of Object.keys(signed())) {
        const { [name]: left, ...others } = signed();
        expect(left).toBeDefined();
        expect((await send(others)).status).toBe(400);
        const refused = await send({ ...others, [name]: '' });
        expect(refused.status).toBe(400);
        expect(refused.text).toContain('X-SOGS');
        expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
      }
    });
  });

  describe('spelled in every way a client may', () => {
    it('reads hex and base64, upper-case hex, with and without padding', async () => {
      const unpadded = (headers: Record<string, string>): Record<string, string> =>
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(/=+$/, '')]));
      const key = Buffer.from(blinded('alice').id, 'hex');
      const spellings = [
        signed(),
        signed({ encoding: 'hex' }),
        unpadded(signed()),
        signed({ pubkey: key.toString('hex').toUpperCase() }),
        signed({ pubkey: key.toString('base64') }),
        unpadded(signed({ pubkey: key.toString('base64') })),
        Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name.toLowerCase(), value])),
      ];
      for (const headers of spellings) expect((await send(headers)).status).toBe(200);
      const known = await server.sql('SELECT session_id FROM users WHERE session_id = $1', [
        blinded('alice').id,
      ]);
      expect(known).toHaveLength(1);
    });
  });

  describe('malformed', () => {
    const key = `15${'ab'.repeat(32)}`;
    const cases: [what: string, overrides: AuthOverrides][] = [
      ['a key that is too short', { pubkey: key.slice(2) }],
      ['a key that is too long', { pubkey: `${key}00` }],
      ['a key of other letters', { pubkey: 'g'.repeat(66) }],
      ['a key with the prefix 05', { pubkey: `05${key.slice(2)}` }],
      ['a key with the prefix 25', { pubkey: `25${key.slice(2)}` }],
      ['a nonce of 15 bytes', { nonce: randomBytes(15) }],
      ['a nonce of 17 bytes', { nonce: randomBytes(17) }],
      ['a nonce in URL-safe base64', { nonce: '-_-_-_-_-_-_-_-_-_-_-w==' }],
      ['a nonce with a space in it', { nonce: 'AAAA AAAAAAAAAAAAAAAAA==' }],
      ['a timestamp with a fraction', { timestamp: `${now()}.5` }],
      ['a timestamp with a sign', { timestamp: `+${now()}` }],
      ['a timestamp in hex', { timestamp: '0x6543210f' }],
      ['a timestamp of forty digits', { timestamp: '1'.repeat(40) }],
      ['a timestamp of other digits', { timestamp: 'yesterday' }],
      ['a signature of 63 bytes', { signature: randomBytes(63).toString('base64') }],
      ['a signature of 65 bytes', { signature: randomBytes(65).toString('hex') }],
      ...INVALID_POINTS.flatMap((point): [string, AuthOverrides][] => [
        [`the blinded key ${point.slice(0, 8)}…`, { pubkey: `15${point}` }],
        [`the unblinded key ${point.slice(0, 8)}…`, { pubkey: `00${point}` }],
      ]),
    ];

    it.each(cases)('%s answers 400', async (_what, overrides) => {
      const refused = await send(signed(overrides));
      expect(refused.status).toBe(400);
      expect(refused.text).toMatch(/^Invalid authentication/);
      expect(refused.text).not.toBe(LITERAL);
    });
  });

  describe('a clock that is wrong', () => {
    it('may be nearly a day ahead or behind', async () => {
      for (const skew of [-DAY + 20, DAY - 20]) {
        expect((await send(signed({ timestamp: now() + skew }))).status).toBe(200);
      }
    });

    it('answers 425 beyond a day', async () => {
      for (const timestamp of [now() - DAY - 20, now() + DAY + 20, 0, 999_999_999_999_999]) {
        const refused = await send(signed({ timestamp }));
        expect(refused.status).toBe(425);
        expect(refused.text).toContain('24 hours');
      }
    });
  });

  describe('a nonce', () => {
    it('is for one request, whoever sends another under it, for whatever purpose', async () => {
      const nonce = randomBytes(16);
      expect((await send(signed({ nonce }))).status).toBe(200);
      expect((await send(signed({ nonce, timestamp: now() - 60 }))).status).toBe(425);
      expect((await send(signed({ nonce, timestamp: now() - DAY + 600 }))).status).toBe(425);
      expect((await send(signed({ nonce }, blinded('bob')))).status).toBe(425);
      expect((await actors.alice.get('/rooms', { auth: { nonce } })).status).toBe(425);
    });

    it('is for one of many requests that two servers get at once', async () => {
      const beside = await openServer({ beside: server });
      const { anonymous: elsewhere } = new Actors(beside, 'lobby', 'plain');
      const nonce = randomBytes(16);
      const timestamps = Array.from({ length: 50 }, (_, index) => now() - index);
      const answers = await Promise.all(
        timestamps.map((timestamp, index) => {
          const client = index % 2 === 0 ? actors.anonymous : elsewhere;
          return client.get(PATH, { headers: signed({ nonce, timestamp }) });
        }),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array<number>(49).fill(425)]);
      await beside.stop();
    });

    it('is not used up by a refused request', async () => {
      const nonce = randomBytes(16);
      expect((await send(signed({ nonce, signature: BAD_SIGNATURE }))).status).toBe(401);
      expect((await send(signed({ nonce }))).status).toBe(200);
    });

    it('is remembered for as long as its timestamp could be accepted', async () => {
      const nonce = randomBytes(16);
      const timestamp = now() + DAY - 60;
      expect((await send(signed({ nonce, timestamp }))).status).toBe(200);
      const [row] = await server.sql('SELECT expires_at FROM nonces WHERE nonce = $1', [nonce]);
      expect(row?.expires_at).toBeGreaterThanOrEqual(timestamp + DAY);
    });
  });

  describe('a signature', () => {
    const post = { data: 'AAAA', signature: BAD_SIGNATURE };

    it.each<[string, NonNullable<AuthOverrides['signInstead']>]>([
      ['the method', { method: 'PUT' }],
      ['the path', { path: '/room/lobbx/message' }],
      ['the query', { path: '/room/lobby/message?a=1' }],
      ['the body', { body: Buffer.from('{}') }],
      ['that there is a body', { body: Buffer.alloc(0) }],
    ])('covers %s', async (_what, signInstead) => {
      const refused = await actors.alice.post('/room/lobby/message', post, { auth: { signInstead } });
      expect(refused.status).toBe(401);
      expect(refused.text).toContain('X-SOGS-Signature');
    });

    it('is valid only for the server that it is sent to, and for the claimed key', async () => {
      const elsewhere = authHeaders(blinded('alice'), 'ab'.repeat(32), { method: 'GET', path: PATH });
      expect((await send(elsewhere)).status).toBe(401);
      expect((await send(signed({ pubkey: blinded('bob').id }))).status).toBe(401);
    });

    it('covers the timestamp as it is written', async () => {
      const headers = signed({ timestamp: `0${now()}` });
      expect((await send({ ...headers, 'X-SOGS-Timestamp': String(now()) })).status).toBe(401);
      expect((await send(headers)).status).toBe(200);
    });

    it('covers the decoded path and the raw query', async () => {
      const asSent = '/room/%6Cobby/messages/recent?limit=%31&t=%F0%9F%90%9F';
      const covered = '/room/lobby/messages/recent?limit=%31&t=%F0%9F%90%9F';
      const { alice } = actors;
      expect((await alice.get(asSent, { auth: { signInstead: { path: covered } } })).status).toBe(200);
      const decoded = { path: '/room/lobby/messages/recent?limit=1&t=🐟' };
      expect((await alice.get(asSent, { auth: { signInstead: decoded } })).status).toBe(401);
    });

    it('leaves out a question mark that nothing follows', async () => {
      expect((await actors.alice.get('/rooms?')).status).toBe(200);
    });

    it('holds for an emoji in the path, be it sent raw or encoded', async () => {
      const onion = server.client(actors.alice.identity);
      for (const emoji of ['🐟', encodeURIComponent('🐟')]) {
        // There is no such message, which only a caller who was let in is told.
        expect((await onion.put(`/room/lobby/reaction/77/${emoji}`)).status).toBe(404);
      }
    });
  });

  describe('with several things wrong', () => {
    it('answers with the first one in the protocol’s table', async () => {
      const banned = await bannedPerson();
      const usedNonce = randomBytes(16);
      expect((await send(signed({ nonce: usedNonce }))).status).toBe(200);
      const theirs = blinded('banned');
      expect(theirs.id).toBe(banned.id);

      const everything = { nonce: usedNonce, signature: BAD_SIGNATURE, timestamp: OLD };
      const missing = { ...signed(everything, theirs), 'X-SOGS-Pubkey': '' };
      const malformed = signed({ ...everything, pubkey: '99' }, theirs);
      const tooOld = signed(everything, theirs);
      const isBanned = signed({ nonce: usedNonce, signature: BAD_SIGNATURE }, theirs);
      const isReused = signed({ nonce: usedNonce, signature: BAD_SIGNATURE });
      const isWrong = signed({ signature: BAD_SIGNATURE });
      const statuses = [];
      for (const headers of [missing, malformed, tooOld, isBanned, isReused, isWrong]) {
        statuses.push((await send(headers)).status);
      }
      expect(statuses).toEqual([400, 400, 425, 403, 425, 401]);
    });

    it('comes before any error of the endpoint', async () => {
      for (const path of ['/room/nowhere', '/no/such/endpoint', '/room/lobby/pollInfo/x']) {
        expect((await actors.alice.get(path, { auth: { signature: BAD_SIGNATURE } })).status).not.toBe(200);
      }
      const wrong = { auth: { signature: BAD_SIGNATURE } };
      expect((await actors.alice.get('/room/nowhere', wrong)).status).toBe(401);
      expect((await actors.alice.post('/batch', 'no JSON', wrong)).status).toBe(401);
    });
  });

  describe('an unblinded key', () => {
    it('is refused where blinding is required, in the words by which clients recognize that', async () => {
      for (const transport of ['plain', 'onion-v4-xchacha20', 'onion-v4-unnamed'] as const) {
        const unblinded = server.client(new Identity(), transport, { blinded: false });
        for (const auth of [{}, { signature: BAD_SIGNATURE }, { timestamp: OLD }]) {
          const refused = await unblinded.get(PATH, { auth });
          expect(refused.status).toBe(400);
          expect(refused.text).toBe(LITERAL);
          expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8');
        }
      }
    });
  });

  describe('a request that is refused', () => {
    it('leaves no row behind, and used nonces stay used, also after a restart', async () => {
      // Kept answers go after two minutes.
      const rows = async (): Promise<object> => ({ ...(await rowCounts(server)), kept_answers: undefined });
      const nonce = randomBytes(16);
      const other = { nonce, timestamp: now() - 60 };
      const used = signed({ nonce });
      expect((await send(used)).status).toBe(200);
      // Activity of the tests before this one is written when the server stops.
      await server.restart();
      const before = await rows();

      const mallory = server.client(new Identity(), 'plain');
      const wrongs: AuthOverrides[] = [
        { signature: BAD_SIGNATURE },
        { timestamp: OLD },
        { pubkey: '15' },
        { signInstead: { method: 'PATCH' } },
      ];
      for (const auth of wrongs) {
        for (const transport of ['plain', 'onion-v4-aes-gcm'] as const) {
          const client = server.client(mallory.identity, transport);
          const answers = [
            await client.get(PATH, { auth }),
            await client.post('/room/lobby/message', client.messageBody('hello'), { auth }),
            await client.batch([{ method: 'GET', path: PATH }], { auth }),
          ];
          for (const { status } of answers) expect([400, 401, 425]).toContain(status);
        }
      }
      expect((await send(signed(other))).status).toBe(425);
      expect((await send(used)).status).toBe(200);

      await server.restart();
      expect(await rows()).toEqual(before);
      expect((await send(signed(other))).status).toBe(425);
      expect((await send(used)).status).toBe(200);
    });
  });
});

describe('request authentication without blinding', () => {
  let server: OpenServer;

  beforeAll(async () => {
    server = await openServer({ env: { REQUIRE_BLINDED_IDS: 'false' } });
  });

  afterAll(async () => {
    await server.stop();
  });

  it('knows the owner of a 00 key by their 05 ID', async () => {
    const alice = server.client(new Identity(), 'plain', { blinded: false });
    const post = (await alice.postMessage('lobby', 'hello')).expect(201).json;
    expect(post.session_id).toBe(alice.sessionId);
    expect(await server.sql('SELECT session_id FROM users')).toEqual([{ session_id: alice.sessionId }]);
  });

  it('accepts 15 keys as well', async () => {
    const bob = server.client(new Identity(), 'plain');
    const post = (await bob.postMessage('lobby', 'hello')).expect(201).json;
    expect(post.session_id).toBe(bob.id);
  });

  it('refuses 00 keys that are no points, and a wrong signature under a good one', async () => {
    const alice = server.client(new Identity(), 'plain', { blinded: false });
    for (const point of INVALID_POINTS) {
      expect((await alice.get(PATH, { auth: { pubkey: `00${point}` } })).status).toBe(400);
    }
    expect((await alice.get(PATH, { auth: { signature: BAD_SIGNATURE } })).status).toBe(401);
  });
});

const LITERAL = 'Invalid authentication: this server requires the use of blinded ids';

/** Unix seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
