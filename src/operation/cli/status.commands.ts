import { type Command } from 'commander';
import { type Status, StatusService } from '../machines/status.service.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

/** Seconds by which clocks may differ before it is worth a word. */
const NOTABLE_SECONDS = 1;

function describe({ machines, database, redis, storage, jobs, readers }: Status): string[] {
  const { version, isStandby, connections, maxConnections, answeredInMs, standbyLag } = database;
  return [
    ...machines.flatMap(({ name, isLeaving, workers }) => [
      `machine ${name}${isLeaving ? ', stopping' : ''}`,
      ...workers.map((worker) => `  ${describeWorker(worker)}`),
    ]),
    ...(machines.length === 0 ? ['no machine serves'] : []),
    `PostgreSQL ${version}${isStandby ? ', a standby' : ''}, answers in ${answeredInMs} ms, ` +
      `${connections} of ${maxConnections} connections` +
      (standbyLag === null ? '' : `, standby ${standbyLag} s behind`),
    redis === null ? 'no Redis' : `Redis ${describeReach(redis.answeredInMs)}`,
    `files in ${storage.kind === 's3' ? 'an object store, which' : 'a folder, which'} ${describeReach(storage.answeredInMs)}`,
    jobs === null
      ? 'the queue of jobs does not answer'
      : `jobs: ${jobs.waiting} waiting, ${jobs.active} under way, ${jobs.failed} failed for good`,
    ...readers.map(({ reader, waiting }) => `events for ${reader}: ${waiting} waiting`),
  ];
}

function describeReach(answeredInMs: number | null): string {
  return answeredInMs === null ? 'does not answer' : `answers in ${answeredInMs} ms`;
}

function describeWorker(worker: Status['machines'][number]['workers'][number]): string {
  const { pid, version, startedAt, hearsChanges, reachesRedis, clockAhead, memory } = worker;
  return [
    `worker ${pid}`,
    `Plaza ${version}`,
    `since ${formatMoment(startedAt)}`,
    `${Math.round(memory / 2 ** 20)} MiB`,
    ...(hearsChanges ? [] : ['hears no changes']),
    ...(reachesRedis === false ? ['does not reach Redis'] : []),
    ...(Math.abs(clockAhead) < NOTABLE_SECONDS
      ? []
      : [`its clock is ${Math.abs(clockAhead)} s ${clockAhead > 0 ? 'ahead' : 'behind'}`]),
  ].join(', ');
}

/** `plaza status`: the machines of a community, and what they share. */
export function registerStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description(
      'Show which machines and workers serve, and how PostgreSQL, Redis and the storage of files fare.',
    )
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const status = await context.withCommunity((services) => services.get(StatusService).look());
      if (json) context.output.json(jsonOf(status));
      else context.output.lines(describe(status));
    });
}

/** The same with the names that JSON of `plaza` has everywhere. */
function jsonOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snakeCase(name), jsonOf(inner)]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
