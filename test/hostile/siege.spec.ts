import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { Actors } from '../support/actors.js';
import { SeededBytes } from '../support/seeded-bytes.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';
import { ATTACKS, type Field } from './siege/attacks.js';
import { Members } from './siege/members.js';

/** Seconds that attackers go on for; `npm run siege -- --minutes N` sets it. */
const DURATION = Number(process.env.SIEGE_SECONDS ?? 15);
const SEED = process.env.SIEGE_SEED ?? 'a siege';
const MEMBERS = 10;
const ATTACKERS = 6;
/** Keys that attackers use in turn; every fortieth go makes a fresh one. */
const KEYS = 20;
/** Bytes that a worker may take. */
const MOST_MEMORY = 250_000_000;
/** Bytes that the database and the uploads together may take: quotas and rates bound what attackers leave. */
const MOST_DISK = 400_000_000;

let server: TestServer;
let actors: Actors;

beforeAll(async () => {
  server = await startServer({ workers: 2 });
  actors = new Actors(server);
});

afterAll(() => server.stop());

/** Gives all kinds of attacks in a random order, and then all of them again: none is left out of a short siege. */
function allKinds(random: SeededBytes): () => keyof typeof ATTACKS {
  const left: (keyof typeof ATTACKS)[] = [];
  return () => {
    if (left.length === 0) left.push(...Object.keys(ATTACKS));
    const [kind] = left.splice(random.below(left.length), 1);
    if (kind === undefined) throw new Error('There is no attack');
    return kind;
  };
}

/** Makes attacks of the kinds that it is given until the time is over; counts them by kind. */
async function attackUntil(
  end: number,
  nextKind: () => keyof typeof ATTACKS,
  field: Field,
  counts: Map<string, number>,
): Promise<void> {
  while (performance.now() < end) {
    const kind = nextKind();
    const attack = ATTACKS[kind];
    if (attack === undefined) throw new Error(`There is no attack ${kind}`);
    // A connection that the server breaks off is an answer, too.
    await attack(field).catch(() => undefined);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
}

function attackersOf(random: SeededBytes): () => SessionClient {
  const keys = Array.from({ length: KEYS }, () => server.client(new Identity(random.bytes(32))));
  return () => {
    const place = random.below(KEYS);
    if (random.below(40) === 0) {
      keys[place]?.close();
      keys[place] = server.client(new Identity(random.bytes(32)));
    }
    const key = keys[place];
    if (!key) throw new Error('There is no key');
    return key;
  };
}

async function diskUse(): Promise<number> {
  const [row] = await server.sql(
    `SELECT pg_database_size(current_database())::float8 + (SELECT coalesce(sum(size), 0) FROM files)::float8 AS bytes`,
  );
  return Number(row?.bytes);
}

function percentile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
}

it(
  'members are served and no worker dies, whatever strangers send, and afterwards the server is as before',
  async () => {
    const people = actors.crowd(MEMBERS);
    for (const person of people) (await person.postMessage('lobby', 'hello')).expect(201);
    const { id: message } = (await actors.alice.postMessage('lobby', 'react to this')).expect(201).json;
    const before = await workerMemory(server);
    const members = new Members(people);
    const counts = new Map<string, number>();
    const end = performance.now() + DURATION * 1000;
    let highest = 0;
    const nextKind = allKinds(new SeededBytes(SEED));
    const watch = setInterval(() => {
      void workerMemory(server).then((workers) => {
        highest = Math.max(highest, ...workers.map(({ resident }) => resident));
      });
    }, 500);
    await Promise.all(
      Array.from({ length: ATTACKERS }, (_, index) => {
        const random = new SeededBytes(`${SEED} ${index}`);
        const field = { server, random, attacker: attackersOf(random), message, victim: actors.alice.id };
        return attackUntil(end, nextKind, field, counts);
      }),
    );
    clearInterval(watch);
    const { polls, failures, posted, uploads } = await members.stop();

    process.stdout.write(
      `Siege of ${DURATION} s: ${JSON.stringify(Object.fromEntries(counts))}\n` +
        `${polls.length} polls, p50 ${percentile(polls, 0.5).toFixed(0)} ms, p99 ${percentile(polls, 0.99).toFixed(0)} ms ` +
        `(client and attackers in one process); ${posted.length} posts, ${uploads} uploads; ` +
        `${Math.round(highest / 1e6)} MB a worker at most\n`,
    );
    expect(failures).toEqual([]);
    expect(posted.length + uploads).toBeGreaterThan(0);
    expect((await workerMemory(server)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    expect(highest).toBeLessThan(MOST_MEMORY);
    expect(await diskUse()).toBeLessThan(MOST_DISK);
    expect(Object.keys(ATTACKS).filter((kind) => !counts.has(kind))).toEqual([]);
    for (const id of posted) (await actors.alice.message('lobby', id)).expect(200);
    (await actors.bob.postMessage('lobby', 'it is over')).expect(201);
  },
  DURATION * 1000 + 120_000,
);
