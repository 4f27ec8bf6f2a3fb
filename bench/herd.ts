import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { countersOf, DATA_SETS, fill } from './data-set.js';
import { type LoadResult, percentile } from './load-generator.js';
import { ServerUnderTest } from './server-under-test.js';
import { workloadNamed } from './workloads.js';

/** Seconds between two polls of a member. */
const POLL_INTERVAL = 4;
/** Milliseconds that the slowest in a hundred may take when all is well again. */
const WELL = 50;
const WELL_SECONDS_IN_A_ROW = 3;
const LONGEST_SECONDS = 60;
const CONNECTIONS = 500;

/**
 * All members return at the moment in which a restarted server listens, and poll on from then. Prints, for each second, how
 * long polls took and what they cost, until the slowest in a hundred take less than 50 ms for three seconds in a row.
 */
export async function measureHerd(
  sodium: Sodium,
  members: number,
  workers: string | undefined,
): Promise<void> {
  const poll = workloadNamed('am');
  let server = await ServerUnderTest.start({ ...(workers !== undefined && { WORKERS: workers }) }, []);
  try {
    const crowd = new Crowd(
      sodium,
      {
        addresses: server.addresses,
        publicKey: server.publicKey,
        members,
        connections: CONNECTIONS,
        encType: 'both',
      },
      async () => ({ rooms: await countersOf(server.sql), fileId: 0, messageIds: [] }),
    );
    await fill(server.sql, DATA_SETS.small, crowd.sessionIds);
    server = await server.restart();
    const tell = async (label: string, load: () => Promise<LoadResult>): Promise<number> => {
      const before = (await server.usage()).cpuSeconds;
      const result = await load();
      const cpu = (((await server.usage()).cpuSeconds - before) * 1000) / result.requests;
      printLine(label, result, cpu);
      return percentile(result.latencies, 0.99);
    };
    await tell('all at once', () => crowd.run(poll, { requests: members }));
    const rate = members / POLL_INTERVAL;
    let wellFor = 0;
    for (let second = 1; second <= LONGEST_SECONDS && wellFor < WELL_SECONDS_IN_A_ROW; second++) {
      const slowest = await tell(`second ${second}`, () =>
        crowd.run(poll, { requests: Math.round(rate) }, rate),
      );
      wellFor = slowest < WELL ? wellFor + 1 : 0;
    }
    crowd.close();
  } finally {
    await server.stop();
  }
}

function printLine(label: string, { requests, seconds, latencies, failures }: LoadResult, cpu: number): void {
  const failed = [...failures].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none';
  const [half, slowest] = [percentile(latencies, 0.5), percentile(latencies, 0.99)].map((ms) =>
    ms.toFixed(1),
  );
  process.stdout.write(
    `${label}: ${requests} polls in ${seconds.toFixed(1)} s, p50 ${half} ms, p99 ${slowest} ms, CPU ${cpu.toFixed(2)} ms each, failed: ${failed}\n`,
  );
}
