import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { SeededBytes } from '../support/seeded-bytes.js';
import { startServer, type TestServer } from '../support/server.js';

const REQUESTS = 2_000;
const AT_ONCE = 8;

const ENDPOINTS = [
  'DELETE /inbox',
  'DELETE /room/:room/all/:user',
  'DELETE /room/:room/message/:number',
  'DELETE /room/:room/reaction/:number/:reaction',
  'DELETE /room/:room/reactions/:number',
  'DELETE /room/:room/reactions/:number/:reaction',
  'DELETE /rooms/all/:user',
  'GET /capabilities?required=:reaction',
  'GET /inbox/since/:number?limit=:number',
  'GET /outbox/since/:number',
  'GET /room/:room',
  'GET /room/:room/file/:number/:reaction',
  'GET /room/:room/futurePermissions/:user',
  'GET /room/:room/message/:number?reactors=:number',
  'GET /room/:room/messages/before/:number?limit=:number',
  'GET /room/:room/messages/since/:number?limit=:number&t=:reaction&reactors=:number',
  'GET /room/:room/permissions/:user',
  'GET /room/:room/pollInfo/:number',
  'GET /room/:room/reactors/:number/:reaction?limit=:number',
  'POST /inbox/:user',
  'POST /room/:room/file',
  'POST /room/:room/futurePermissions/:user',
  'POST /room/:room/message',
  'POST /room/:room/permissions/:user',
  'POST /room/:room/pin/:number',
  'POST /room/:room/unpin/:number',
  'POST /user/:user/ban',
  'POST /user/:user/moderator',
  'POST /user/:user/unban',
  'PUT /room/:room',
  'PUT /room/:room/message/:number',
  'PUT /room/:room/reaction/:number/:reaction',
];

const KEYS = [
  'name', 'description', 'image', 'default_read', 'default_write', 'default_accessible', 'rooms', 'global',
  'moderator', 'admin', 'visible', 'timeout', 'in', 'read', 'write', 'upload', 'accessible', 'unschedule',
  'message', 'data', 'signature', 'files', 'whisper_to', 'whisper_mods', '__proto__',
]; // prettier-ignore

const TEXTS = [
  '',
  'junkyard',
  '*',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u{1F41F}',
  'AAAA',
  '=',
  'null',
  'x'.repeat(70_000),
];
const NUMBERS = [0, 1, 2, -1, 0.5, 1e-9, 1e9, 2 ** 31, 2 ** 53, 1e300];

describe('every endpoint', () => {
  let server: TestServer;
  let boss: SessionClient;
  let people: string[];
  const random = new SeededBytes('junk for every endpoint');

  beforeAll(async () => {
    server = await startServer();
    await server.addRoom('junkyard');
    const actors = new Actors(server, 'junkyard', 'plain');
    boss = await actors.globalAdmin();
    const someone = new Identity(random.bytes(32));
    const seen = actors.person('seen');
    await seen.pollInfo('lobby');
    people = [
      seen.id,
      seen.sessionId,
      someone.sessionId.toUpperCase(),
      `15${'ff'.repeat(32)}`,
      `05${'00'.repeat(32)}`,
    ];
    for (let count = 0; count < 5; count += 1) {
      (await boss.postMessage('junkyard', 'scrap')).expect(201);
      (await boss.upload('junkyard', random.bytes(100), 'scrap.bin')).expect(201);
    }
  });

  afterAll(async () => {
    await server.stop();
  });

  function pick<T>(choices: readonly T[]): T {
    return choices[random.below(choices.length)] as T;
  }

  /** A value in place of a placeholder in a path, percent-encoded; now and then bytes that are no UTF-8. */
  function parameter(kind: string): string {
    if (random.below(40) === 0) return '%ed%a0%80';
    const choices: Record<string, readonly string[]> = {
      room: ['junkyard', 'JunkYard', 'lobby', 'nowhere', '\u0000'],
      number: ['0', '1', '2', '3', '4', '5', '6', 'all', '-1', 'x', '1e3', '9'.repeat(19), '9'.repeat(40)],
      user: [...people, 'nobody', '\u0000'],
      reaction: [
        '\u{1F41F}',
        '\u{1F44D}',
        'a/b',
        '\u0000',
        'a\u0000',
        '',
        'x'.repeat(13),
        'é'.repeat(12),
        '?#;%',
      ],
    };
    return encodeURIComponent(pick(choices[kind] ?? ['']));
  }

  function value(): unknown {
    return pick<() => unknown>([
      () => pick(TEXTS),
      () => pick(NUMBERS),
      () => pick([true, false]),
      () => null,
      () => [pick(TEXTS), pick(NUMBERS)].slice(random.below(3)),
      () => ['junkyard'],
      () => ({}),
      () => pick(people),
    ])();
  }

  function body(): unknown {
    const keys = Array.from({ length: random.below(5) }, () => pick(KEYS));
    const junk = Object.fromEntries(keys.map((key) => [key, value()]));
    return pick<() => unknown>([
      () => undefined,
      () => value(),
      () => junk,
      () => junk,
      () => ({ ...boss.messageBody('junk'), ...junk }),
      () => ({ rooms: ['junkyard'], ...junk }),
      () => ({ global: true, ...junk }),
      () => random.bytes(random.below(300)),
    ])();
  }

  /** A header as a client may have broken it. */
  function disposition(): string {
    return pick([
      'attachment',
      "attachment; filename*=UTF-8''%00%ff",
      'filename="',
      "filename*=''",
      'x'.repeat(500),
    ]);
  }

  /** Sends one request; returns its status and, for a failure, all of it. */
  async function send(): Promise<[status: number, failure?: string]> {
    const [method = '', template = ''] = pick(ENDPOINTS).split(' ');
    const path = template.replace(/:(\w+)/g, (_placeholder, kind: string) => parameter(kind));
    const headers = template.endsWith('/file') ? { 'Content-Disposition': disposition() } : {};
    const content = method === 'GET' ? undefined : body();
    const { status } = await boss.request(method, path, content, { headers });
    return status < 500 ? [status] : [status, `${status} ${method} ${path} ${JSON.stringify(content)}`];
  }

  it('answers junk from a global admin without a 5xx', async () => {
    const failures: string[] = [];
    const answers = new Map<number, number>();
    let left = REQUESTS;
    const sender = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const [status, failure] = await send();
        answers.set(status, (answers.get(status) ?? 0) + 1);
        if (failure !== undefined) failures.push(failure);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    expect(failures).toEqual([]);
    // Enough of it has to get past the first check, or it would prove little.
    for (const [status, least] of [
      [200, 200],
      [201, 20],
      [400, 200],
      [404, 200],
    ] as const) {
      expect(answers.get(status)).toBeGreaterThan(least);
    }
    expect(server.log()).not.toMatch(/"level":"(error|fatal)"/);
    expect((await boss.room('junkyard')).status).toBe(200);
  });
});
