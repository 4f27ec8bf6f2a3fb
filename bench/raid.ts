import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { countersOf, DATA_SETS, fill } from './data-set.js';
import { type LoadResult, percentile } from './load-generator.js';
import { type Column, printTable } from './report.js';
import { ServerUnderTest } from './server-under-test.js';
import { countStatements } from './statements.js';
import { workloadNamed } from './workloads.js';

const MEMBERS = 1_000;
const CONNECTIONS = 32;
/** A thousand members who poll every five seconds. */
const POLLS_PER_SECOND = 200;
const POSTS_PER_SECOND = 100;
/** Seconds of each part. */
const SECONDS = 15;

interface Part {
  name: string;
  polls: LoadResult;
  /** Seconds of CPU in a second of this part, PostgreSQL included. */
  cpu: number;
  postgresCpu: number;
  /** Statements in a second. */
  statements: number;
  failures: number;
}

const COLUMNS: Column<Part>[] = [
  ['part', ({ name }) => name],
  ['polls', ({ polls }) => String(polls.requests)],
  ['p50 ms', ({ polls }) => percentile(polls.latencies, 0.5).toFixed(1)],
  ['p99 ms', ({ polls }) => percentile(polls.latencies, 0.99).toFixed(1)],
  ['CPU s/s', ({ cpu }) => cpu.toFixed(2)],
  ['of it PostgreSQL', ({ postgresCpu }) => postgresCpu.toFixed(2)],
  ['statements/s', ({ statements }) => statements.toFixed(0)],
  ['failures', ({ failures }) => String(failures)],
];

/**
 * Prints how long polls of members take alone, beside a hundred posts of members a second, and beside as many of fresh
 * IDs that have never been seen, one each.
 */
export async function measureRaid(sodium: Sodium, workers: string | undefined): Promise<void> {
  const server = await ServerUnderTest.start(
    { POST_RATE_LIMIT: '1000000', ...(workers !== undefined && { WORKERS: workers }) },
    [],
  );
  const { addresses, publicKey } = server;
  const crowdOf = (members: number): Crowd =>
    new Crowd(
      sodium,
      { addresses, publicKey, members, connections: CONNECTIONS, encType: 'both' },
      async () => ({ rooms: await countersOf(server.sql), fileId: 0, messageIds: [] }),
    );
  const members = crowdOf(MEMBERS);
  const authors = crowdOf(MEMBERS);
  const raiders = crowdOf(POSTS_PER_SECOND * SECONDS);
  try {
    await fill(server.sql, DATA_SETS.small, [...members.sessionIds, ...authors.sessionIds]);
    const polls = workloadNamed('am');
    const posts = workloadNamed('d1');
    await members.run(polls, { seconds: SECONDS });
    await authors.run(posts, { seconds: SECONDS });
    const part = async (name: string, crowd: Crowd, requests: number): Promise<Part> => {
      const prepared = await members.prepare(polls, 0, POLLS_PER_SECOND * SECONDS);
      const beside = await crowd.prepare(posts, 0, requests);
      const [before, saidBefore] = [await server.usage(), await countStatements(server.sql)];
      const [polled, posted] = await Promise.all([
        members.send(prepared, POLLS_PER_SECOND),
        crowd.send(beside, POSTS_PER_SECOND),
      ]);
      const [after, saidAfter] = [await server.usage(), await countStatements(server.sql)];
      return {
        name,
        polls: polled,
        cpu: (after.cpuSeconds - before.cpuSeconds) / polled.seconds,
        postgresCpu: (after.postgresCpuSeconds - before.postgresCpuSeconds) / polled.seconds,
        statements: (saidAfter - saidBefore) / polled.seconds,
        failures: failuresOf(polled) + failuresOf(posted),
      };
    };
    const written = POSTS_PER_SECOND * SECONDS;
    printTable(COLUMNS, [
      await part('polls alone', authors, 0),
      await part('beside posts of members', authors, written),
      await part('beside a raid', raiders, written),
    ]);
  } finally {
    for (const crowd of [members, authors, raiders]) crowd.close();
    await server.stop();
  }
}

function failuresOf({ failures }: LoadResult): number {
  return [...failures.values()].reduce((sum, count) => sum + count, 0);
}
