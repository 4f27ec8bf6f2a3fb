import { type DataSet } from './data-set.js';
import { type LoadResult, percentile } from './load-generator.js';
import { type Workload } from './workloads.js';

/** The rate at which a workload was answered at full load. */
export interface Speed {
  workload: string;
  description: string;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  failures: number;
}

/** The figures of a workload against a server whose processes can not be measured. */
export interface OutsideMeasurement extends Speed {
  /** Milliseconds of CPU per request, undefined when its process is not known. */
  cpu: number | undefined;
}

/** The figures of one workload. */
export interface Measurement extends Speed {
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
}

export type Column<T> = [title: string, text: (measurement: T) => string];

const SPEED: Column<Speed>[] = [
  ['workload', ({ workload, description }) => `${workload}: ${description}`],
  ['req/s', ({ requestsPerSecond }) => requestsPerSecond.toFixed(0)],
  ['p50 ms', ({ p50 }) => p50.toFixed(1)],
  ['p95 ms', ({ p95 }) => p95.toFixed(1)],
  ['p99 ms', ({ p99 }) => p99.toFixed(1)],
];

const FAILURES: Column<Speed> = ['failures', ({ failures }) => String(failures)];

const COLUMNS: Column<Measurement>[] = [
  ...SPEED,
  ['p99 at 70 %', ({ p99AtSeventyPercent }) => p99AtSeventyPercent.toFixed(1)],
  ['CPU ms/req', ({ cpu }) => cpu.toFixed(3)],
  ['of it PostgreSQL', ({ postgresCpu }) => postgresCpu.toFixed(3)],
  ['floor ms', ({ cryptoFloor }) => cryptoFloor.toFixed(3)],
  ['× floor', ({ cpu, cryptoFloor }) => (cpu / cryptoFloor).toFixed(1)],
  ['statements/req', ({ statementsPerRequest }) => statementsPerRequest.toFixed(3)],
  ['worker MB', ({ workerBytes }) => (workerBytes / 1e6).toFixed(0)],
  FAILURES,
];

const OUTSIDE_COLUMNS: Column<OutsideMeasurement>[] = [
  ...SPEED,
  ['CPU ms/req', ({ cpu }) => cpu?.toFixed(3) ?? '–'],
  FAILURES,
];

/** The figures that a run of requests gives by itself. */
export function speedOf(workload: Workload, load: LoadResult): Speed {
  return {
    workload: workload.name,
    description: workload.description,
    requestsPerSecond: load.requests / load.seconds,
    p50: percentile(load.latencies, 0.5),
    p95: percentile(load.latencies, 0.95),
    p99: percentile(load.latencies, 0.99),
    failures: [...load.failures.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Prints a table in Markdown, or JSON. */
export function printReport(dataSet: DataSet, measurements: readonly Measurement[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ dataSet, measurements }, null, 2));
    return;
  }
  console.log(
    `\n${dataSet.name}: ${dataSet.users} users, ${dataSet.messages} messages in the busiest room\n`,
  );
  printTable(COLUMNS, measurements);
}

/** Prints the figures of a server that was already running, as a table in Markdown or as JSON. */
export function printOutsideReport(measurements: readonly OutsideMeasurement[], json: boolean): void {
  if (json) console.log(JSON.stringify({ measurements }, null, 2));
  else printTable(OUTSIDE_COLUMNS, measurements);
}

/** Prints a table in Markdown. */
export function printTable<T>(columns: readonly Column<T>[], rows: readonly T[]): void {
  console.log(`| ${columns.map(([title]) => title).join(' | ')} |`);
  console.log(`| ${columns.map(() => '---').join(' | ')} |`);
  for (const row of rows) console.log(`| ${columns.map(([, text]) => text(row)).join(' | ')} |`);
}
