import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { countersOf, DATA_SETS, fill } from './data-set.js';
import { type LoadResult, percentile } from './load-generator.js';
import { type Column, printTable } from './report.js';
import { ServerUnderTest } from './server-under-test.js';
import { type Workload, workloadNamed } from './workloads.js';

const MEMBERS = 1_000;
const CONNECTIONS = 64;
/** Idle polls as clients send them, and posts. */
const MEASURED = ['am', 'd1'];
/** Requests a second on a quiet server: none waits for another one. */
const QUIET_RATE = 20;
const SHARES_OF_PEAK = [0.3, 0.7];
/** Seconds of each run. */
const QUIET_SECONDS = 20;
const LOADED_SECONDS = 10;

interface Pace {
  workload: Workload;
  name: string;
  rate: number;
  load: LoadResult;
}

const COLUMNS: Column<Pace>[] = [
  ['workload', ({ workload }) => `${workload.name}: ${workload.description}`],
  ['load', ({ name }) => name],
  ['req/s', ({ rate }) => rate.toFixed(0)],
  ['p50 ms', ({ load }) => percentile(load.latencies, 0.5).toFixed(2)],
  ['p99 ms', ({ load }) => percentile(load.latencies, 0.99).toFixed(1)],
  ['slowest ms', ({ load }) => percentile(load.latencies, 1).toFixed(1)],
];

/** Prints how long polls and posts take on a quiet server, and at 30 and 70 % of the most that it answers. */
export async function measureLatency(sodium: Sodium, workers: string | undefined): Promise<void> {
  const server = await ServerUnderTest.start(
    { POST_RATE_LIMIT: '1000000', ...(workers !== undefined && { WORKERS: workers }) },
    [],
  );
  const { addresses, publicKey } = server;
  const crowd = new Crowd(
    sodium,
    { addresses, publicKey, members: MEMBERS, connections: CONNECTIONS, encType: 'both' },
    async () => ({ rooms: await countersOf(server.sql), fileId: 0, messageIds: [] }),
  );
  try {
    await fill(server.sql, DATA_SETS.small, crowd.sessionIds);
    const paces: Pace[] = [];
    for (const workload of MEASURED.map(workloadNamed)) {
      paces.push(...(await pacesOf(crowd, workload)));
    }
    printTable(COLUMNS, paces);
  } finally {
    crowd.close();
    await server.stop();
  }
}

/** The first run, at full speed, compiles and warms everything up; the second tells the peak. */
async function pacesOf(crowd: Crowd, workload: Workload): Promise<Pace[]> {
  await crowd.run(workload, { seconds: LOADED_SECONDS });
  const full = await crowd.run(workload, { seconds: LOADED_SECONDS });
  const peak = full.requests / full.seconds;
  const at = async (name: string, rate: number, seconds: number): Promise<Pace> => {
    const load = await crowd.run(workload, { requests: Math.round(rate * seconds) }, rate);
    return { workload, name, rate, load };
  };
  const paces = [await at('quiet', QUIET_RATE, QUIET_SECONDS)];
  for (const share of SHARES_OF_PEAK) {
    paces.push(await at(`${share * 100} % of the peak`, peak * share, LOADED_SECONDS));
  }
  return paces;
}
