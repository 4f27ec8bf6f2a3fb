import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { Identity } from '../client/identity.js';
import { startServer, type TestServer } from '../support/server.js';
import { cpuSeconds, workerCpuSeconds } from '../support/worker-cpu.js';

const POSTS = 2_000;
/** As many posts share a transaction, then, whoever writes them. */
const POSTS_A_SECOND = 150;
const MEMBERS = 20;
/** Seconds of polls that are measured, with and without a raid beside them. */
const WATCHED = 20;
const RAID_POSTS_A_SECOND = 100;
const POLLS_APART_MS = 200;

/** Seconds of CPU that the worker and its connections to PostgreSQL have used. */
async function cpuOf(server: TestServer): Promise<number> {
  const backends = await server.sql('SELECT pid FROM pg_stat_activity WHERE datname = current_database()');
  const pids = backends.map(({ pid }) => Number(pid));
  return (await workerCpuSeconds(server)) + (await cpuSeconds(pids));
}

/** Begins so many posts a second, `count` in all, and waits for all of them. */
async function atPace(
  perSecond: number,
  count: number,
  post: (index: number) => Promise<unknown>,
): Promise<void> {
  const began = performance.now();
  const posts: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    await sleep(Math.max(0, began + (index * 1_000) / perSecond - performance.now()));
    posts.push(post(index));
  }
  await Promise.all(posts);
}

function percentile(times: readonly number[], share: number): string {
  const sorted = [...times].sort((one, other) => one - other);
  return `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)} ms`;
}

describe('the cost of a raid', () => {
  let server: TestServer;
  let members: SessionClient[];
  let said = 0;
  let identities: Identity[];

  beforeAll(async () => {
    const env = { DEFENCE: 'on', RATE_LIMIT_PER_KEY: '1000000', POST_RATE_LIMIT: '1000000' };
    server = await startServer({ env });
    identities = Array.from({ length: MEMBERS }, () => new Identity());
    members = identities.map((identity) => server.client(identity));
    for (const [index, member] of members.entries()) await member.postMessage('lobby', `hello ${index}`);
    expect((await server.plaza('user', 'trust', ...members.map(({ id }) => id))).code).toBe(0);
    expect((await server.plaza('raid', 'on', '--room', 'lobby')).code).toBe(0);
    expect((await server.plaza('room', 'add', 'garden')).code).toBe(0);
    expect((await server.plaza('room', 'set', 'garden', '--defence', 'off')).code).toBe(0);
  });

  afterAll(() => server.stop());

  /** Everybody comes by a connection of their own, so that raiders are compared with what differs in them alone. */
  async function post(identity: Identity, text: string, room = 'lobby'): Promise<void> {
    const client = server.client(identity);
    (await client.postMessage(room, text)).expect(201);
    client.close();
  }

  const ordinary = (index: number): Promise<void> =>
    post(identities[index % MEMBERS] ?? new Identity(), `an ordinary line ${++said}`);
  const undefended = (): Promise<void> => post(new Identity(), `a line of a stranger ${++said}`, 'garden');
  const raid = (): Promise<void> => post(new Identity(), `a line of a raider ${++said}`);

  it('is measured post by post', async () => {
    const rounds: [string, (index: number) => Promise<void>][] = [
      ['members’', ordinary],
      ['strangers’ (in a room without a defence)', undefended],
      ['raiders’', raid],
    ];
    for (const round of ['warming up', 'first', 'second', 'third']) {
      for (const [name, post] of rounds) {
        const before = await cpuOf(server);
        await atPace(POSTS_A_SECOND, POSTS, post);
        const each = (((await cpuOf(server)) - before) * 1_000) / POSTS;
        process.stdout.write(`${round}: CPU of ${name} posts: ${each.toFixed(2)} ms each\n`);
      }
    }
  });

  it('is measured by the polls of members', async () => {
    for (const isRaided of [false, true]) {
      const times: number[] = [];
      const end = Date.now() + WATCHED * 1_000;
      const polls = members.map(async (member, index) => {
        await sleep((index * POLLS_APART_MS) / MEMBERS);
        while (Date.now() < end) {
          const began = performance.now();
          (await member.pollInfo('lobby')).expect(200);
          times.push(performance.now() - began);
          await sleep(POLLS_APART_MS);
        }
      });
      const raiding = isRaided ? atPace(RAID_POSTS_A_SECOND, WATCHED * RAID_POSTS_A_SECOND, raid) : undefined;
      await Promise.all([...polls, raiding]);
      const beside = isRaided ? `beside ${RAID_POSTS_A_SECOND} raid posts a second` : 'without a raid';
      process.stdout.write(
        `polls ${beside}: p50 ${percentile(times, 0.5)}, p99 ${percentile(times, 0.99)}\n`,
      );
    }
  });
});
