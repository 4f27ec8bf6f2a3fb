import { type Command } from 'commander';
import { bytesText } from '../../foundation/bytes.js';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { HEARTBEAT_SECONDS } from '../../records/processes/processes.repository.js';
import { type Status, StatusService } from '../machines/status.service.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

/** Seconds by which clocks may differ before it is worth a word. */
const NOTABLE_SECONDS = 1;
/** Seconds without a sign of life that are worth a word: one is missing. */
const NOTABLE_SILENCE = 1.5 * HEARTBEAT_SECONDS;

function describe({ machines, database, redis, storage, disk, jobs, readers }: Status): string[] {
  const { version, isStandby, connections, maxConnections, answeredInMs, standbyLag } = database;
  return [
    ...machines.flatMap(describeMachine),
    ...(machines.every(({ isGone }) => isGone) ? ['no machine serves'] : []),
    `PostgreSQL ${version}${isStandby ? ', a standby' : ''}, answers in ${answeredInMs} ms, ` +
      `${connections} of ${maxConnections} connections` +
      (standbyLag === null ? '' : `, standby ${standbyLag} s behind`),
    redis === null ? 'no Redis' : `Redis ${describeReach(redis)}`,
    `files in ${storage.kind === 's3' ? 'an object store, which' : 'a folder, which'} ${describeReach(storage)}`,
    ...(disk === null ? [] : [describeDisk(disk)]),
    describeJobs(jobs, redis),
    ...readers.map(({ reader, waiting }) => `events for ${reader}: ${waiting} waiting`),
  ];
}

function describeMachine({ name, isLeaving, isGone, workers }: Status['machines'][number]): string[] {
  if (isGone) {
    const seenAt = Math.max(...workers.map((worker) => worker.seenAt));
    return [`machine ${name}, gone without a word: last seen ${formatMoment(seenAt)}`];
  }
  return [
    `machine ${name}${isLeaving ? ', stopping' : ''}`,
    ...workers.map((worker) => `  ${describeWorker(worker)}`),
  ];
}

function describeReach({ answeredInMs, failure }: Status['storage'] | NonNullable<Status['redis']>): string {
  return answeredInMs === null ? `can't be used: ${failure ?? 'no answer'}` : `answers in ${answeredInMs} ms`;
}

function describeDisk({ freeBytes, isFull }: NonNullable<Status['disk']>): string {
  const free = `disk of DATA_DIR here: ${bytesText(freeBytes)} free`;
  return isFull ? `${free}, less than MIN_FREE_DISK_BYTES: this machine takes no uploads` : free;
}

function describeJobs(jobs: Status['jobs'], redis: Status['redis']): string {
  if (jobs === null)
    return redis?.isReachable === false ? 'jobs wait for Redis' : 'the queue of jobs does not answer';
  const { waiting, active, failed } = jobs;
  const shown = failed === 0 ? '' : `, which ${plazaCommand('jobs')} shows`;
  return `jobs: ${waiting} waiting, ${active} under way, ${failed} failed for good${shown}`;
}

function describeWorker(worker: Status['machines'][number]['workers'][number]): string {
  const { pid, version, startedAt, silentFor, hearsChanges, reachesRedis, clockAhead, memory } = worker;
  return [
    `worker ${pid}`,
    `Plaza ${version}`,
    `since ${formatMoment(startedAt)}`,
    `${Math.round(memory / 2 ** 20)} MiB`,
    ...(silentFor < NOTABLE_SILENCE ? [] : [`silent for ${Math.round(silentFor)} s`]),
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
