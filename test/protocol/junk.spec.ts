import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { bencode, encodeV4, sealOnion } from '../client/onion.js';
import { type SessionResponse } from '../client/response.js';
import { type BatchReply } from '../client/types.js';
import { SeededBytes } from '../support/seeded-bytes.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const BODIES = 10_000;
const AT_ONCE = 16;
/** Bodies before memory counts: caches and compiled code have to grow first. */
const WARM_UP = 2_000;
/** All bodies after the warm-up have several times as much, so keeping them would show. */
const MAY_GROW_BYTES = 96 * 1024 * 1024;

/** Texts that some part of the server looks at. */
const WORDS = [
  '',
  '/',
  '/capabilities',
  '/rooms',
  '/room/lobby',
  '/room/lobby/message',
  '/room/lobby/messages/since/0?t=r',
  '/room/lobby/pollInfo/0',
  '/room/lobby/messages/recent?limit=',
  '/room/\u0000',
  '/room/%00',
  '/batch',
  '/sequence',
  '/inbox',
  '/oxen/v4/lsrpc',
  '//',
  '/room/lobby/reaction/1/\u{1F41F}',
  '/user/15/ban',
  '/room/lobby/all/05',
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  '__proto__',
  'constructor',
  'lobby',
  '\u0000',
  '\ud800',
  '\uffff',
  'AAAA',
  'AA==',
  '=',
  '9'.repeat(400),
  '-1',
  'NaN',
  '1e999',
  'true',
  'null',
  `15${'00'.repeat(32)}`,
];
const KEYS = [
  'method',
  'path',
  'endpoint',
  'headers',
  'json',
  'b64',
  'bytes',
  'body',
  'data',
  'signature',
  'files',
  'whisper_to',
  'whisper_mods',
  'X-SOGS-Pubkey',
  'X-SOGS-Nonce',
  '__proto__',
  '',
  'toString',
];

describe('random bodies', () => {
  let server: TestServer;
  let alice: SessionClient;
  const random = new SeededBytes('junk for Plaza');

  beforeAll(async () => {
    // So that every body is looked at, however many come.
    const env = { RATE_LIMIT_PER_KEY: '0', RATE_LIMIT_PER_ADDRESS: '0' };
    server = await startServer({ workers: 2, env });
    alice = server.client(new Identity(), 'plain');
  });

  afterAll(async () => {
    await server.stop();
  });

  function pick<T>(choices: readonly T[]): T {
    return choices[random.below(choices.length)] as T;
  }

  /** Bytes, mostly few and sometimes up to so many. */
  function bytes(most = 100_000): Buffer {
    return random.bytes(random.below(pick([8, 200, 2000, most])));
  }

  /** JSON of names and values that mean something to the server, in places where they do not belong. */
  function junk(depth = 0): unknown {
    const kind = random.below(depth > 4 ? 6 : 9);
    if (kind < 3) return pick(WORDS);
    if (kind === 3) return bytes(200).toString(pick(['base64', 'latin1', 'utf8', 'hex']));
    if (kind === 4) return pick([null, true, false, 0, -1, 1.5, 1e300, 2 ** 53]);
    if (kind === 5) return {};
    const children = Array.from({ length: random.below(6) }, () => [pick(KEYS), junk(depth + 1)] as const);
    return kind === 6 ? children.map(([, child]) => child) : Object.fromEntries(children);
  }

  function json(value: unknown): Buffer {
    return Buffer.from(JSON.stringify(value));
  }

  /** Proper bytes with some of them changed or cut off. */
  function spoilt(proper: Buffer): Buffer {
    const copy = Buffer.from(
      proper.subarray(0, proper.length - pick([0, 0, 0, random.below(proper.length)])),
    );
    for (let changes = random.below(4); changes > 0 && copy.length > 0; changes -= 1) {
      copy[random.below(copy.length)] = random.below(256);
    }
    return copy;
  }

  function batchElements(): unknown {
    return Array.from({ length: random.below(5) }, () => ({
      method: pick(['GET', 'POST', 'PUT', 'DELETE', junk()]),
      path: pick(WORDS),
      ...(random.below(2) === 0 && { [pick(KEYS)]: junk() }),
    }));
  }

  function post(): unknown {
    const body = alice.messageBody('hello');
    return { ...body, [pick(Object.keys(body))]: junk(), [pick(KEYS)]: junk() };
  }

  function onionPlaintext(): Buffer {
    const meta = { method: pick(['GET', 'POST', pick(WORDS)]), endpoint: pick(WORDS), headers: {} };
    return pick([
      () => bytes(),
      () => spoilt(encodeV4({ ...meta, body: bytes() })),
      () => bencode([json({ ...meta, [pick(KEYS)]: junk() }), json(junk())]),
      () => encodeV4({ ...meta, method: 'POST', endpoint: '/batch', body: json(batchElements()) }),
    ])();
  }

  async function sendOnion(): Promise<number[]> {
    const kind = random.below(4);
    if (kind === 0) return [(await alice.sendSealed(bytes())).status];
    const sealed = sealOnion(onionPlaintext(), server.publicKey, { cipher: pick(['xchacha20', 'aes-gcm']) });
    if (kind === 1) return [(await alice.sendSealed(spoilt(sealed.body))).status];
    const outer = await alice.sendSealed(sealed.body);
    expect(outer.status).toBe(200);
    const inner = /"code":(\d+)/.exec(sealed.open(outer.bytes).toString('latin1'));
    return [Number(inner?.[1])];
  }

  async function sendBatch(): Promise<number[]> {
    const body = pick([
      () => bytes(),
      () => json(junk()),
      () => json(batchElements()),
      () => spoilt(json(batchElements())),
    ])();
    const answer = (await alice.post(pick(['/batch', '/sequence']), body)) as SessionResponse<BatchReply[]>;
    return answer.status === 200 ? answer.json.map(({ code }) => code) : [answer.status];
  }

  async function sendPost(): Promise<number[]> {
    const body = pick([() => bytes(), () => json(junk()), () => json(post()), () => spoilt(json(post()))])();
    return [(await alice.post('/room/lobby/message', body)).status];
  }

  /** Sends so many bodies, several at once, and returns every status that came. */
  async function send(count: number): Promise<Set<number>> {
    const statuses = new Set<number>();
    let left = count;
    const sender = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        for (const status of await pick([sendOnion, sendBatch, sendPost])()) statuses.add(status);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    return statuses;
  }

  it('cause no 5xx, kill no worker and leave no memory behind', async () => {
    const early = await send(WARM_UP);
    const before = await workerMemory(server);
    expect(before).toHaveLength(2);
    const late = await send(BODIES - WARM_UP);
    const after = await workerMemory(server);

    const statuses = [...early, ...late];
    expect(statuses).toEqual(expect.arrayContaining([200, 400, 401, 404]) as number[]);
    expect(statuses.filter((status) => !(status >= 200 && status < 500))).toEqual([]);
    expect(after.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    for (const [index, worker] of after.entries()) {
      expect(worker.resident - (before[index]?.resident ?? 0)).toBeLessThan(MAY_GROW_BYTES);
    }
    expect(server.log()).not.toMatch(/"level":"(error|fatal)"/);
    expect((await alice.postMessage('lobby', 'still there?')).status).toBeLessThan(500);
  }, 300_000);
});
