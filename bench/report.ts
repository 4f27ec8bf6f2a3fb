import { type DataSet } from './data-set.js';

/** What was seen of one workload. */
export interface Measurement {
  workload: string;
  description: string;
  requestsPerSecond: number;
  /** Milliseconds at full load. */
  p50: number;
  p95: number;
  p99: number;
  /** Milliseconds at 70 % of the peak rate. */
  p99AtSeventyPercent: number;
  /** Milliseconds of CPU per request, PostgreSQL included. */
  cpu: number;
  postgresCpu: number;
  /** Milliseconds. */
  cryptoFloor: number;
  /** Resident bytes of the largest worker. */
  workerBytes: number;
  statementsPerRequest: number;
  failures: number;
}

const COLUMNS: [string, (measurement: Measurement) => string][] = [
  ['workload', ({ workload, description }) => `${workload}: ${description}`],
  ['req/s', ({ requestsPerSecond }) => requestsPerSecond.toFixed(0)],
  ['p50 ms', ({ p50 }) => p50.toFixed(1)],
  ['p95 ms', ({ p95 }) => p95.toFixed(1)],
  ['p99 ms', ({ p99 }) => p99.toFixed(1)],
  ['p99 at 70 %', ({ p99AtSeventyPercent }) => p99AtSeventyPercent.toFixed(1)],
  ['CPU ms/req', ({ cpu }) => cpu.toFixed(3)],
  ['of it PostgreSQL', ({ postgresCpu }) => postgresCpu.toFixed(3)],
  ['floor ms', ({ cryptoFloor }) => cryptoFloor.toFixed(3)],
  ['× floor', ({ cpu, cryptoFloor }) => (cpu / cryptoFloor).toFixed(1)],
  ['statements/req', ({ statementsPerRequest }) => statementsPerRequest.toFixed(3)],
  ['worker MB', ({ workerBytes }) => (workerBytes / 1e6).toFixed(0)],
  ['failures', ({ failures }) => String(failures)],
];

/** Prints a table in Markdown, or JSON. */
export function printReport(dataSet: DataSet, measurements: readonly Measurement[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ dataSet, measurements }, null, 2));
    return;
  }
  console.log(
    `\n${dataSet.name}: ${dataSet.users} users, ${dataSet.messages} messages in the busiest room\n`,
  );
  console.log(`| ${COLUMNS.map(([title]) => title).join(' | ')} |`);
  console.log(`| ${COLUMNS.map(() => '---').join(' | ')} |`);
  for (const measurement of measurements) {
    console.log(`| ${COLUMNS.map(([, text]) => text(measurement)).join(' | ')} |`);
  }
}
