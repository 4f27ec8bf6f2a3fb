import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../../client/client.js';
import { Identity } from '../../client/identity.js';
import { encodeFields } from '../../client/protobuf.js';
import { type SeededBytes } from '../../support/seeded-bytes.js';
import { RawClient } from '../../support/raw-client.js';
import { type TestServer } from '../../support/server.js';

/** The source of an attack's randomness, and its target. */
export interface Field {
  server: TestServer;
  random: SeededBytes;
  /** Somebody with a key, now and then a fresh one. */
  attacker: () => SessionClient;
  /** Somebody else's message, and somebody else. */
  message: number;
  victim: string;
}

type Attack = (field: Field) => Promise<unknown>;

const ROOM = '/room/lobby';
const PIECES = [
  '0,', '{},', '[', '{"":', '"a":1,', '\\"', ' ', '1', '"",', '[],',
  '{"method":"GET","path":"/rooms"},', '{"method":"POST","path":"/batch","json":[{}]},', 'null,', '-1e309,', '\u0000', 'é',
]; // prettier-ignore
const STARTS = [
  '', '[', '{"rooms":[', '{"files":[', '[{"method":"POST","path":"/room/lobby/message","json":[',
  '[{"method":"GET","path":"/', '[{"method":"GET","path":"/rooms","headers":{',
]; // prettier-ignore
const SIZES = [1_000, 50_000, 1_000_000, 4_000_000];
const PATHS = [
  '/batch', '/sequence', `${ROOM}/message`, '/user/USER/ban', '/inbox/USER', `${ROOM}/permissions/USER`,
  '/user/USER/moderator', '/nowhere',
]; // prettier-ignore
const PAGES = ['/', '/r/lobby', '/r/lobby/live', '/r/nowhere', '/docs', '/lobby', '/r/lobby?x=%ff'];

function pick<Value>(random: SeededBytes, values: readonly Value[]): Value {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('There is nothing to pick from');
  return value;
}

function structure(random: SeededBytes): string {
  const piece = pick(random, PIECES);
  return pick(random, STARTS) + piece.repeat(Math.floor(pick(random, SIZES) / Buffer.byteLength(piece)));
}

function hostileMessage(random: SeededBytes): Buffer {
  const many = 200 + random.below(4_000);
  const data = pick(random, [
    () =>
      encodeFields([
        [
          1,
          encodeFields([[1, 'spam'], ...times(many, () => [10, encodeFields([[1, 'http://a']])] as const)]),
        ],
      ]),
    () => encodeFields([[1, encodeFields(times(many, () => [2, encodeFields([[7, 'x']])] as const))]]),
    () =>
      Buffer.concat([
        encodeFields([[1, encodeFields([[1, 'padded']])]]),
        Buffer.from([0x80]),
        Buffer.alloc(60_000),
      ]),
    () => random.bytes(random.below(60_000)),
    () => encodeFields([[1, encodeFields([[1, '\u0300'.repeat(9_000)]])]]),
  ])();
  return data.subarray(0, 65_000);
}

function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Sends a head and perhaps a part of a body, reads nothing, and stays for a while. */
async function lingeringConnection({ server, random }: Field, head: string): Promise<void> {
  const client = await RawClient.open(server);
  void client.send(head);
  await sleep(1_000 + random.below(4_000));
  client.close();
}

/** Every kind of thing that a stranger may try; each is one go. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'structures without end': ({ attacker, random, victim }) =>
    attacker().post(pick(random, PATHS).replace('USER', victim), structure(random)),
  'structures without a key': ({ server, random }) =>
    server.client(undefined, 'plain').post(pick(random, PATHS), structure(random)),
  'junk for an onion request': ({ attacker, random }) =>
    attacker().sendSealed(random.bytes(random.below(200_000))),
  'junk inside of an onion request': ({ attacker, random }) =>
    attacker().sendPlaintext(Buffer.from(`l${random.below(99)}:${structure(random)}e`)),
  'malformed keys': ({ server, random }) =>
    fetch(`${server.url}/rooms`, {
      headers: {
        'x-sogs-pubkey': random.bytes(33).toString('hex'),
        'x-sogs-nonce': random.bytes(16).toString('base64'),
        'x-sogs-timestamp': String(random.below(2 ** 31)),
        'x-sogs-signature': random.bytes(64).toString('base64'),
        'x-forwarded-for': `192.0.2.${random.below(256)}`,
      },
    }).then((answer) => answer.arrayBuffer()),
  'fresh keys that look around': async ({ server, random }) => {
    const stranger = server.client(new Identity());
    await stranger.get(
      pick(random, ['/capabilities', '/rooms', `${ROOM}/pollInfo/0`, `${ROOM}/messages/recent`]),
    );
    stranger.close();
  },
  'reactions of all kinds': ({ attacker, message, random }) =>
    attacker().batch(
      times(200, () => ({
        method: 'PUT',
        path: `${ROOM}/reaction/${message}/${encodeURIComponent(String.fromCodePoint(0x1f300 + random.below(700)))}`,
        json: {},
      })),
    ),
  'direct messages': ({ attacker, victim, random }) =>
    attacker().batch(
      times(100, () => ({
        method: 'POST',
        path: `/inbox/${victim}`,
        json: { message: random.bytes(500).toString('base64') },
      })),
    ),
  'hostile messages and their edits': async ({ attacker, random }) => {
    const person = attacker();
    const post = await person.postMessage('lobby', '', { data: hostileMessage(random) });
    if (post.status !== 201) return;
    const edit = { method: 'PUT', path: `${ROOM}/message/${post.json.id}` };
    await person.batch(
      times(20, () => ({ ...edit, json: person.messageBody('', { data: hostileMessage(random) }) })),
    );
  },
  'uploads that no message claims': ({ attacker, random }) =>
    attacker().batch(
      times(20, () => ({
        method: 'POST',
        path: `${ROOM}/file`,
        b64: random.bytes(50_000).toString('base64'),
      })),
    ),
  'batches of large pages': ({ attacker }) =>
    attacker().batch(times(100, () => ({ method: 'GET', path: `${ROOM}/messages/recent?limit=256` }))),
  'batches within batches': ({ attacker }) =>
    attacker().batch(
      times(30, () => ({
        method: 'POST',
        path: '/batch',
        json: times(30, () => ({ method: 'GET', path: `${ROOM}/messages/since/0?limit=256&t=r` })),
      })),
    ),
  'pages for people': ({ server, random }) =>
    fetch(`${server.url}${pick(random, PAGES)}`, { redirect: 'manual' }).then((answer) =>
      answer.arrayBuffer(),
    ),
  'bodies that do not come': (field) =>
    lingeringConnection(
      field,
      `POST ${pick(field.random, ['/oxen/v4/lsrpc', '/batch', `${ROOM}/file`])} HTTP/1.1\r\nHost: a\r\nContent-Length: 13000000\r\n\r\nx`,
    ),
  'answers that nobody reads': (field) =>
    lingeringConnection(
      field,
      `GET ${ROOM}/messages/recent?limit=256 HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(50),
    ),
  'bytes that are no HTTP': (field) =>
    lingeringConnection(field, field.random.bytes(2_000).toString('latin1')),
};
